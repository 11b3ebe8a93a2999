import type { Asking, Guard } from './guard';

/** A guard of whatever policy: the attempt hands each its own hold back. */
export type AnyGuard = Guard<unknown, Asking<never, never>>;

/** The guards of an attempt, and the orders in which they are asked and told. */
export interface Orders {
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
  /** Whether calls wait while the breaker is open: then budgets are looked at before that wait. */
  readonly waitsAtBreaker?: boolean;
}

/**
 * The one place that states the orders. Enter: limiters, budgets, the breaker. Look: the breaker, budgets; budgets first
 * where calls wait at the breaker. Values: budgets, limiters, and the breaker last, because the calls that it lets through
 * may end this attempt. End: budgets, the breaker, limiters. Timeouts run inside of all of them: see `CallAttempt`.
 */
export function ordersOf(given: GuardsOfCall): Orders {
  const breaker = listOf(given.breaker);
  const { limiters = [], budgets = [] } = given;
  const guards = [...limiters, ...budgets, ...breaker];
  const looks = given.waitsAtBreaker ? [...budgets, ...breaker] : [...breaker, ...budgets];
  const hears = [...budgets, ...limiters, ...breaker];
  const ends = [...budgets, ...breaker, ...limiters];
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

/** A list for the holds of an attempt. */
export function holdsFor({ noHolds }: Orders): unknown[] {
  switch (noHolds.length) {
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
