import type { Message } from './message';

/** What a message is doing, in a few words, with times. */
export function phaseOf({ answer, outcome, isRunning }: Message, now: number): string {
  const { phase, waiting, error, attempt } = answer;
  if (!isRunning) {
    return outcome === 'lost' ? `lost: ${reasonOf(error)}` : outcome;
  }
  if (phase !== 'waiting') {
    return phase === 'connecting' && attempt > 1 ? `connecting, attempt ${attempt}` : phase;
  }
  const left = waiting?.until === undefined ? 0 : Math.max(0, waiting.until - now);
  const time = `${(left / 1_000).toFixed(left < 9_950 ? 1 : 0)} s`;
  switch (waiting?.for) {
    case 'retry':
      return `${reasonOf(error)}: retry in ${time}`;
    case 'breaker':
      return left === 0 ? 'breaker' : `breaker: ${time}`;
    default:
      return left < 100 ? 'queued' : `queued: ${time}`;
  }
}

/** Why a call failed, in a few words. */
export function reasonOf(error: unknown): string {
  const { name, status } = error as { readonly name?: string; readonly status?: number };
  switch (name) {
    case 'CircuitOpenError':
      return 'breaker open';
    case 'TokenBudgetExceededError':
      return 'budget spent';
    case 'PermitRefusedError':
      return 'no permit';
    case 'TimeoutError':
      return 'silent';
    case 'StreamTruncatedError':
      return 'broke off';
    case 'ProviderFailureError':
      return 'error inside';
    case 'SyntaxError':
      return 'bad JSON';
    case 'ResponseError':
      return String(status);
    case 'TypeError':
      return 'cut';
    default:
      return (error as Error).message;
  }
}
