import type { MonoTypeOperatorFunction, SchedulerLike } from 'rxjs';
import type { Budget } from '../budget/budget';
import { checkBudget } from '../budget/token-budget-operator';
import type { Breaker } from '../circuit/breaker';
import { checkBreaker } from '../circuit/circuit-break';
import { operate } from '../internal/operate';
import { Options } from '../internal/options';
import { Clock } from '../internal/time/clock';
import type { Limiter } from '../limiter/limiter';
import { checkLimiter } from '../limiter/rate-limit';
import { Call } from './call';
import type { CallContext } from './call-context';
import { type CallOptions, checkCallOptions, checkTimeouts } from './call-options';
import { CallSettings } from './call-settings';
import { eachOf } from './client-policies';
import { Guards } from './guards';
import { type CallHedgeConfig, hedgesOf } from './hedges';
import type { AnyLimiter, CallRetryConfig } from './resilient-client-config';
import { retriesOf } from './retries';
import type { Timeouts } from './timeouts';

/**
 * The guards of {@link resilient}; absent is off.
 *
 * @category Operators
 */
export interface ResilientConfig {
  /** What is tried again, and when; `{}` for the defaults. Default: nothing. */
  readonly retryBackoff?: CallRetryConfig | undefined;
  /** The limiter in whose queue every attempt waits, or several: the first is asked first. Default: none. */
  readonly rateLimit?: AnyLimiter | readonly AnyLimiter[] | undefined;
  /** The breaker that every attempt asks. Default: none. */
  readonly circuitBreak?: Breaker | undefined;
  /** The budget of which every attempt reserves `tokens`, or several: of all or of none. Default: none. */
  readonly tokenBudget?: Budget | readonly Budget[] | undefined;
  /** Default for every call. */
  readonly timeout?: Timeouts | undefined;
  /** When a call is asked a second time, because the first has no content yet. Default: never. */
  readonly hedge?: CallHedgeConfig | undefined;
  /** Whether a call fails at once while the breaker is open, or waits for its turn. Default `'error'`. */
  readonly whenOpen?: 'error' | 'wait' | undefined;
  /** For timeouts and retries. Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike | undefined;
  /** Numbers in [0, 1). Default `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/**
 * What one source of {@link resilient} wants.
 *
 * @category Operators
 */
export type ResilientOptions<T> = Omit<CallOptions<T>, 'key' | 'afterValues' | 'meta'> & {
  /** What to do with a retryable error once content was delivered. Default: what `retryBackoff` says. */
  readonly afterValues?: 'error' | 'restart' | undefined;
};

const names = [
  ...['retryBackoff', 'rateLimit', 'circuitBreak', 'tokenBudget', 'timeout', 'whenOpen', 'scheduler', 'random'],
  'hedge',
];

/**
 * All guards in the right order: total timeout, retry, permit, reservation, breaker, timeouts of an attempt, source.
 *
 * ![Takes a permit for every attempt, so that retries stay inside the limit as
 * well](../../docs/marbles/resilient-1.svg)
 *
 * Every attempt takes its own permit and its own reservation; a breaker that opened while a call stood in the queue still
 * refuses it, and then both go back in full; timeouts are failures; an open breaker is not retried.
 *
 * @param config Policies that many calls share, never their configs; `retryBackoff` is a config, for it has no state.
 * @param options What each call of this source wants.
 * @throws RangeError or TypeError that names the option and shows the value.
 * @returns A function that returns an Observable that mirrors the source, or errors with what the last attempt failed
 * with, with a `TimeoutError` of RxJS, or with the refusal of a policy.
 * @category Operators
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
 * defer(() => Promise.resolve('hello')).pipe(resilient(guarded)).subscribe(console.log); // -> hello
 * ```
 */
export function resilient<T>(config: ResilientConfig, options: ResilientOptions<T> = {}): MonoTypeOperatorFunction<T> {
  new Options('resilient', config, names).oneOf('whenOpen', ['error', 'wait']).functions('random').scheduler();
  checkTimeouts('resilient', config.timeout);
  checkCallOptions('resilient', options as CallOptions<never>);
  const limiters = listOf('resilient: rateLimit', config.rateLimit, checkLimiter);
  const budgets = listOf('resilient: tokenBudget', config.tokenBudget, checkBudget);
  if (config.circuitBreak !== undefined) {
    checkBreaker('resilient: circuitBreak', config.circuitBreak);
  }
  checkTurns('resilient', config.circuitBreak, config.whenOpen);
  const clock = new Clock(config.scheduler);
  const policies = {
    limiters: limiters as unknown as Limiter[],
    budgets,
    breaker: config.circuitBreak,
    whenOpen: config.whenOpen ?? 'error',
  };
  const context = {
    ...retriesOf('resilient', config),
    guards: new Guards({ ...policies, retryAfter: config.retryBackoff?.retryAfter }, clock),
    clock,
    hedge: hedgesOf('resilient', config.hedge, clock),
    usedKeys: [],
  };
  return guardedCalls(() => context, options as CallOptions<T>, config.timeout);
}

/** An operator whose every subscription is a call. */
export function guardedCalls<T>(
  contextOf: () => CallContext,
  options: CallOptions<T>,
  timeout: Timeouts | undefined,
): MonoTypeOperatorFunction<T> {
  if (options.afterValues === 'continue') {
    throw new TypeError(
      "afterValues: 'continue' needs a function that opens the call again: use ResilientClient.call()",
    );
  }
  const settings = new CallSettings(options, timeout);
  return operate<T, T>((source, destination) => {
    new Call(destination, contextOf(), settings, source).start();
  });
}

function listOf<P>(
  name: string,
  given: P | readonly P[] | undefined,
  check: (name: string, one: unknown) => void,
): P[] {
  const checked = eachOf(name, given, (each, one) => {
    check(each, one);
    return one as P;
  });
  return checked === undefined ? [] : ([checked].flat() as P[]);
}

/** Throws if calls shall wait for a breaker that has no queue. */
export function checkTurns(owner: string, breaker: unknown, whenOpen: 'error' | 'wait' | undefined): void {
  if (whenOpen === 'wait' && typeof (breaker as Breaker | undefined)?.admit === 'function') {
    new Options(owner, { circuitBreak: breaker }, ['circuitBreak']).having(
      'circuitBreak',
      'turn',
      "a breaker with turn(), for whenOpen: 'wait'",
    );
  }
}
