import { show } from '../internal/options';
import type { Entry } from '../quota/meter';
import { isEntries, shiftedEntries } from '../quota/saved';
import { WindowMeter } from '../quota/window-meter';
import { isCount } from './circuit-snapshot';
import type { ConsecutiveFailures, FailureRate, RateOptions, SlowCallRate, Trip } from './trip';

/** Counts calls for one trip condition. Knows no clock: the time is an argument. */
export interface Tally {
  /** Counts one call. What is bad depends on the condition: a failure, or a slow call. */
  add(isBad: boolean, now: number): void;
  /** Why the breaker must open; undefined if it need not. */
  verdict(now: number): string | undefined;
  calls(now: number): number;
  bad(now: number): number;
  /** When the count will next change by itself. */
  nextChange(now: number): number;
  /** The count as plain JSON; `shift` is added to every time. */
  save(shift: number, now: number): unknown;
  load(saved: unknown, shift: number, now: number): void;
}

/** Makes the count for a condition. */
export function tallyOf(trip: Trip): Tally {
  return trip.kind === 'consecutive-failures' ? new RunTally(trip) : new RateTally(trip);
}

class RunTally implements Tally {
  #run = 0;

  constructor(private readonly trip: ConsecutiveFailures) {}

  add(isBad: boolean): void {
    this.#run = isBad ? this.#run + 1 : 0;
  }

  verdict(): string | undefined {
    return this.#run >= this.trip.failures ? `${this.#run} consecutive failures` : undefined;
  }

  calls(): number {
    return this.#run;
  }

  bad(): number {
    return this.#run;
  }

  nextChange(): number {
    return Number.POSITIVE_INFINITY;
  }

  save(): unknown {
    return this.#run;
  }

  load(saved: unknown): void {
    if (!isCount(saved)) {
      throw new TypeError(`CircuitBreaker: initial must hold a count of failures, got ${show(saved)}`);
    }
    this.#run = saved;
  }
}

class RateTally implements Tally {
  readonly #counts: Counts;

  constructor(private readonly trip: FailureRate | SlowCallRate) {
    this.#counts = countsOf(trip);
  }

  add(isBad: boolean, now: number): void {
    this.#counts.add(isBad, now);
  }

  verdict(now: number): string | undefined {
    const bad = this.bad(now);
    if (bad === 0) {
      return undefined; // every threshold is above 0: the calls need not be counted
    }
    const calls = this.calls(now);
    const holds = calls >= this.trip.minimumCalls && bad / calls >= this.trip.threshold;
    return holds ? `${bad} of ${calls} calls ${this.trip.kind === 'failure-rate' ? 'failed' : 'were slow'}` : undefined;
  }

  calls(now: number): number {
    return this.#counts.calls(now);
  }

  bad(now: number): number {
    return this.#counts.bad(now);
  }

  nextChange(now: number): number {
    return this.#counts.nextChange(now);
  }

  save(shift: number, now: number): unknown {
    return this.#counts.save(shift, now);
  }

  load(saved: unknown, shift: number, now: number): void {
    this.#counts.load(saved, shift, now);
  }
}

type Counts = Omit<Tally, 'verdict'>;

function countsOf({ calls, window }: RateOptions): Counts {
  return calls === undefined ? new RecentCalls(window!) : new LastCalls(calls);
}

/** Counts the last so many calls, in a ring. */
class LastCalls implements Counts {
  /** 1 for each call that was bad. */
  readonly #ring: Uint8Array;
  #calls = 0;
  #bad = 0;
  /** The place of the next call: once the ring is full, that of the oldest one. */
  #next = 0;

  constructor(size: number) {
    this.#ring = new Uint8Array(size);
  }

  add(isBad: boolean): void {
    const bad = isBad ? 1 : 0;
    this.#bad += bad - this.#ring[this.#next]!;
    this.#ring[this.#next] = bad;
    this.#next = this.#next + 1 === this.#ring.length ? 0 : this.#next + 1;
    this.#calls = Math.min(this.#calls + 1, this.#ring.length);
  }

  calls(): number {
    return this.#calls;
  }

  bad(): number {
    return this.#bad;
  }

  nextChange(): number {
    return Number.POSITIVE_INFINITY;
  }

  save(): unknown {
    const oldest = this.#calls === this.#ring.length ? this.#next : 0;
    return [...this.#ring.slice(oldest, this.#calls), ...this.#ring.slice(0, oldest)];
  }

  load(saved: unknown): void {
    if (!Array.isArray(saved)) {
      throw new TypeError(`CircuitBreaker: initial must hold a list of outcomes, got ${show(saved)}`);
    }
    for (const bad of saved) {
      this.add(bad === 1);
    }
  }
}

/** Counts the calls of the last so many ms. */
class RecentCalls implements Counts {
  readonly #all: WindowMeter;
  readonly #bad: WindowMeter;

  constructor(window: number) {
    this.#all = new WindowMeter(Number.POSITIVE_INFINITY, window);
    this.#bad = new WindowMeter(Number.POSITIVE_INFINITY, window);
  }

  add(isBad: boolean, now: number): void {
    this.#all.take(1, now);
    if (isBad) {
      this.#bad.take(1, now);
    }
  }

  calls(now: number): number {
    return this.#all.used(now);
  }

  bad(now: number): number {
    return this.#bad.used(now);
  }

  nextChange(now: number): number {
    return this.#all.nextChange(now) ?? Number.POSITIVE_INFINITY;
  }

  save(shift: number, now: number): unknown {
    return { all: this.#all.save(shift, now), bad: this.#bad.save(shift, now) };
  }

  load(saved: unknown, shift: number, now: number): void {
    const { all, bad } = Object(saved) as { all?: unknown; bad?: unknown };
    this.#all.load(countsIn(all, shift, now), now);
    this.#bad.load(countsIn(bad, shift, now), now);
  }
}

function countsIn(saved: unknown, shift: number, now: number): Entry[] {
  if (!isEntries(saved)) {
    throw new TypeError(`CircuitBreaker: initial must hold a list of [time, calls] in order, got ${show(saved)}`);
  }
  return shiftedEntries(saved, shift, now);
}
