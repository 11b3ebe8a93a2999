import { checkNumber, Options } from '../internal/options';
import { Clock } from '../internal/time/clock';
import type { Timers, TimersOf } from '../internal/time/timers';
import type { Jitter } from './backoff';
import type { AfterValues, RetryBackoffConfig, RetryContext } from './retry-backoff-config';
import type { RetryBudget } from './retry-budget';
import type { RetryReaders } from './retry-readers';

const names = [
  ...['maxRetries', 'baseDelay', 'maxDelay', 'exponentialBase', 'jitter', 'backoff', 'retryIf', 'retryAfter'],
  ...['maxRetryAfter', 'onLongRetryAfter', 'maxElapsed', 'afterValues', 'isContent', 'maxHeldBack', 'resetAfter'],
  ...['retryBudget', 'onRetry', 'scheduler', 'random'],
];

/** A config with defaults filled in. */
export interface Settings<V> {
  readonly maxRetries: number;
  readonly baseDelay: number;
  readonly maxDelay: number;
  readonly exponentialBase: number;
  readonly jitter: Jitter;
  readonly backoff: ((attempt: number) => number) | undefined;
  readonly retryIf: ((error: unknown, retry: RetryContext) => boolean) | undefined;
  readonly retryAfter: ((error: unknown) => number | undefined) | undefined;
  readonly maxRetryAfter: number;
  readonly onLongRetryAfter: 'error' | 'clamp' | 'wait';
  readonly maxElapsed: number;
  readonly afterValues: AfterValues<V>;
  readonly isContent: (value: V) => boolean;
  readonly maxHeldBack: number;
  readonly resetAfter: number | undefined;
  readonly retryBudget: RetryBudget | undefined;
  readonly onRetry: ((retry: RetryContext) => void) | undefined;
  readonly random: () => number;
  readonly clock: Clock;
  /** On which all calls wait for their next attempt. */
  readonly timers: Timers;
  readonly readers: RetryReaders;
  /** Whether anybody wants to know how long a call has been tried. */
  readonly isTimed: boolean;
}

/** Checks a config and fills in the defaults. */
export function settingsOf<T, R>(
  config: RetryBackoffConfig<T, R>,
  readers: RetryReaders,
  timersOf: TimersOf,
): Settings<T | R> {
  new Options('retryBackoff', config, names)
    .whole('maxRetries', 0, 'or Infinity')
    .amount('baseDelay')
    .amount('maxDelay')
    .positive('exponentialBase')
    .oneOf('jitter', ['equal', 'full', 'proportional', 'decorrelated', 'none'], true)
    .oneOf('onLongRetryAfter', ['error', 'clamp', 'wait'])
    .oneOf('afterValues', ['error', 'restart'], true)
    .amount('maxRetryAfter', 'or Infinity')
    .amount('maxElapsed', 'or Infinity')
    .whole('maxHeldBack', 0, 'or Infinity')
    .positive('resetAfter')
    .functions('backoff', 'retryIf', 'retryAfter', 'isContent', 'onRetry', 'random')
    .having('retryBudget', 'tryRetry', 'a RetryBudget')
    .scheduler();
  const { maxElapsed = Number.POSITIVE_INFINITY } = config;
  return {
    maxRetries: config.maxRetries ?? 3,
    baseDelay: config.baseDelay ?? 1_000,
    maxDelay: config.maxDelay ?? 60_000,
    exponentialBase: config.exponentialBase ?? 2,
    jitter: config.jitter ?? 'equal',
    backoff: config.backoff,
    retryIf: config.retryIf,
    retryAfter: config.retryAfter,
    maxRetryAfter: config.maxRetryAfter ?? 60_000,
    onLongRetryAfter: config.onLongRetryAfter ?? 'error',
    maxElapsed,
    afterValues: (config.afterValues ?? 'error') as AfterValues<T | R>,
    isContent: (config.isContent ?? readers.isContent ?? always) as (value: T | R) => boolean,
    maxHeldBack: config.maxHeldBack ?? 16,
    resetAfter: config.resetAfter,
    retryBudget: config.retryBudget,
    onRetry: config.onRetry,
    random: config.random ? checkedRandom(config.random) : Math.random,
    clock: new Clock(config.scheduler),
    timers: timersOf(config.scheduler),
    readers,
    isTimed:
      maxElapsed < Number.POSITIVE_INFINITY ||
      [config.onRetry, config.retryIf, config.afterValues].some((each) => typeof each === 'function'),
  };
}

const always = () => true;

/** A share that is none would make delays that nobody can explain. */
function checkedRandom(random: () => number): () => number {
  return () => checkNumber('retryBackoff', 'random', random(), (share) => share >= 0 && share <= 1, 'from 0 to 1');
}
