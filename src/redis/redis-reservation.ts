import type { Reservation } from '../budget/budget';
import { giveBack } from '../budget/give-back';
import { checkAmount } from '../internal/options';
import type { Correction, SharedGrant } from './corrections';

/** What a reservation needs of the budget that gave it. */
export interface SharedAccount {
  /** Whether a call that comes to `total` is too large, however much is left. */
  isTooLarge(total: number): boolean;
  /** Sets `excess` more tokens aside for a call that comes to `total`; there is no answer while Redis is away. */
  extend(excess: number, total: number, done: (answer: SharedGrant | 'no room' | 'no answer') => void): void;
  correct(corrections: readonly Correction[]): void;
  /** `actual` is undefined for a refund. */
  ended(reservation: RedisReservation, actual: number | undefined): void;
}

interface Piece {
  readonly grant: SharedGrant;
  readonly tokens: number;
}

/**
 * Tokens set aside in Redis: the first grant, and one for each excess that was reported since.
 *
 * An excess is asked for when it is reported, and the call goes on meanwhile: that there is no room for it is known with
 * the next report after the answer. While one excess is asked for, those that are reported are summed up for the next.
 */
export class RedisReservation implements Reservation {
  readonly #account: SharedAccount;
  readonly #pieces: Piece[];
  #tokens: number;
  #reported = 0;
  #hasRoom = true;
  #isExtending = false;
  #hasEnded = false;

  constructor(
    account: SharedAccount,
    grant: SharedGrant,
    tokens: number,
    readonly call: number | undefined,
  ) {
    this.#account = account;
    this.#pieces = [{ grant, tokens }];
    this.#tokens = tokens;
  }

  get tokens(): number {
    return this.#tokens;
  }

  report(total: number): boolean {
    checkAmount('Reservation.report', 'total', total);
    if (total <= this.#tokens || this.#hasEnded) {
      return true;
    }
    if (this.#account.isTooLarge(total)) {
      return false;
    }
    const hadRoom = this.#hasRoom;
    this.#reported = Math.max(this.#reported, total);
    this.#extend();
    return hadRoom;
  }

  settle(actual: number): void {
    checkAmount('Reservation.settle', 'actual', actual);
    this.#end(actual, actual);
  }

  refund(): void {
    this.#end(0, undefined);
  }

  #extend(): void {
    const total = this.#reported;
    const excess = total - this.#tokens;
    if (excess <= 0 || this.#isExtending || this.#hasEnded) {
      return;
    }
    this.#isExtending = true;
    this.#account.extend(excess, total, (answer) => {
      this.#isExtending = false;
      if (typeof answer === 'string') {
        this.#hasRoom = answer === 'no answer'; // then the call goes on, and is settled with what it costs
      } else if (this.#hasEnded) {
        this.#account.correct([{ grant: answer, changes: { tokens: -excess } }]); // it was settled without that
      } else {
        this.#hasRoom = true;
        this.#pieces.push({ grant: answer, tokens: excess });
        this.#tokens = total;
        this.#extend();
      }
    });
  }

  #end(actual: number, told: number | undefined): void {
    if (this.#hasEnded) {
      return;
    }
    this.#hasEnded = true;
    const corrections = this.#correctionsTo(actual);
    if (corrections.length > 0) {
      this.#account.correct(corrections);
    }
    this.#account.ended(this, told);
  }

  #correctionsTo(actual: number): Correction[] {
    const [first, ...excesses] = this.#pieces as [Piece, ...Piece[]];
    const corrections: Correction[] = [];
    const correct = ({ grant }: Piece, back: number) => {
      if (back !== 0) {
        corrections.push({ grant, changes: { tokens: -back } });
      }
    };
    correct(first, giveBack(excesses, this.#tokens - actual, correct));
    return corrections;
  }
}
