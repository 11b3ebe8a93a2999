import type { AnyKeyed } from './any-keyed';
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
