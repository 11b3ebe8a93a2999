import type { Route } from './route';
import type { Outlook } from './route-policies';

/** How a route is chosen. */
export type Strategy = 'soonest' | 'weighted' | 'least-in-flight';

/** A route that could take a call. */
export interface Candidate {
  readonly route: Route;
  readonly outlook: Outlook;
}

/** ms that a route which always fails counts as slower than it is. */
const penalty = 10_000;

/** The best of some candidates, of which there is at least one. */
export function best<C extends Candidate>(candidates: readonly C[], strategy: Strategy, random: () => number): C {
  const group = firstGroup(candidates);
  return strategy === 'weighted' ? drawn(group, random()) : least(group, strategy === 'soonest');
}

/** How long a call would have to wait there, in ms; a route that often fails counts as slower, unless it is just back. */
export function scoreOf({ route, outlook }: Candidate): number {
  return Math.round(outlook.wait + (route.isBack ? 0 : penalty * route.failureShare));
}

/** Those of the lowest order that can take the call; if there is none, those of the lowest order. */
function firstGroup<C extends Candidate>(candidates: readonly C[]): readonly C[] {
  if (candidates.length === 1) {
    return candidates;
  }
  const able = candidates.filter(({ outlook }) => outlook.canTake);
  const rest = able.length > 0 ? able : candidates;
  const order = Math.min(...rest.map(({ route }) => route.order));
  return rest.filter(({ route }) => route.order === order);
}

/** The one that could begin soonest; else one that is back, so that it is tried; else the one with the fewest calls for its weight. */
function least<C extends Candidate>(group: readonly C[], isTimed: boolean): C {
  let first = group[0]!;
  for (let index = 1; index < group.length; index += 1) {
    const other = group[index]!;
    if (isBefore(other, first, isTimed)) {
      first = other;
    }
  }
  return first;
}

function isBefore(one: Candidate, other: Candidate, isTimed: boolean): boolean {
  if (isTimed) {
    const difference = scoreOf(one) - scoreOf(other); // NaN where both are infinite
    if (difference < 0 || difference > 0) {
      return difference < 0;
    }
    if (one.route.isBack !== other.route.isBack) {
      return one.route.isBack;
    }
  }
  return loadOf(one.route) < loadOf(other.route);
}

function loadOf({ inFlight, weight }: Route): number {
  return inFlight / weight;
}

function drawn<C extends Candidate>(group: readonly C[], share: number): C {
  const total = group.reduce((sum, { route }) => sum + route.weight, 0);
  let rest = share * total;
  for (const candidate of group) {
    rest -= candidate.route.weight;
    if (rest < 0) {
      return candidate;
    }
  }
  return group[group.length - 1]!;
}
