import type { SpendingOptions } from '../budget/spending-options';
import { type TokenEstimate, totalOf } from '../budget/token-estimate';
import { Options } from '../internal/options';
import type { Timeouts } from './timeouts';

/**
 * What one call of a `ResilientClient`, or of `resilient`, wants. Durations are ms.
 *
 * @category Client
 */
export interface CallOptions<T> extends SpendingOptions<T> {
  /** What the call is expected to cost: for the budget, and for the limiter's token dimensions. Default 0. */
  readonly tokens?: TokenEstimate | undefined;
  /** Higher goes first in the limiter's queue. Default 0. */
  readonly priority?: number | undefined;
  /** The longest wait for a permit, and for an open breaker. Default: the limiter's own; for a breaker `Infinity`. */
  readonly maxWait?: number | undefined;
  /** Whose policies to use, where they are `keyed`. */
  readonly key?: string | PolicyKeys | undefined;
  /** Which value ends an answer: completing without one is a `StreamTruncatedError`. */
  readonly isFinal?: ((value: T) => boolean) | undefined;
  /** Which values are content; see `retryBackoff`. */
  readonly isContent?: ((value: T) => boolean) | undefined;
  /** How to go on after a failure once content was delivered; `'continue'` opens again with what was delivered. */
  readonly afterValues?: 'error' | 'restart' | 'continue' | undefined;
  /** How long it may take. Default: the client's own. */
  readonly timeout?: Timeouts | undefined;
  /** Told what the call is doing, for a UI. */
  readonly onStatus?: ((status: CallStatus) => void) | undefined;
}

/**
 * A key for each kind of policy.
 *
 * @category Client
 */
export interface PolicyKeys {
  /** Whose limiter. */
  readonly limiter?: string | undefined;
  /** Whose breaker. */
  readonly breaker?: string | undefined;
  /** Whose budget. */
  readonly budget?: string | undefined;
}

/**
 * What a call is doing. `until` is in ms on the scheduler's clock, `attempt` is 1, 2, …
 *
 * @category Client
 */
export type CallStatus =
  | {
      /** Nothing is asked of the provider yet. */
      readonly phase: 'waiting';
      /** For its place in the limiter's queue, for an open breaker, or for the time of a retry. */
      readonly for: 'permit' | 'breaker' | 'retry';
      /** Which attempt waits. */
      readonly attempt: number;
      /** When the wait will be over at the earliest, where that is known. */
      readonly until?: number | undefined;
      /** How many calls stand before it in the queue. */
      readonly ahead?: number | undefined;
      /** What made the last attempt fail. */
      readonly error?: unknown;
    }
  | {
      /** An attempt was begun; or its first value was delivered. */
      readonly phase: 'connecting' | 'streaming';
      /** Which attempt this is. */
      readonly attempt: number;
    }
  | {
      /** It completed; or it was unsubscribed. */
      readonly phase: 'done' | 'cancelled';
    }
  | {
      /** It ended with an error. */
      readonly phase: 'failed';
      /** The error of the call. */
      readonly error: unknown;
    };

const names = [
  ...['tokens', 'priority', 'maxWait', 'key', 'isFinal', 'isContent', 'afterValues', 'usage', 'count', 'overrun'],
  ...['timeout', 'onStatus'],
];

/** Throws an error that names the option and shows the value. */
export function checkCallOptions(owner: string, options: CallOptions<never> = {}): void {
  new Options(owner, options, names)
    .number('priority')
    .amount('maxWait', 'or Infinity')
    .functions('isFinal', 'isContent', 'usage', 'count', 'onStatus')
    .oneOf('overrun', ['allow', 'error'])
    .oneOf('afterValues', ['error', 'restart', 'continue']);
  if (options.tokens !== undefined) {
    totalOf(owner, 'tokens', options.tokens);
  }
  checkTimeouts(owner, options.timeout);
}

export function checkTimeouts(owner: string, timeout: Timeouts = {}): void {
  new Options(`${owner}: timeout`, timeout, ['first', 'each', 'total'])
    .positive('first')
    .positive('each')
    .positive('total');
}
