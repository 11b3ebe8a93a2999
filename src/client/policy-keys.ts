import type { Budget } from '../budget/budget';
import type { Breaker } from '../circuit/breaker';
import { show } from '../internal/options';
import type { Limiter } from '../limiter/limiter';
import type { PolicyKeys } from './call-options';
import { Keyed } from './keyed';

type Key = string | PolicyKeys | undefined;

/** A policy, or one for each key. */
export type PerKey<P> = P | Keyed<P & object> | undefined;

/** The policies of a client. */
export interface ClientPolicies {
  readonly limiter: PerKey<Limiter>;
  readonly breaker: PerKey<Breaker>;
  readonly budget: PerKey<Budget>;
}

/** What makes a policy what it is. */
export const methods = { limiter: 'acquire', breaker: 'admit', budget: 'reserve' } as const;

/** The part of a call's key that is meant for one kind of policy. */
export function keyFor(policy: string, key: Key): string | undefined {
  return typeof key === 'object' && key !== null
    ? (key as { readonly [kind: string]: string | undefined })[policy]
    : key;
}

/** The policy of a call's key. */
export function policyFor<P extends object>(name: keyof PolicyKeys, policy: PerKey<P>, key: Key): P | undefined {
  if (!(policy instanceof Keyed)) {
    return policy;
  }
  const own = keyFor(name, key);
  if (typeof own !== 'string') {
    throw new TypeError(`ResilientClient: the ${name} is keyed, so the call needs the option key, got ${show(key)}`);
  }
  const found = policy.get(own) as P;
  if (!isA(name, found)) {
    policy.delete(own); // else it would keep a place for ever
    throw new TypeError(`ResilientClient: what the keyed ${name} made is no ${name}: it has no ${methods[name]}()`);
  }
  return found;
}

/** Whether something can be used as such a policy. */
export function isA(kind: keyof typeof methods, policy: unknown): boolean {
  return typeof Object(policy)[methods[kind]] === 'function';
}

/** What kind of policy it is, in words. */
export function kindOf(policy: unknown): string {
  const kinds = Object.keys(methods) as (keyof typeof methods)[];
  return kinds.find((kind) => isA(kind, policy)) ?? 'policy of another kind';
}

/** A key that a call uses: it is kept while the call runs, for as long as that only waits its policy may be idle. */
export interface UsedKey {
  readonly policies: Keyed<object>;
  readonly key: string;
}

interface KeyedOne {
  readonly kind: keyof ClientPolicies;
  readonly policies: Keyed<object>;
}

/** Which kinds of policies are made by key. */
export function keyedOf(policies: ClientPolicies): readonly KeyedOne[] {
  const kinds = Object.keys(methods) as (keyof ClientPolicies)[];
  return kinds.flatMap((kind) => {
    const keyed = policies[kind];
    return keyed instanceof Keyed ? [{ kind, policies: keyed }] : [];
  });
}

export function usedKeys(keyed: readonly KeyedOne[], key: Key): readonly UsedKey[] {
  return keyed.map(({ kind, policies }) => ({ policies, key: keyFor(kind, key)! }));
}
