import { checkAmount } from '../internal/options';
import type { CircuitSnapshot } from './circuit-snapshot';
import { type Closed, type Generation, type HalfOpen, halfOpened, type Transition } from './generation';
import { Tallies } from './tallies';
import type { SlowCallRate, Trip } from './trip';

/** What the circuit is made from, with defaults filled in. */
export interface CircuitConfig {
  /** The class that errors name. */
  readonly owner: string;
  readonly trips: readonly Trip[];
  readonly recoveryTimeout: number | ((openings: number, error: unknown) => number);
  /** How far a hint may prolong an opening, in ms. */
  readonly maxHint: number;
  readonly probes: number;
  readonly probeFailures: number;
}

/** What a failure says of when to come again, in ms. Asked only if the failure opens the circuit. */
export type Hint = () => number | undefined;

/** For so many ms at least, what was counted keeps a breaker from being idle. */
const leastMemory = 30_000;

/** The breaker without time, streams or listeners: every method is told `now`, and says what it has changed. */
export class Circuit {
  openings = 0;
  /** The error that opened it. */
  cause: unknown;
  readonly #config: CircuitConfig;
  #generation: Generation = { status: 'closed' };
  readonly #tallies: Tallies;
  /** How long it was last told to stay open, without any hint. */
  #recovery: number;

  constructor(config: CircuitConfig) {
    this.#config = config;
    this.#tallies = new Tallies(config.trips);
    this.#recovery = typeof config.recoveryTimeout === 'number' ? config.recoveryTimeout : 0;
  }

  /** Whether a success must know its time. */
  get isTimed(): boolean {
    return this.#tallies.isTimed;
  }

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
      if (!this.#isSound(generation.successes)) {
        return undefined;
      }
      const transition = this.reset();
      generation.closed = this.#generation as Closed;
      return transition;
    }
    return this.#judged(this.count(false, now), undefined, now);
  }

  fail(generation: Generation, error: unknown, now: number, hint?: Hint): Transition | undefined {
    if (generation !== this.#generation) {
      return undefined;
    }
    if (generation.status !== 'half-open') {
      return this.#judged(this.count(true, now), error, now, hint);
    }
    if (generation.failures + 1 >= this.#config.probeFailures) {
      return this.open('a probe failed', error, now, hint); // counts nothing if `recoveryTimeout` throws
    }
    generation.failures += 1;
    return undefined;
  }

  /** A probe that had succeeded has failed after all: its success is withdrawn, and what it has closed opens again. */
  withdraw(generation: HalfOpen, error: unknown, now: number, hint?: Hint): Transition | undefined {
    if (generation.closed === this.#generation) {
      return this.open('a probe failed', error, now, hint);
    }
    const transition = this.fail(generation, error, now, hint);
    generation.successes -= 1; // last: nothing is withdrawn if `recoveryTimeout` throws
    return transition;
  }

  /** Counts a call that was admitted while it was closed, failed or not; returns why it must open, if it must. */
  count(hasFailed: boolean, now: number): string | undefined {
    return this.#tallies.count('failures', hasFailed, now);
  }

  /** Opens it: what follows when `count` gave a reason. Changes nothing if `recoveryTimeout` or `hint` throws. */
  open(reason: string, error: unknown, now: number, hint?: Hint): Transition {
    const { owner, recoveryTimeout, maxHint } = this.#config;
    const openings = this.openings + 1;
    const recovery = typeof recoveryTimeout === 'number' ? recoveryTimeout : recoveryTimeout(openings, error);
    checkAmount(owner, 'recoveryTimeout', recovery);
    const hinted = checkAmount(owner, 'retryAfter', hint?.() ?? 0);
    const until = now + Math.max(recovery, Math.min(hinted, maxHint));
    this.#recovery = recovery;
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
      ? this.#judged(this.#tallies.count(trip, isSlow, now), undefined, now)
      : undefined;
  }

  /** Goes on in a time that others have begun: nothing that was in flight counts in it. */
  adopt(generation: Generation, openings: number): void {
    this.#generation = generation;
    this.openings = openings;
  }

  /** Closes it and clears every count. */
  reset(): Transition {
    this.#generation = { status: 'closed' };
    this.#tallies.clear();
    this.openings = 0;
    this.cause = undefined;
    return { to: 'closed' };
  }

  counts(now: number): { calls: number; failures: number; slowCalls: number } {
    if (this.status(now) === 'half-open') {
      const { admitted, failures } = this.#generation.status === 'half-open' ? this.#generation : halfOpened();
      return { calls: admitted, failures, slowCalls: 0 };
    }
    return this.#tallies.counts(now);
  }

  /** Whether it is closed and has counted nothing that is still of use. */
  isQuiet(now: number): boolean {
    const memory = Math.max(leastMemory, this.#recovery);
    return this.#generation.status === 'closed' && !this.#tallies.isFresh(memory, now);
  }

  /** When the counts will next change by themselves. */
  nextChange(now: number): number {
    return this.status(now) === 'half-open' ? Number.POSITIVE_INFINITY : this.#tallies.nextChange(now);
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
      ...this.#tallies.save(shift, now),
    };
  }

  load(saved: CircuitSnapshot, shift: number, now: number): void {
    const { status, openings, openedAt = 0, openUntil = 0, successes = 0, failures = 0 } = saved;
    this.#tallies.load(saved, shift, now);
    this.openings = openings;
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

  #judged(reason: string | undefined, error: unknown, now: number, hint?: Hint): Transition | undefined {
    return reason === undefined ? undefined : this.open(reason, error, now, hint);
  }
}
