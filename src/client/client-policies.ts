import type { Budget } from '../budget/budget';
import { TokenBudget } from '../budget/token-budget';
import type { Breaker } from '../circuit/breaker';
import { CircuitBreaker } from '../circuit/circuit-breaker';
import { PolicyFacade } from '../internal/policy/facade';
import { Policy } from '../internal/policy/policy';
import type { Limiter } from '../limiter/limiter';
import { RateLimiter } from '../limiter/rate-limiter';
import type { RateLimiterConfig } from '../limiter/rate-limiter-config';
import { callDimensions } from './call-settings';
import { Keyed } from './keyed';
import { type ClientPolicies, isA, kindOf, methods, type PerKey } from './policy-keys';
import type { ResilientClientConfig } from './resilient-client-config';
import { inheriting } from './retries';

/** The policies that a config names, made where it only describes them. */
export function policiesOf(config: ResilientClientConfig): ClientPolicies {
  const { rateLimit, circuitBreak, tokenBudget, scheduler } = config;
  const made = <P extends object>(
    name: string,
    given: unknown,
    kind: keyof ClientPolicies,
    make: (config: never) => P,
  ) =>
    policyOf<P>(name, given, kind, () => make(inheriting(`ResilientClient: ${name}`, given, { scheduler }) as never));
  return {
    limiter: made<Limiter>('rateLimit', rateLimit, 'limiter', limiterFor),
    breaker: made<Breaker>('circuitBreak', circuitBreak, 'breaker', (own) => new CircuitBreaker(own)),
    budget: made<Budget>('tokenBudget', tokenBudget, 'budget', (own) => new TokenBudget(own)),
  };
}

function limiterFor(config: RateLimiterConfig<string>): Limiter {
  const limiter = new RateLimiter(config);
  const unknown = limiter.dimensions.find((dimension) => !callDimensions.includes(dimension));
  if (unknown !== undefined) {
    throw new TypeError(
      `ResilientClient: rateLimit: limits.${unknown} would limit nothing, for a call takes ${callDimensions.join(', ')}`,
    );
  }
  return limiter as unknown as Limiter;
}

function policyOf<P extends object>(
  name: string,
  given: unknown,
  kind: keyof ClientPolicies,
  make: () => P,
): PerKey<P> {
  if (given === undefined || given instanceof Keyed || isA(kind, given)) {
    return given as PerKey<P>;
  }
  if (given instanceof Policy || given instanceof PolicyFacade) {
    throw new TypeError(
      `ResilientClient: ${name} must be a policy with ${methods[kind]}(), or a config, got a ${kindOf(given)}`,
    );
  }
  return make();
}
