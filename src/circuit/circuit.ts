import { checkAmount } from '../internal/options';
import type { CircuitSnapshot } from './circuit-snapshot';
import { type Generation, halfOpened, type Transition } from './generation';
import { type Tally, tallyOf } from './tally';
import type { SlowCallRate, Trip } from './trip';

/** What the circuit is made from, with defaults filled in. */
export interface CircuitConfig {
  readonly trips: readonly Trip[];
  readonly recoveryTimeout: number | ((openings: number) => number);
  readonly probes: number;
  readonly probeFailures: number;
}

/** The breaker without time, streams or listeners: every method is told `now`, and says what it has changed. */
export class Circuit {
  openings = 0;
  /** The error that opened it. */
  cause: unknown;
  readonly #config: CircuitConfig;
  #generation: Generation = { status: 'closed' };
  #tallies: readonly Tally[];

  constructor(config: CircuitConfig) {
    this.#config = config;
    this.#tallies = config.trips.map(tallyOf);
    this.isTimed = config.trips.some((trip) => trip.kind !== 'consecutive-failures' && trip.window !== undefined);
  }

  /** Whether anything is counted by time. */
  readonly isTimed: boolean;

  get generation(): Generation {
    return this.#generation;
  }

  /** The status at `now`: from exactly `openUntil` on it is half-open. */
  status(now: number): Generation['status'] {
    return this.#generation.status === 'open' && now >= this.#generation.openUntil
      ? 'half-open'
      : this.#generation.status;
  }

  /** Makes the step from open to half-open if its time has come. */
  advance(now: number): Transition | undefined {
    if (this.#generation.status !== this.status(now)) {
      this.#generation = halfOpened();
      return { to: 'half-open' };
    }
    return undefined;
  }

  admits(now: number): boolean {
    const status = this.status(now);
    const admitted = this.#generation.status === 'half-open' ? this.#generation.admitted : 0;
    return status === 'closed' || (status === 'half-open' && admitted < this.#config.probes);
  }

  /** Lets a call through, which `admits` was asked before, and returns the generation in which its verdict counts. */
  admit(): Generation {
    if (this.#generation.status === 'half-open') {
      this.#generation.admitted += 1;
    }
    return this.#generation;
  }

  succeed(generation: Generation, now: number): Transition | undefined {
    if (generation !== this.#generation) {
      return undefined;
    }
    if (generation.status === 'half-open') {
      generation.successes += 1;
      return this.#isSound(generation.successes) ? this.reset() : undefined;
    }
    return this.#judged(this.count(false, now), undefined, now);
  }

  fail(generation: Generation, error: unknown, now: number): Transition | undefined {
    if (generation !== this.#generation) {
      return undefined;
    }
    if (generation.status !== 'half-open') {
      return this.#judged(this.count(true, now), error, now);
    }
    if (generation.failures + 1 >= this.#config.probeFailures) {
      return this.open('a probe failed', error, now); // counts nothing if `recoveryTimeout` throws
    }
    generation.failures += 1;
    return undefined;
  }

  /** Counts a call that was admitted while it was closed, failed or not; returns why it must open, if it must. */
  count(hasFailed: boolean, now: number): string | undefined {
    return this.#countBy('failures', hasFailed, now);
  }

  /** Opens it: what follows when `count` gave a reason. Changes nothing if `recoveryTimeout` throws. */
  open(reason: string, error: unknown, now: number): Transition {
    const { recoveryTimeout } = this.#config;
    const openings = this.openings + 1;
    const recovery = typeof recoveryTimeout === 'number' ? recoveryTimeout : recoveryTimeout(openings);
    const until = now + checkAmount('CircuitBreaker', 'recoveryTimeout', recovery);
    this.openings = openings;
    this.cause = error;
    this.#generation = { status: 'open', openedAt: now, openUntil: until };
    return { to: 'open', until, reason };
  }

  /** No verdict: a probe's place is free again, if its generation still lasts. */
  release(generation: Generation): void {
    if (generation.status === 'half-open') {
      generation.admitted -= 1;
    }
  }

  /** Counts a call by one of the slow call conditions. */
  countSlow(trip: SlowCallRate, isSlow: boolean, generation: Generation, now: number): Transition | undefined {
    return generation === this.#generation && generation.status === 'closed'
      ? this.#judged(this.#countBy(trip, isSlow, now), undefined, now)
      : undefined;
  }

  /** Closes it and clears every count. */
  reset(): Transition {
    this.#generation = { status: 'closed' };
    this.#tallies = this.#config.trips.map(tallyOf);
    this.openings = 0;
    this.cause = undefined;
    return { to: 'closed' };
  }

  counts(now: number): { calls: number; failures: number; slowCalls: number } {
    if (this.status(now) === 'half-open') {
      const { admitted, failures } = this.#generation.status === 'half-open' ? this.#generation : halfOpened();
      return { calls: admitted, failures, slowCalls: 0 };
    }
    const most = (kind: 'slow' | 'failures' | 'all', count: (tally: Tally) => number) =>
      this.#config.trips.reduce((highest, trip, index) => {
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

  /** When the counts will next change by themselves. */
  nextChange(now: number): number {
    return this.status(now) === 'half-open'
      ? Number.POSITIVE_INFINITY
      : Math.min(...this.#tallies.map((tally) => tally.nextChange(now)));
  }

  /** The state as plain JSON; `shift` is added to every time. Probes in flight are left out. */
  save(shift: number, now: number): CircuitSnapshot {
    const generation = this.#generation;
    const status = this.status(now);
    return {
      status,
      openings: this.openings,
      ...(status === 'open' && generation.status === 'open'
        ? { openedAt: generation.openedAt + shift, openUntil: generation.openUntil + shift }
        : {}),
      ...(generation.status === 'half-open' ? { successes: generation.successes, failures: generation.failures } : {}),
      tallies: this.#tallies.map((tally) => tally.save(shift)),
    };
  }

  load(saved: CircuitSnapshot, shift: number, now: number): void {
    const { status, openings, openedAt = 0, openUntil = 0, successes = 0, failures = 0, tallies } = saved;
    if (tallies.length !== this.#tallies.length) {
      const counts = `${tallies.length} trip conditions, here are ${this.#tallies.length}`;
      throw new TypeError(`CircuitBreaker: initial must be of a breaker with the same conditions, got ${counts}`);
    }
    this.openings = openings;
    this.#tallies.forEach((tally, index) => {
      tally.load(tallies[index], shift, now);
    });
    if (status === 'open') {
      this.#generation = { status, openedAt: openedAt + shift, openUntil: openUntil + shift };
    } else if (status === 'half-open') {
      // Under another config the probes may have decided already, and then none would ever be let through.
      const isDecided = this.#isSound(successes) || failures >= this.#config.probeFailures;
      this.#generation = isDecided ? halfOpened() : halfOpened(successes, failures);
    }
  }

  /** Whether so many probes have succeeded that the failures which would open it again can no longer come. */
  #isSound(successes: number): boolean {
    return successes > this.#config.probes - this.#config.probeFailures;
  }

  #countBy(which: 'failures' | SlowCallRate, isBad: boolean, now: number): string | undefined {
    const { trips } = this.#config;
    let reason: string | undefined;
    for (let index = 0; index < trips.length; index += 1) {
      const trip = trips[index]!;
      const tally = this.#tallies[index]!;
      if (which === trip || (which === 'failures' && trip.kind !== 'slow-call-rate')) {
        tally.add(isBad, now);
      }
      reason ??= tally.verdict(now);
    }
    return reason;
  }

  #judged(reason: string | undefined, error: unknown, now: number): Transition | undefined {
    return reason === undefined ? undefined : this.open(reason, error, now);
  }
}
