import type { AnyGuard } from '../guard/chain';
import { show } from '../internal/options';
import { PolicyFacade } from '../internal/policy/facade';

/** A policy that makes its guard itself: so its class brings the guard along, and a client without it does not. */
interface Guarded<Settings extends unknown[]> {
  guardFor(...settings: Settings): unknown;
}

/** The guard of a policy, by itself if it is one of ours. */
export function guardOf<P extends object, Settings extends unknown[]>(
  policy: P,
  foreign: ((policy: P, ...settings: Settings) => unknown) | undefined,
  ...settings: Settings
): AnyGuard {
  const own: Partial<Guarded<Settings>> = policy instanceof PolicyFacade ? (policy as object) : {};
  if (own.guardFor !== undefined) {
    return own.guardFor(...settings) as AnyGuard;
  }
  if (foreign === undefined) {
    throw new TypeError(`ResilientClient: only policies of this library are taken here, got ${show(policy)}`);
  }
  return foreign(policy, ...settings) as AnyGuard;
}
