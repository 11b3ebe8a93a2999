import { OrderedSet } from './ordered-set';
import type { SlowCallRate, Trip } from './trip';

const nothing: readonly SlowCallRate[] = Object.freeze([]);

/** The calls in flight that the conditions for slow calls have not counted yet, the oldest first. */
export class SlowCalls<A extends { readonly startedAt: number | undefined }> {
  readonly #uncounted: readonly { readonly trip: SlowCallRate; readonly calls: OrderedSet<A> }[];

  constructor(trips: readonly Trip[]) {
    this.#uncounted = trips
      .filter((trip) => trip.kind === 'slow-call-rate')
      .map((trip) => ({ trip, calls: new OrderedSet() }));
  }

  /** Whether there is any such condition. */
  get isWatching(): boolean {
    return this.#uncounted.length > 0;
  }

  begin(call: A): void {
    for (const { calls } of this.#uncounted) {
      calls.add(call);
    }
  }

  /** Takes out a call that has ended, and returns the conditions that have not counted it. */
  end(call: A): readonly SlowCallRate[] {
    return this.isWatching ? this.#endOf(call) : nothing; // mostly there is none
  }

  #endOf(call: A): SlowCallRate[] {
    return this.#uncounted.filter(({ calls }) => calls.delete(call)).map(({ trip }) => trip);
  }

  /** Takes out a call that a condition must count as slow now, if there is one. */
  overdue(now: number): { trip: SlowCallRate; call: A } | undefined {
    for (const { trip, calls } of this.#uncounted) {
      const { first } = calls;
      if (first !== undefined && first.startedAt! + trip.slowerThan <= now) {
        calls.delete(first);
        return { trip, call: first };
      }
    }
    return undefined;
  }

  /** When the next call has to be counted as slow; `Infinity` if there is none. */
  get next(): number {
    const times = this.#uncounted.map(({ trip, calls: { first } }) =>
      first === undefined ? Number.POSITIVE_INFINITY : first.startedAt! + trip.slowerThan,
    );
    return Math.min(...times);
  }

  clear(): void {
    for (const { calls } of this.#uncounted) {
      calls.clear();
    }
  }
}
