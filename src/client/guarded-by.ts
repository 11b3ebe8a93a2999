import type { MonoTypeOperatorFunction } from 'rxjs';
import { checkBudget } from '../budget/check-budget';
import { checkBreaker } from '../circuit/check-breaker';
import { Options } from '../internal/options';
import { Clock } from '../internal/time/clock';
import { checkLimiter } from '../limiter/check-limiter';
import type { Limiter } from '../limiter/limiter';
import { type CallOptions, checkCallOptions, checkTimeouts } from './call-options';
import type { CallParts } from './call-parts';
import { checkTurns } from './check-turns';
import type { ClientParts } from './client-parts';
import { eachOf } from './client-policies';
import { guardedCalls } from './guarded-calls';
import { Guards } from './guards';
import type { ResilientConfig, ResilientOptions } from './resilient-config';
import { retriesOf } from './retries';

const names = [
  ...['retryBackoff', 'rateLimit', 'circuitBreak', 'tokenBudget', 'timeout', 'whenOpen', 'scheduler', 'random'],
  'hedge',
];

/** The operator, made of these parts. */
export function guardedBy<T>(
  config: ResilientConfig,
  options: ResilientOptions<T>,
  { hedgesOf, ...parts }: CallParts & Pick<ClientParts, 'hedgesOf'>,
): MonoTypeOperatorFunction<T> {
  const { readers, foreign } = parts;
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
    ...retriesOf('resilient', config, parts),
    readers,
    guards: new Guards({ ...policies, readers, foreign, retryAfter: config.retryBackoff?.retryAfter }),
    clock,
    frameOf: parts.frameOf,
    hedge: hedgesOf?.('resilient', config.hedge, clock),
    usedKeys: [],
  };
  return guardedCalls(() => context, options as CallOptions<T>, config.timeout, parts);
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
