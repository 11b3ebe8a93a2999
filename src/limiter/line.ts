import type { Ledger } from '../quota/ledger';
import type { Units } from '../quota/limits';

/** Where a newcomer would stand. */
export interface Place {
  readonly priority: number;
  readonly retry: boolean;
  readonly tenant: string;
  readonly cost: Units;
  /** Its largest part of a limit, where tenants share the line. */
  readonly share: number;
}

/** A waiting line of a limiter. */
export interface Line<W> extends Iterable<W> {
  readonly length: number;
  /** Who is next. */
  readonly first: W | undefined;
  /** The earliest deadline of anybody in the line; Infinity if there is none. */
  readonly nextDeadline: number;
  /** Whether anybody goes before a newcomer. */
  isBehind(place: Place, now: number): boolean;
  /** How many stand before a newcomer, as far as that can be foreseen. */
  ahead(place: Place): number;
  /** Whether it costs one step to foresee when a newcomer will be granted. */
  isForeseen(place: Place): boolean;
  /** The earliest time at which a newcomer can be granted `cost`, out of what `live` leaves from the time `from` on. */
  foresee(cost: Units, place: Place, live: Ledger, from: number): number;
  /** To be called when something else has changed than the line. */
  forget(): void;
  add(waiter: W, now: number): unknown;
  /** Takes somebody out who gives up; false if they stand there no more. */
  remove(waiter: W): boolean;
  /** Takes out the first, which is granted now. */
  grant(waiter: W, now: number): void;
  /** Takes out somebody whose deadline has come, if there is one. */
  overdue(now: number): W | undefined;
  /** Looks who is first at this time. */
  look(now: number): void;
  /** When somebody may become the first by time alone. */
  readonly nextLook: number;
}
