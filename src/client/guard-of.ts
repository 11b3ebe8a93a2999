import type { Chain } from '../guard/chain';
import type { AnyGuard, GuardsOfCall } from '../guard/orders';
import { show } from '../internal/options';
import { PolicyFacade } from '../internal/policy/facade';

/** A guard that makes the chain of all guards of a call: policies bring that along, and a client without them does not. */
export interface ChainingGuard extends AnyGuard {
  readonly chainOf: (given: GuardsOfCall) => Chain;
}

/** A policy that makes its guard itself: so its class brings the guard along, and a client without it does not. */
interface Guarded<Settings extends unknown[]> {
  guardFor(...settings: Settings): unknown;
}

/** The guard of a policy, by itself if it is one of ours. */
export function guardOf<P extends object, G extends ChainingGuard, Settings extends unknown[]>(
  policy: P,
  foreign: ((policy: P, ...settings: Settings) => G) | undefined,
  ...settings: Settings
): G {
  const own: Partial<Guarded<Settings>> = policy instanceof PolicyFacade ? (policy as object) : {};
  if (own.guardFor !== undefined) {
    return own.guardFor(...settings) as G;
  }
  if (foreign === undefined) {
    throw new TypeError(`ResilientClient: only policies of this library are taken here, got ${show(policy)}`);
  }
  return foreign(policy, ...settings);
}
