import type { CallStatus } from 'rxjs-resilience';
import type { Message } from './message';

/** What is known beside the status of a message. */
export interface Circumstances {
  readonly now: number;
  readonly ahead: number | undefined;
  readonly retries: number;
}

type Waiting = Extract<CallStatus, { phase: 'waiting' }>;

/** What a message is doing, in words, with places and times. */
export function phaseOf({ status, tokens }: Message, circumstances: Circumstances): string {
  switch (status.phase) {
    case 'waiting':
      return waitOf(status, circumstances);
    case 'connecting':
      return status.attempt > 1 ? `connecting, attempt ${status.attempt}` : 'connecting';
    case 'streaming':
      return 'streaming';
    case 'done':
      return `done, ${tokens} tokens`;
    case 'cancelled':
      return tokens > 0 ? `stopped after ${tokens} tokens` : 'stopped';
    case 'failed':
      return tokens > 0 ? `cut off after ${tokens} tokens: continue?` : `failed: ${reasonOf(status.error)}`;
  }
}

/** The same without anything that counts, to be read aloud when it changes. */
export function briefPhaseOf({ status, tokens }: Message): string {
  switch (status.phase) {
    case 'waiting':
      return status.for === 'retry' ? `retrying, because ${reasonOf(status.error)}` : `waiting for ${nameOf(status)}`;
    case 'failed':
      return tokens > 0 ? `cut off after ${tokens} tokens` : `failed: ${reasonOf(status.error)}`;
    case 'cancelled':
      return 'stopped';
    default:
      return status.phase;
  }
}

function waitOf(status: Waiting, { now, ahead = status.ahead, retries }: Circumstances): string {
  const left = status.until === undefined ? undefined : Math.max(0, status.until - now);
  if (status.for === 'retry') {
    const wait = left === undefined ? '' : ` in ${(left / 1_000).toFixed(1)} s`;
    return `retrying${wait} (${status.attempt} of ${retries}): ${reasonOf(status.error)}`;
  }
  const place = ahead === undefined ? '' : `, ${ahead} ahead`;
  const wait = left === undefined || left < 500 ? '' : `, about ${Math.ceil(left / 1_000)} s`;
  return `waiting for ${nameOf(status)}${place}${wait}`;
}

function nameOf({ for: what }: Waiting): string {
  return what === 'permit' ? 'a permit' : 'the breaker';
}

/** Why a call failed or was refused, in a few words. */
export function reasonOf(error: unknown): string {
  const { name, status } = error as { readonly name?: string; readonly status?: number };
  switch (name) {
    case 'CircuitOpenError':
      return 'refused, the breaker is open';
    case 'TokenBudgetExceededError':
      return 'refused, the budget is spent';
    case 'PermitRefusedError':
      return 'refused, the line is closed';
    case 'TimeoutError':
      return 'the provider took too long';
    case 'StreamTruncatedError':
      return 'the answer broke off';
    case 'HttpError':
      return status === 429 ? 'too many requests (429)' : `the server had an error (${status})`;
    case 'TypeError':
      return 'no connection';
    default:
      return (error as Error).message;
  }
}

/** Whether this library has refused the call. */
export function isRefusal(error: unknown): boolean {
  return ['CircuitOpenError', 'TokenBudgetExceededError', 'PermitRefusedError'].includes((error as Error).name);
}
