import { checkAmount } from '../internal/options';
import type { Grant, Slots } from '../quota/grant';
import type { Units } from '../quota/limits';
import type { Reservation } from './budget';
import { releaseExcess } from './release-excess';

/** What a reservation asks of the budget that gave it, and where it ends. */
export interface ReservationCore {
  /** Sets `excess` more tokens aside for a call that comes to `total`, if there is room for them. */
  takeExcess(excess: number, total: number): Grant | undefined;
  /** Makes a grant count as so many tokens. */
  correct(grant: Grant, tokens: number): void;
  /** It holds more now. */
  extended(): void;
  /** A grant is about to be settled for good. */
  close(grant: Grant): void;
  /** `actual` is undefined for a refund. */
  ended(reservation: LocalReservation, reserved: number, actual: number | undefined): void;
}

/** Tokens set aside while a call ran. */
interface Excess {
  readonly grant: Grant;
  readonly tokens: number;
}

const nothing: readonly Excess[] = Object.freeze([]);

/** Tokens set aside by a `TokenBudget`: what its ledger remembers of them, and a grant for each excess that was reported since. */
export class LocalReservation implements Reservation, Grant {
  readonly #core: ReservationCore;
  /** Made for the first. */
  #excesses: Excess[] | undefined;
  readonly #estimate: number;
  #tokens: number;
  #hasEnded = false;
  /** The one that was given after this, of those that have not ended. */
  #newer: LocalReservation | undefined = undefined;

  /** @param older The one that was given before this, of those that have not ended. */
  constructor(
    core: ReservationCore,
    estimate: number,
    public units: Units,
    readonly slots: Slots,
    readonly call: number | undefined,
    public older: LocalReservation | undefined,
  ) {
    if (older !== undefined) {
      older.#newer = this;
    }
    this.#core = core;
    this.#estimate = estimate;
    this.#tokens = estimate;
  }

  get tokens(): number {
    return this.#tokens;
  }

  /** What it holds. */
  get grants(): Grant[] {
    return [this, ...(this.#excesses ?? nothing).map(({ grant }) => grant)];
  }

  /** Takes it out of the list of those that have not ended; returns the newest of these, which was `newest`. */
  unlinked(newest: LocalReservation | undefined): LocalReservation | undefined {
    const { older } = this;
    const newer = this.#newer;
    if (older !== undefined) {
      older.#newer = newer;
    }
    if (newer !== undefined) {
      newer.older = older;
    }
    this.older = undefined;
    this.#newer = undefined;
    return newest === this ? older : newest;
  }

  report(total: number): boolean {
    checkAmount('Reservation.report', 'total', total);
    const excess = total - this.#tokens;
    if (excess <= 0 || this.#hasEnded) {
      return true;
    }
    const grant = this.#core.takeExcess(excess, total);
    if (grant === undefined) {
      return false;
    }
    this.#excesses ??= [];
    this.#excesses.push({ grant, tokens: excess });
    this.#tokens = total;
    this.#core.extended();
    return true;
  }

  settle(actual: number): void {
    checkAmount('Reservation.settle', 'actual', actual);
    this.#end(actual, actual);
  }

  refund(): void {
    this.#end(0, undefined);
  }

  #end(actual: number, told: number | undefined): void {
    if (this.#hasEnded) {
      return;
    }
    this.#hasEnded = true;
    this.#core.close(this);
    const tooMuch = this.#tokens - actual;
    const back = this.#excesses === undefined ? tooMuch : this.#closeExcesses(this.#excesses, tooMuch);
    if (back !== 0) {
      this.#core.correct(this, this.#estimate - back);
    }
    this.#core.ended(this, this.#tokens, told);
  }

  /** Returns what goes back of the estimate. */
  #closeExcesses(excesses: readonly Excess[], tooMuch: number): number {
    for (const { grant } of excesses) {
      this.#core.close(grant);
    }
    return releaseExcess(excesses, tooMuch, ({ grant, tokens }, share) => this.#core.correct(grant, tokens - share));
  }
}
