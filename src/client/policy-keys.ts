import { show } from '../internal/options';
import { AnyKeyed } from './any-keyed';
import type { PolicyKeys } from './call-options';

/** The kinds of policies, and the method that makes a policy one of them. */
export const methods = { limiter: 'acquire', breaker: 'admit', budget: 'reserve' } as const;

export type Kind = keyof typeof methods;

/** A policy, or one for each key. */
export type PerKey<P> = P | AnyKeyed<P & object, string | undefined>;

/** A policy of a client, or those of its keys, and where it stands. */
export interface Slot {
  readonly kind: Kind;
  /** The option by which it was given, with its place in a list. */
  readonly option: string;
  readonly policy: PerKey<object>;
}

/** Where the policies of keys stand. */
export interface KeyedSlot extends Slot {
  readonly policy: AnyKeyed<object, string | undefined>;
}

/** A key that a call uses: it is kept while the call runs, for as long as that only waits its policy may be idle. */
export interface UsedKey {
  readonly policies: AnyKeyed<object, string | undefined>;
  readonly key: string;
}

/** The part of a call's key that is meant for policies of a kind, or for what `by` says. */
export function keyFor(kind: string, key: string | PolicyKeys | undefined, by?: string): string | undefined {
  if (by === undefined && typeof key === 'string') {
    return key;
  }
  const own = by ?? kind;
  return typeof key === 'object' && key !== null && Object.hasOwn(key, own) ? key[own] : undefined;
}

/** The key of a call, and where it says nothing that of `defaults`. */
export function mergedKey(
  usual: string | PolicyKeys | undefined,
  own: string | PolicyKeys | undefined,
): string | PolicyKeys | undefined {
  return usual === undefined || own === undefined || (typeof usual === 'string' && typeof own === 'string')
    ? (own ?? usual)
    : { ...keysOf(usual), ...keysOf(own) };
}

/** The policy of a call's key, unchecked. */
export function policyFor({ kind, option, policy }: Slot, key: string | PolicyKeys | undefined): object {
  if (!(policy instanceof AnyKeyed)) {
    return policy;
  }
  const own = keyFor(kind, key, policy.by);
  if (typeof own !== 'string') {
    const which = option.endsWith(']') ? `${kind} ${option}` : kind;
    const [what, wanted] =
      policy.by === undefined ? ['keyed', 'key'] : [`keyed by ${show(policy.by)}`, `key: { ${policy.by}: … }`];
    throw new TypeError(
      `ResilientClient: the ${which} is ${what}, so the call needs the option ${wanted}, got ${show(key)}`,
    );
  }
  return policy.get(own);
}

/** Throws if what was made for a key is no policy of that kind. */
export function checkMade({ kind, policy }: Slot, made: object, key: string | PolicyKeys | undefined): void {
  if (policy instanceof AnyKeyed && !isA(kind, made)) {
    policy.delete(keyFor(kind, key, policy.by)!); // else it would keep a place for ever
    throw new TypeError(`ResilientClient: what the keyed ${kind} made is no ${kind}: it has no ${methods[kind]}()`);
  }
}

/** The keys by which a call finds its keyed policies. */
export function usedKeys(keyed: readonly KeyedSlot[], key: string | PolicyKeys | undefined): readonly UsedKey[] {
  return keyed.map(({ kind, policy }) => ({ policies: policy, key: keyFor(kind, key, policy.by)! }));
}

/** Whether something can be used as such a policy. */
export function isA(kind: Kind, policy: unknown): boolean {
  return typeof Object(policy)[methods[kind]] === 'function';
}

/** What kind of policy it is, in words. */
export function kindOf(policy: unknown): string {
  const kinds = Object.keys(methods) as Kind[];
  return kinds.find((kind) => isA(kind, policy)) ?? 'policy of another kind';
}

function keysOf(key: string | PolicyKeys): PolicyKeys {
  return typeof key === 'string' ? { limiter: key, breaker: key, budget: key } : key;
}
