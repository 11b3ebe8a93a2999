import { type Tally, tallyOf } from './tally';
import type { SlowCallRate, Trip } from './trip';

/** What all trip conditions of a breaker count. Knows no clock: the time is an argument. */
export class Tallies {
  /** Whether a call that is not bad must be counted with its time. */
  readonly isTimed: boolean;
  #tallies: readonly Tally[];
  /** When a call was last counted. */
  #countedAt: number | undefined;

  constructor(private readonly trips: readonly Trip[]) {
    this.#tallies = trips.map(tallyOf);
    this.isTimed = trips.some((trip) => trip.kind !== 'consecutive-failures');
  }

  /** Counts a call, by one condition for slow calls or by all others; returns why the breaker must open, if it must. */
  count(which: 'failures' | SlowCallRate, isBad: boolean, now: number): string | undefined {
    let reason: string | undefined;
    this.#countedAt = now;
    for (let index = 0; index < this.trips.length; index += 1) {
      const trip = this.trips[index]!;
      const tally = this.#tallies[index]!;
      if (which === trip || (which === 'failures' && trip.kind !== 'slow-call-rate')) {
        tally.add(isBad, now);
      }
      reason ??= tally.verdict(now);
    }
    return reason;
  }

  clear(): void {
    this.#tallies = this.trips.map(tallyOf);
    this.#countedAt = undefined;
  }

  /** The highest counts of any condition. */
  counts(now: number): { calls: number; failures: number; slowCalls: number } {
    const most = (kind: 'slow' | 'failures' | 'all', count: (tally: Tally) => number) =>
      this.trips.reduce((highest, trip, index) => {
        const isSlow = trip.kind === 'slow-call-rate';
        const isMeant = kind === 'all' || (kind === 'slow') === isSlow;
        return isMeant ? Math.max(highest, count(this.#tallies[index]!)) : highest;
      }, 0);
    return {
      calls: most('all', (tally) => tally.calls(now)),
      failures: most('failures', (tally) => tally.bad(now)),
      slowCalls: most('slow', (tally) => tally.bad(now)),
    };
  }

  /** Whether anything counts that is younger than `age` or within its window. */
  isFresh(age: number, now: number): boolean {
    const isYoung = this.#countedAt !== undefined && now < this.#countedAt + age;
    return this.trips.some((trip, index) => {
      const hasWindow = trip.kind !== 'consecutive-failures' && trip.window !== undefined;
      return (isYoung || hasWindow) && this.#tallies[index]!.calls(now) > 0;
    });
  }

  /** When the counts will next change by themselves. */
  nextChange(now: number): number {
    return Math.min(...this.#tallies.map((tally) => tally.nextChange(now)));
  }

  /** The counts as plain JSON; `shift` is added to every time. */
  save(shift: number, now: number): { countedAt?: number; tallies: readonly unknown[] } {
    const countedAt = this.#countedAt;
    return {
      ...(countedAt === undefined ? {} : { countedAt: countedAt + shift }),
      tallies: this.#tallies.map((tally) => tally.save(shift, now)),
    };
  }

  load(saved: { countedAt?: number; tallies: readonly unknown[] }, shift: number, now: number): void {
    const { countedAt, tallies } = saved;
    if (tallies.length !== this.#tallies.length) {
      const counts = `${tallies.length} trip conditions, here are ${this.#tallies.length}`;
      throw new TypeError(`CircuitBreaker: initial must be of a breaker with the same conditions, got ${counts}`);
    }
    this.#countedAt = countedAt === undefined ? now : Math.min(countedAt + shift, now);
    this.#tallies.forEach((tally, index) => {
      tally.load(tallies[index], shift, now);
    });
  }
}
