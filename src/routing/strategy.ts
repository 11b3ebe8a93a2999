import type { Route } from './route';
import { free, type Outlook } from './route-policies';

/** How a route is chosen. */
export type Strategy = 'soonest' | 'weighted' | 'least-in-flight';

/** A route that could take a call. */
export interface Candidate {
  readonly route: Route;
  readonly outlook: Outlook;
}

/** ms that a route which always fails counts as slower than it is. */
const penalty = 10_000;

/**
 * The best of some candidates, of which there is at least one: of those that can take the call, else of all, those of the
 * lowest order, and of these what the strategy says.
 */
export function best<C extends Candidate>(candidates: readonly C[], strategy: Strategy, random: () => number): C {
  let first = candidates[0]!;
  for (let index = 1; index < candidates.length; index += 1) {
    if (isBetter(candidates[index]!, first, strategy)) {
      first = candidates[index]!;
    }
  }
  return strategy === 'weighted'
    ? drawn(
        candidates.filter((other) => ranked(other, first) === 0),
        random(),
      )
    : first;
}

/** Whether a candidate comes before the best of those so far; where routes are drawn, before the draw. */
export function isBetter(other: Candidate, first: Candidate, strategy: Strategy): boolean {
  const rank = ranked(other, first);
  return rank < 0 || (rank === 0 && isBefore(other, first, strategy));
}

/**
 * Whether a route may come before the best of those so far. False where it can not whatever its policies say, so that they
 * need not be asked: that is most of what choosing costs. Not for routes that are drawn.
 */
export function mayBeBetter(route: Route, { route: first, outlook }: Candidate): boolean {
  const mustBeAsked = outlook !== free || !first.isQuiet || !route.isQuiet;
  return mustBeAsked || route.order < first.order || (route.order === first.order && loadOf(route) < loadOf(first));
}

/** Below 0 if one comes before the other, whatever the strategy; 0 if that decides. */
function ranked({ route, outlook }: Candidate, other: Candidate): number {
  return Number(other.outlook.canTake) - Number(outlook.canTake) || route.order - other.route.order;
}

/** How long a call would have to wait there, in ms; a route that often fails counts as slower, unless it is just back. */
export function scoreOf({ route, outlook }: Candidate): number {
  return Math.round(outlook.wait + (route.isBack ? 0 : penalty * route.failureShare));
}

/** The one that could begin soonest; else one that is back, so that it is tried; else the one with the fewest calls for its weight. */
function isBefore(one: Candidate, other: Candidate, strategy: Strategy): boolean {
  if (strategy === 'soonest') {
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
