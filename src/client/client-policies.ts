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
import { isA, type Kind, kindOf, methods, type PerKey, type Slot } from './policy-keys';
import type { ResilientClientConfig } from './resilient-client-config';
import { inheriting } from './retries';

/** A policy, or several of which the first is asked first. */
export type OneOrMore<P> = P | readonly P[];

/** The policies of a client, as they were given. */
export interface ClientPolicies {
  readonly limiter: OneOrMore<PerKey<Limiter>> | undefined;
  readonly breaker: PerKey<Breaker> | undefined;
  readonly budget: OneOrMore<PerKey<Budget>> | undefined;
}

const options = { limiter: 'rateLimit', budget: 'tokenBudget', breaker: 'circuitBreak' } as const;

/** The policies that a config names, made where it only describes them. */
export function policiesOf(config: ResilientClientConfig): ClientPolicies {
  const { rateLimit, circuitBreak, tokenBudget } = config;
  const maker =
    <P extends object>(kind: Kind, make: (config: never) => P) =>
    (name: string, given: unknown) =>
      policyOf<P>(name, given, kind, () =>
        make(inheriting(`ResilientClient: ${name}`, given, { scheduler: config.scheduler }) as never),
      );
  return {
    limiter: eachOf('rateLimit', rateLimit, maker<Limiter>('limiter', limiterFor)),
    breaker: circuitBreak && maker<Breaker>('breaker', (own) => new CircuitBreaker(own))('circuitBreak', circuitBreak),
    budget: eachOf(
      'tokenBudget',
      tokenBudget,
      maker<Budget>('budget', (own) => new TokenBudget(own)),
    ),
  };
}

/** The policies one by one. */
export function slotsOf(policies: ClientPolicies): readonly Slot[] {
  return (Object.keys(options) as Kind[]).flatMap((kind) => {
    const given = policies[kind];
    if (given === undefined) {
      return [];
    }
    return Array.isArray(given)
      ? given.map((policy, place) => ({ kind, option: `${options[kind]}[${place}]`, policy }))
      : [{ kind, option: options[kind], policy: given as PerKey<object> }];
  });
}

/**
 * Whether policies that are elsewhere know of everything: those of other classes that say so by `isIdle`. The local ones
 * are told within the call; they are idle only when their windows have passed.
 */
export function isTold(slots: readonly Slot[]): boolean {
  return slots.every(({ policy }) =>
    policy instanceof Keyed ? [...policy.core].every(([, each]) => knowsAll(each)) : knowsAll(policy),
  );
}

function knowsAll(policy: object): boolean {
  return policy instanceof PolicyFacade
    ? policy.core.isTold !== false
    : (policy as { readonly isIdle?: boolean }).isIdle !== false;
}

/** Each of a list, or the only one. Throws for a list that is empty, or that has one twice. */
export function eachOf<P>(
  name: string,
  given: unknown,
  each: (name: string, one: unknown) => P,
): OneOrMore<P> | undefined {
  if (!Array.isArray(given)) {
    return given === undefined ? undefined : each(name, given);
  }
  if (given.length === 0) {
    throw new RangeError(`${name} must hold at least one policy, got []; leave it out for none`);
  }
  const twice = given.findIndex((one, place) => given.indexOf(one) !== place);
  if (twice >= 0) {
    throw new TypeError(`${name}[${twice}] stands in the list before: it would count every call twice`);
  }
  return given.map((one, place) => each(`${name}[${place}]`, one));
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

function policyOf<P extends object>(name: string, given: unknown, kind: Kind, make: () => P): PerKey<P> {
  if (given instanceof Keyed || isA(kind, given)) {
    return given as PerKey<P>;
  }
  if (given instanceof Policy || given instanceof PolicyFacade) {
    throw new TypeError(
      `ResilientClient: ${name} must be a policy with ${methods[kind]}(), or a config, got a ${kindOf(given)}`,
    );
  }
  return make();
}
