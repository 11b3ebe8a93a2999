import type { Asking, Guard } from './guard';

/** A guard of whatever policy: the attempt hands each its own hold back. */
export type AnyGuard = Guard<unknown, Asking<never, never>>;

/** The guards of an attempt, and the orders in which they are asked and told. */
export interface Chain {
  /** In the order in which they are entered. */
  readonly guards: readonly AnyGuard[];
  /** One place for each guard's hold, empty. */
  readonly noHolds: readonly unknown[];
  /** Places in `guards` of those that are looked at before standing in a queue, in that order. */
  readonly looks: readonly number[];
  /** Places of those that hear of values, in that order. */
  readonly hears: readonly number[];
  /** Places of those that hear of the first value, in that order. */
  readonly accepts: readonly number[];
  /** Places in the order in which holds end: a call that is let through next must find the earlier ones settled. */
  readonly ends: readonly number[];
  /** Those of `ends` at whose policies calls may wait. */
  readonly blocks: readonly number[];
}

/** What the policies of a call do in the list, from which the orders follow. */
export interface GuardsOfCall {
  readonly limiters?: readonly AnyGuard[];
  readonly budgets?: readonly AnyGuard[];
  readonly breaker?: AnyGuard | undefined;
  /** Times an attempt, from the moment in which its source is subscribed. */
  readonly timeout?: AnyGuard | undefined;
  /** Whether calls wait while the breaker is open: then budgets are looked at before that wait. */
  readonly waitsAtBreaker?: boolean;
}

/**
 * The one place that states the orders. Enter: limiters, budgets, the breaker, the timeout. Look: the breaker, budgets;
 * budgets first where calls wait at the breaker. Values: the timeout, budgets, limiters, and the breaker last, because the
 * calls that it lets through may end this attempt. End: the timeout, budgets, the breaker, limiters.
 */
export function chainOf(given: GuardsOfCall): Chain {
  const breaker = listOf(given.breaker);
  const timeout = listOf(given.timeout);
  const { limiters = [], budgets = [] } = given;
  const guards = [...limiters, ...budgets, ...breaker, ...timeout];
  const looks = given.waitsAtBreaker ? [...budgets, ...breaker] : [...breaker, ...budgets];
  const hears = [...timeout, ...budgets, ...limiters, ...breaker];
  const ends = [...timeout, ...budgets, ...breaker, ...limiters];
  const places = (list: readonly AnyGuard[]) => list.map((guard) => guards.indexOf(guard));
  return {
    guards,
    noHolds: guards.map(() => undefined),
    looks: places(looks.filter((guard) => guard.check !== undefined)),
    hears: places(hears.filter((guard) => guard.value !== undefined)),
    accepts: places(hears.filter((guard) => guard.accepted !== undefined)),
    ends: places(ends),
    blocks: places(ends.filter((guard) => guard.block !== undefined)),
  };
}

/** The list of a piped operator. A single guard needs no look, because entering it is one; but one at which calls may have to wait does. */
export function chainOfOne(guard: object, mustBeLookedAt = false): Chain {
  const chain = chainOf({ breaker: guard as AnyGuard });
  return mustBeLookedAt ? chain : { ...chain, looks: [] };
}

/** For attempts that are only retried or read. */
export const noGuards: Chain = chainOf({});

/** A list for the holds of an attempt; without guards one that all share, because nothing is ever put into it. */
export function holdsFor({ noHolds }: Chain): unknown[] {
  switch (noHolds.length) {
    case 0:
      return noHolds as unknown[];
    case 1:
      return [undefined]; // written out: 15 ns less than a copy
    case 2:
      return [undefined, undefined];
    case 3:
      return [undefined, undefined, undefined];
    default:
      return noHolds.slice();
  }
}

function listOf(guard: AnyGuard | undefined): readonly AnyGuard[] {
  return guard === undefined ? [] : [guard];
}
