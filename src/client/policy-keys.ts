import { show } from '../internal/options';
import type { PolicyKeys } from './call-options';
import type { PerKey } from './client-config';
import { Keyed } from './keyed';

type Key = string | PolicyKeys | undefined;

/** The part of a call's key that is meant for one kind of policy. */
export function keyFor(policy: string, key: Key): string | undefined {
  return typeof key === 'object' ? (key as { readonly [kind: string]: string | undefined })[policy] : key;
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
  return policy.get(own) as P;
}
