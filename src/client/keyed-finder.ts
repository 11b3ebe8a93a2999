import { show } from '../internal/options';
import { AnyKeyed, type ByKey, type MakeByKey, type UsedKey } from './any-keyed';
import type { PolicyKeys } from './call-options';
import { isA, keyFor, methods, type Slot } from './policy-keys';

/** Where the policies of keys stand. */
interface KeyedSlot extends Slot {
  readonly policy: AnyKeyed<object, string | undefined>;
}

type Known = WeakMap<object, object>;

/** Finds what the calls of a key need: made once for the policies to which the key leads. */
export function finderFor<C extends ByKey>(
  slots: readonly Slot[],
  make: MakeByKey<C>,
): (key: string | PolicyKeys | undefined) => C {
  const keyed = slots.filter((slot): slot is KeyedSlot => slot.policy instanceof AnyKeyed);
  // The policies of keys tell what is needed for one key from that for another.
  const places = keyed.map((slot) => slots.indexOf(slot));
  const last = places.at(-1)!;
  const all: Known = new WeakMap();
  return (key) => {
    const policies = slots.map((slot) => policyFor(slot, key));
    let known = all;
    for (const place of places) {
      known = place === last ? known : below(known, policies[place]!);
    }
    const before = known.get(policies[last]!) as C | undefined;
    // A factory may have given one policy for two keys.
    if (before?.usedKeys.every((used, place) => keyOf(keyed[place]!, key) === used.key)) {
      return before;
    }
    if (before === undefined) {
      // Only now: to look at each for every call would cost 80 ns.
      keyed.forEach((slot, index) => {
        checkMade(slot, policies[places[index]!]!, key);
      });
    }
    const usedKeys = keyed.map((slot): UsedKey => ({ policies: slot.policy, key: keyOf(slot, key)! }));
    const made = make(policies, usedKeys, before);
    known.set(policies[last]!, made);
    return made;
  };
}

function keyOf({ kind, policy }: KeyedSlot, key: string | PolicyKeys | undefined): string | undefined {
  return keyFor(kind, key, policy.by);
}

function below(known: Known, policy: object): Known {
  let found = known.get(policy) as Known | undefined;
  if (found === undefined) {
    found = new WeakMap();
    known.set(policy, found);
  }
  return found;
}

/** The policy of a call's key, unchecked. */
function policyFor({ kind, option, policy }: Slot, key: string | PolicyKeys | undefined): object {
  if (!(policy instanceof AnyKeyed)) {
    return policy;
  }
  const own = keyFor(kind, key, policy.by);
  if (typeof own !== 'string') {
    const which = option.endsWith(']') ? `${kind} ${option}` : kind;
    const [what, wanted] =
      policy.by === undefined ? ['keyed', "key: '…'"] : [`keyed by ${show(policy.by)}`, `key: { ${policy.by}: '…' }`];
    throw new TypeError(
      `ResilientClient: the ${which} is ${what}, so the call needs the option ${wanted}, got ${show(key)}`,
    );
  }
  return policy.get(own);
}

/** Throws if what was made for a key is no policy of that kind. */
function checkMade({ kind, policy }: KeyedSlot, made: object, key: string | PolicyKeys | undefined): void {
  if (!isA(kind, made)) {
    policy.delete(keyFor(kind, key, policy.by)!); // else it would keep a place for ever
    throw new TypeError(`ResilientClient: what the keyed ${kind} made is no ${kind}: it has no ${methods[kind]}()`);
  }
}
