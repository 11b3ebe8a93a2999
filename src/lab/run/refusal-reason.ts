import type { Binding } from '../report/report-data';

/** Why a guard refused a call, and which guard: of an error that is a refusal. */
export function refusalIn(error: unknown): { reason: string; guard: Binding['guard'] } {
  const { name, reason } = error as { readonly name: string; readonly reason?: string };
  switch (name) {
    case 'CircuitOpenError':
      return { reason: 'circuit-open', guard: 'breaker' };
    case 'TokenBudgetExceededError':
      return { reason: 'budget', guard: 'budget' };
    case 'KeyLimitError':
      return { reason: 'key-limit', guard: 'limiter' };
    default:
      return { reason: reason ?? name, guard: 'limiter' };
  }
}
