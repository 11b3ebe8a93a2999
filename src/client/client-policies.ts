import type { Budget } from '../budget/budget';
import type { Breaker } from '../circuit/breaker';
import { PolicyFacade } from '../internal/policy/facade';
import type { Limiter } from '../limiter/limiter';
import { AnyKeyed } from './any-keyed';
import type { ClientParts } from './client-parts';
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

/** The policies that a config names, made by `make` where it only describes them. */
export function policiesOf(config: ResilientClientConfig, { policyOf: make, foreign }: ClientParts): ClientPolicies {
  const policyFor =
    <P extends object>(kind: Kind) =>
    (name: string, given: unknown) =>
      policyOf<P>(name, given, kind, foreign !== undefined, () => {
        const own = inheriting(`ResilientClient: ${name}`, given, { scheduler: config.scheduler });
        return make(kind, name, own as object) as P;
      });
  return {
    limiter: eachOf('rateLimit', config.rateLimit, policyFor<Limiter>('limiter')),
    breaker: config.circuitBreak && policyFor<Breaker>('breaker')('circuitBreak', config.circuitBreak),
    budget: eachOf('tokenBudget', config.tokenBudget, policyFor<Budget>('budget')),
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
    policy instanceof AnyKeyed ? [...policy.core].every(([, each]) => knowsAll(each)) : knowsAll(policy),
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

function policyOf<P extends object>(
  name: string,
  given: unknown,
  kind: Kind,
  takesForeign: boolean,
  make: () => P,
): PerKey<P> {
  if (given instanceof AnyKeyed || (isA(kind, given) && (takesForeign || given instanceof PolicyFacade))) {
    return given as PerKey<P>;
  }
  if ('events$' in Object(given)) {
    throw new TypeError(
      `ResilientClient: ${name} must be a policy with ${methods[kind]}(), or a config, got a ${kindOf(given)}`,
    );
  }
  return make();
}
