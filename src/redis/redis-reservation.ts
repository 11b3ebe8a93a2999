import type { Reservation } from '../budget/budget';
import { releaseExcess } from '../budget/release-excess';
import { checkAmount } from '../internal/options';
import type { Correction, SharedGrant } from './corrections';

/** What a reservation asks of the core that gave it. */
export interface ReservationCore {
  /** Whether a call that comes to `total` is too large, however much is left. */
  isTooLarge(total: number): boolean;
  /** Asks for what `total` is beyond the reservation; `extended` is called with the answer, perhaps synchronously. */
  extend(reservation: RedisReservation, total: number): void;
  /** Makes a grant count as more or less. */
  correct(grant: SharedGrant, change: number): void;
  /** Called once; `actual` is undefined for a refund. */
  ended(reservation: RedisReservation, actual: number | undefined): void;
}

interface Piece {
  readonly grant: SharedGrant;
  readonly tokens: number;
}

/**
 * Tokens set aside in Redis: the first grant, and one for each excess that was reported since.
 *
 * An excess is asked for when it is reported, and the call goes on meanwhile: the report after the answer returns
 * whether there was room. While one excess is asked for, later reports are summed up for the next question.
 */
export class RedisReservation implements Reservation {
  readonly #pieces: Piece[];
  #reported = 0;
  #hasRoom = true;
  #isExtending = false;
  #hasEnded = false;

  constructor(
    private readonly core: ReservationCore,
    grant: SharedGrant,
    public tokens: number,
    readonly call: number | undefined,
  ) {
    this.#pieces = [{ grant, tokens }];
  }

  report(total: number): boolean {
    checkAmount('Reservation.report', 'total', total);
    if (total <= this.tokens || this.#hasEnded) {
      return true;
    }
    if (this.core.isTooLarge(total)) {
      return false;
    }
    const hadRoom = this.#hasRoom;
    this.#reported = Math.max(this.#reported, total);
    this.#extend();
    return hadRoom;
  }

  settle(actual: number): void {
    checkAmount('Reservation.settle', 'actual', actual);
    this.#end(actual);
  }

  refund(): void {
    this.#end(undefined);
  }

  /** Takes the answer to a question for more tokens: what was granted for `total`, or why nothing was. */
  extended(total: number, answer: SharedGrant | 'no room' | 'no answer'): void {
    this.#isExtending = false;
    const excess = total - this.tokens;
    if (typeof answer === 'string') {
      this.#hasRoom = answer === 'no answer'; // without an answer the call goes on, and is settled with what it costs
    } else if (this.#hasEnded) {
      this.core.correct(answer, -excess); // it was settled without that
    } else {
      this.#hasRoom = true;
      this.#pieces.push({ grant: answer, tokens: excess });
      this.tokens = total;
      this.#extend();
    }
  }

  /** What has to change so that all pieces together count as `actual`. */
  correctionsTo(actual: number): readonly Correction[] {
    const [first, ...excesses] = this.#pieces as [Piece, ...Piece[]];
    const corrections: Correction[] = [];
    const correct = ({ grant }: Piece, back: number) => {
      if (back !== 0) {
        corrections.push({ grant, changes: { tokens: -back } });
      }
    };
    correct(first, releaseExcess(excesses, this.tokens - actual, correct));
    return corrections;
  }

  #extend(): void {
    if (this.#reported > this.tokens && !this.#isExtending && !this.#hasEnded) {
      this.#isExtending = true;
      this.core.extend(this, this.#reported);
    }
  }

  #end(actual: number | undefined): void {
    if (!this.#hasEnded) {
      this.#hasEnded = true;
      this.core.ended(this, actual);
    }
  }
}
