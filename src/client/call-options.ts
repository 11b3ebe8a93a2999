import { checkPrice, type Price } from '../budget/price';
import type { SpendingOptions } from '../budget/spending-options';
import { type TokenEstimate, totalOf } from '../budget/token-estimate';
import { Options } from '../internal/options';
import type { Usage } from '../provider';
import type { Units } from '../quota/limits';
import type { Timeouts } from './timeouts';

/**
 * What one call of a `ResilientClient`, or of `resilient`, wants. Durations are ms.
 *
 * @category Client
 */
export interface CallOptions<T, V = unknown> extends SpendingOptions<T> {
  /**
   * What the call is expected to cost: for the budget, and for the limiter's token dimensions. A function is asked for
   * each attempt. A client that has either must be told, by the call or by `defaults`; 0 is allowed. Without: 0.
   */
  readonly tokens?:
    | TokenEstimate
    | ((attempt: { readonly number: number; readonly delivered: readonly unknown[] }) => TokenEstimate)
    | undefined;
  /** What its tokens cost: for budgets that count cost, which refuse a call without one. */
  readonly price?: Price | undefined;
  /** Whatever shall be told to those who observe the client: the events `began` carry it. */
  readonly meta?: object | undefined;
  /** Higher goes first in the limiter's queue. Default 0. */
  readonly priority?: number | undefined;
  /**
   * The longest wait for a permit, in ms, and for an open breaker in sum. Default: the limiter's own; for a breaker
   * 600_000 in a client, `Infinity` in `resilient`.
   */
  readonly maxWait?: number | undefined;
  /** Whose policies to use, where they are `keyed`: names by what they are for, or one for all. */
  readonly key?: string | PolicyKeys | undefined;
  /** The tenant that the call counts for, where the limiter is `fair`. Default: `key` if that is a string, else `key.user`. */
  readonly tenant?: string | undefined;
  /** Which value ends an answer: completing without one is a `StreamTruncatedError`. */
  readonly isFinal?: ((value: T) => boolean) | undefined;
  /** Which values are content. Default `isContentChunk`: all but a known provider's chunk that says nothing. */
  readonly isContent?: ((value: T) => boolean) | undefined;
  /**
   * The failure that a value reports, as an error, or undefined: that value is not delivered, and the attempt fails with
   * it. Default `failureOf`; `false` believes every value, and every end.
   */
  readonly failure?: ((value: T) => unknown) | false | undefined;
  /**
   * Looks at all values of an answer when it is complete; until then none is delivered. What it throws, or rejects with,
   * fails the attempt with an `AnswerRejectedError`, which is retried without a backoff. What it returns is what `run`
   * resolves with, unless that is undefined.
   */
  readonly validate?: ((values: readonly T[]) => V | PromiseLike<V>) | undefined;
  /** What a usage takes of the limiter. Default: `tokens` in total, `inputTokens` and `outputTokens`. */
  readonly weigh?: ((usage: Usage) => Units) | undefined;
  /** How to go on after a failure once content was delivered; `'continue'` opens again with what was delivered. */
  readonly afterValues?: 'error' | 'restart' | 'continue' | undefined;
  /** How long it may take. Default: the client's own. */
  readonly timeout?: Timeouts | undefined;
  /** Told what the call is doing, for a UI. */
  readonly onStatus?: ((status: CallStatus) => void) | undefined;
}

/**
 * Keys by what they are for: by the names that `keyed` was given as `by`, else by the kind of policy.
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
  /** For policies that are keyed `by` this. */
  readonly [by: string]: string | undefined;
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
      /** An attempt was begun; or its first content was delivered. */
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

type Check = (options: Options, name: string, value: unknown, owner: string) => unknown;
const unchecked: Check = () => undefined;
const isFunction: Check = (options, name) => options.functions(name);

const checks: { readonly [name in keyof CallOptions<never>]-?: Check } = {
  tokens: (_, name, value, owner) => typeof value === 'function' || totalOf(owner, name, value as TokenEstimate),
  price: (_, name, value, owner) => checkPrice(`${owner}: ${name}`, value as Price),
  meta: unchecked,
  priority: (options, name) => options.number(name),
  maxWait: (options, name) => options.amount(name, 'or Infinity'),
  key: unchecked,
  tenant: (options, name) => options.strings(name),
  isFinal: isFunction,
  isContent: isFunction,
  failure: (options, name) => options.functionOrFalse(name),
  validate: isFunction,
  weigh: isFunction,
  usage: isFunction,
  count: isFunction,
  overrun: (options, name) => options.oneOf(name, ['allow', 'error']),
  afterValues: (options, name) => options.oneOf(name, ['error', 'restart', 'continue']),
  timeout: (_, __, value, owner) => checkTimeouts(owner, value as Timeouts),
  onStatus: isFunction,
};
const callNames: readonly string[] = Object.keys(checks);
// Marked, for bundlers would keep a call that runs when the module is loaded.
/** What `run` knows: its signal is checked elsewhere. */
export const runNames = /* @__PURE__ */ callNames.concat('signal');
/** What `answer` knows. */
export const answerNames = /* @__PURE__ */ runNames.concat('interval', 'text', 'reasoning', 'smooth');

/**
 * Throws an error that names the option and shows the value. Looks at what is given only, because every call is checked.
 *
 * @param known What the caller may give. What is no option of a call is taken out before.
 */
export function checkCallOptions(owner: string, options: CallOptions<never> = {}, known = callNames): void {
  const checked = new Options(owner, options, known);
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined) {
      checks[name as keyof CallOptions<never>](checked, name, value, owner);
    }
  }
}

export function checkTimeouts(owner: string, timeout: Timeouts = {}): void {
  new Options(`${owner}: timeout`, timeout, ['first', 'each', 'content', 'total'])
    .positive('first')
    .positive('each')
    .positive('content')
    .positive('total');
}
