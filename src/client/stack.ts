import type { Budget } from '../budget/budget';
import type { Breaker } from '../circuit/breaker';
import type { Clock } from '../internal/time/clock';
import type { Limiter } from '../limiter/limiter';
import type { Settings } from '../retry/retry-backoff';
import type { Call } from './call';
import type { UsedKey } from './policy-keys';
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
  /** By which the policies were found. */
  readonly keys?: readonly UsedKey[];
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

/**
 * What the retry stage of a call does.
 *
 * @category Client
 */
export type RetryEvent =
  | {
      /** An attempt failed, and there will be another. */
      readonly type: 'retry';
      /** Which retry this is: 1, 2, … */
      readonly attempt: number;
      /** ms that are waited before it. */
      readonly delay: number;
      /** With what the attempt failed. */
      readonly error: unknown;
    }
  | {
      /** A call with retries failed, after one attempt or several. */
      readonly type: 'gave-up';
      /** How many attempts there were, also those that were refused before anything was asked of the provider. */
      readonly attempts: number;
      /** With what the last one failed. */
      readonly error: unknown;
    };

/** For calls that nobody keeps track of. */
export const nobody: Host = {
  began: () => undefined,
  moved: () => undefined,
  ended: () => undefined,
  isDraining: false,
};
