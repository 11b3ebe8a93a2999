import type { MonoTypeOperatorFunction, Observable, SchedulerLike, Subscriber } from 'rxjs';
import type { Budget } from '../budget/budget';
import { checkBudget } from '../budget/token-budget-operator';
import type { Breaker } from '../circuit/breaker';
import { checkBreaker } from '../circuit/circuit-break';
import { Clock } from '../internal/clock';
import { operate } from '../internal/operate';
import { Options } from '../internal/options';
import { refuse } from '../internal/refuse';
import type { Limiter } from '../limiter/limiter';
import { checkLimiter } from '../limiter/rate-limit';
import { type RetryBackoffConfig, settingsOf } from '../retry/retry-backoff';
import { type Attempt, Call } from './call';
import { type CallOptions, checkCallOptions, checkTimeouts } from './call-options';
import { nobody, type Stack } from './stack';
import type { Timeouts } from './timeouts';

/** The guards of {@link resilient}; absent is off. */
export interface ResilientConfig {
  readonly retryBackoff?: RetryBackoffConfig<never> | undefined;
  readonly rateLimit?: Limiter<never> | undefined;
  readonly circuitBreak?: Breaker | undefined;
  readonly tokenBudget?: Budget | undefined;
  /** Default for every call. */
  readonly timeout?: Timeouts | undefined;
  /** Whether a call fails at once while the breaker is open, or waits for its turn. Default `'error'`. */
  readonly whenOpen?: 'error' | 'wait' | undefined;
  /** For timeouts and retries. Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike | undefined;
  /** Numbers in [0, 1). Default `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/** What one source of {@link resilient} wants. */
export type ResilientOptions<T> = Omit<CallOptions<T>, 'key' | 'afterValues'> & {
  readonly afterValues?: 'error' | 'restart' | undefined;
};

const names = [
  ...['retryBackoff', 'rateLimit', 'circuitBreak', 'tokenBudget', 'timeout', 'whenOpen', 'scheduler', 'random'],
];

/**
 * All guards in the right order: total timeout, retry, permit, reservation, breaker, timeouts of an attempt, source.
 *
 * Every attempt takes its own permit and its own reservation; a breaker that opened while a call stood in line still
 * refuses it, and then both go back in full; timeouts are failures; an open breaker is not retried.
 *
 * @param config Policies that many calls share, never their configs; `retryBackoff` is a config, for it has no state.
 * @throws RangeError or TypeError that names the option and shows the value.
 *
 * @example
 * ```ts
 * import { defer } from 'rxjs';
 * import { CircuitBreaker, perMinute, RateLimiter, resilient } from 'rxjs-resilience';
 *
 * const guarded = {
 *   retryBackoff: { maxRetries: 5 },
 *   rateLimit: new RateLimiter({ limits: perMinute(60) }),
 *   circuitBreak: new CircuitBreaker(),
 *   timeout: { first: 10_000, each: 5_000 },
 * };
 *
 * defer(() => Promise.resolve('hello')).pipe(resilient(guarded)).subscribe(console.log);
 * ```
 */
export function resilient<T>(config: ResilientConfig, options: ResilientOptions<T> = {}): MonoTypeOperatorFunction<T> {
  new Options('resilient', config, names).oneOf('whenOpen', ['error', 'wait']).functions('random').scheduler();
  checkTimeouts('resilient', config.timeout);
  checkCallOptions('resilient', options as CallOptions<never>);
  if (config.rateLimit !== undefined) {
    checkLimiter('resilient: rateLimit', config.rateLimit);
  }
  if (config.circuitBreak !== undefined) {
    checkBreaker('resilient: circuitBreak', config.circuitBreak);
  }
  if (config.tokenBudget !== undefined) {
    checkBudget('resilient: tokenBudget', config.tokenBudget);
  }
  const { scheduler, random, retryBackoff } = config;
  const stack: Stack = {
    limiter: config.rateLimit as unknown as Limiter | undefined,
    breaker: config.circuitBreak,
    budget: config.tokenBudget,
    retry: retryBackoff && (settingsOf({ scheduler, random, ...retryBackoff }) as unknown as Stack['retry']),
    timeout: config.timeout,
    whenOpen: config.whenOpen ?? 'error',
    clock: new Clock(scheduler),
    host: nobody,
  };
  return guardedBy(() => stack, options);
}

/** An operator whose every subscription is a call. */
export function guardedBy<T>(stackOf: () => Stack, options: CallOptions<T>): MonoTypeOperatorFunction<T> {
  if (options.afterValues === 'continue') {
    throw new TypeError(
      "afterValues: 'continue' needs a function that opens the call again: use ResilientClient.call()",
    );
  }
  return operate<T, T>((source: Observable<T>, destination) => {
    begin(stackOf, destination, options, () => source);
  });
}

/** Begins a call, or refuses it if there is no policy for its key. */
export function begin<T>(
  stackOf: () => Stack,
  destination: Subscriber<T>,
  options: CallOptions<T>,
  sourceOf: (attempt: Attempt) => Observable<T>,
): void {
  let stack: Stack;
  try {
    stack = stackOf();
  } catch (refusal) {
    refuse(refusal).subscribe(destination as Subscriber<never>);
    return;
  }
  new Call(destination, stack, options, sourceOf).start();
}
