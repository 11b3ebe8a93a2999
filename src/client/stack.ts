import type { Budget } from '../budget/budget';
import type { Breaker } from '../circuit/breaker';
import type { Clock } from '../internal/clock';
import type { Limiter } from '../limiter/limiter';
import type { Settings } from '../retry/retry-backoff';
import type { Call } from './call';
import type { Timeouts } from './timeouts';

/** The guards of a call, resolved: no configs, no keys. */
export interface Stack {
  readonly limiter?: Limiter | undefined;
  readonly breaker?: Breaker | undefined;
  readonly budget?: Budget | undefined;
  /** What is retried and when; a call without retries has settings that allow none. */
  readonly retry: Settings<never>;
  readonly isRetried: boolean;
  readonly timeout?: Timeouts | undefined;
  readonly whenOpen: 'error' | 'wait';
  readonly clock: Clock;
  readonly host: Host;
  /** Why there are no policies for the call's key. */
  readonly refusal?: { readonly error: unknown } | undefined;
}

/** Whoever wants to know of calls: a `ResilientClient`, or nobody. */
export interface Host {
  /** The number of a new call; undefined where calls are not numbered. */
  began(call: Call<never>): number | undefined;
  /** The call does something else now. */
  moved(): void;
  /** The call is over and everything it held is settled. */
  ended(call: Call<never>): void;
  /** Whether new attempts are refused. */
  readonly isDraining: boolean;
  tell?(event: RetryEvent, call: number | undefined): void;
}

/** What the retry stage of a call does. */
export type RetryEvent =
  | { readonly type: 'retry'; readonly attempt: number; readonly delay: number; readonly error: unknown }
  | { readonly type: 'gave-up'; readonly attempts: number; readonly error: unknown };

/** For calls that nobody keeps track of. */
export const nobody: Host = {
  began: () => undefined,
  moved: () => undefined,
  ended: () => undefined,
  isDraining: false,
};
