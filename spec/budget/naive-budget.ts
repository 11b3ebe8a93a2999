import type { Limit } from '../../src/quota/limits';
import { type NaiveGrant, type NaiveLimit, naive } from '../support/naive-limits';

/** Tokens that were taken at once, from every limit. */
interface Piece {
  tokens: number;
  readonly grants: readonly NaiveGrant[];
}

/** A reservation as the naive budget keeps it: what was asked for first, and each excess since. */
export interface NaiveReservation {
  readonly pieces: Piece[];
  hasEnded: boolean;
}

/** One limit as the naive budget sees it. */
export interface NaiveState {
  readonly used: number;
  readonly reserved: number;
  readonly remaining: number;
}

/** Amounts of money are compared to a millionth. */
const grain = 1e-6;

/** A list of reservations, counted anew each time. */
export class NaiveBudget {
  readonly #limits: readonly { readonly limit: Limit; readonly count: NaiveLimit }[];
  #open: NaiveReservation[] = [];

  constructor(
    limits: readonly Limit[],
    private readonly maxTokensPerRequest: number,
    wall = 0,
  ) {
    this.#limits = limits.map((limit) => ({ limit, count: naive(limit, wall) }));
  }

  states(now: number): NaiveState[] {
    return this.#limits.map(({ limit, count }, index) => {
      const held = this.#open
        .flatMap(({ pieces }) => pieces)
        .filter(({ grants }) => this.#stillCounts(limit, count, grants[index]!, now));
      const all = count.used(now);
      const reserved = Math.min(all, sumOf(held));
      return { used: all - reserved, reserved, remaining: count.total - all };
    });
  }

  usedAt(now: number): number[] {
    return this.#limits.map(({ count }) => count.used(now));
  }

  remaining(now: number): number {
    return Math.min(...this.states(now).map(({ remaining }) => remaining));
  }

  check(tokens: number, now: number): boolean {
    return tokens <= this.maxTokensPerRequest && this.#hasRoom(tokens, now);
  }

  /** ms until so many tokens will fit; undefined if they never will. Room only grows while nothing happens. */
  retryAfter(tokens: number, now: number): number | undefined {
    if (tokens > this.maxTokensPerRequest || this.#limits.some(({ count }) => tokens > count.total)) {
      return undefined;
    }
    let [tooShort, wait] = [0, 1];
    while (!this.#hasRoom(tokens, now + wait)) {
      if (wait > 2 ** 50) {
        return undefined; // used up
      }
      [tooShort, wait] = [wait, wait * 2];
    }
    while (wait - tooShort > 1) {
      const between = Math.floor((tooShort + wait) / 2);
      [tooShort, wait] = this.#hasRoom(tokens, now + between) ? [tooShort, between] : [between, wait];
    }
    return wait;
  }

  reserve(tokens: number, now: number): NaiveReservation {
    const reservation = { pieces: [this.#take(tokens, now)], hasEnded: false };
    this.#open.push(reservation);
    return reservation;
  }

  report(reservation: NaiveReservation, total: number, now: number): boolean {
    const excess = total - sumOf(reservation.pieces);
    if (reservation.hasEnded || excess <= 0) {
      return true;
    }
    if (total > this.maxTokensPerRequest || !this.#hasRoom(excess, now)) {
      return false;
    }
    reservation.pieces.push(this.#take(excess, now));
    return true;
  }

  /** The call has cost so many tokens. What was taken last goes back first, a debt counts with what was taken first. */
  end(reservation: NaiveReservation, actual: number, now: number): void {
    if (reservation.hasEnded) {
      return;
    }
    reservation.hasEnded = true;
    this.#open = this.#open.filter((each) => each !== reservation);
    let tooMuch = sumOf(reservation.pieces) - actual;
    for (const piece of reservation.pieces.slice(1).reverse()) {
      const back = Math.min(piece.tokens, Math.max(0, tooMuch));
      tooMuch -= back;
      this.#correct(piece, -back, now);
    }
    this.#correct(reservation.pieces[0]!, -tooMuch, now);
  }

  record(tokens: number, now: number): void {
    this.#take(tokens, now);
  }

  /** What is open counts as used from now on. */
  restart(): void {
    this.#open = [];
  }

  #hasRoom(tokens: number, now: number): boolean {
    return this.#limits.every(({ count }) => {
      const used = count.used(now);
      return used < count.total - grain && used + tokens <= count.total + grain;
    });
  }

  #take(tokens: number, now: number): Piece {
    return { tokens, grants: this.#limits.map(({ count }) => count.take(tokens, now)) };
  }

  #correct(piece: Piece, change: number, now: number): void {
    piece.tokens += change;
    if (change !== 0) {
      this.#limits.forEach(({ count }, index) => {
        count.correct(piece.grants[index]!, change, now);
      });
    }
  }

  #stillCounts(limit: Limit, count: NaiveLimit, grant: NaiveGrant, now: number): boolean {
    return limit.kind === 'window' ? grant.at + limit.window > now : !grant.isLost && count.used(now) > 0;
  }
}

function sumOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, { tokens }) => sum + tokens, 0);
}
