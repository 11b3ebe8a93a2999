import { TimeoutError } from 'rxjs';
import type { Admission } from './breaker';
import type { Period } from './circuit';

/** Where an admission reports what becomes of its call. */
export interface Desk {
  /** False if the period that gave the admission is over. */
  begun(admission: LocalAdmission): boolean;
  delivered(admission: LocalAdmission): void;
  ended(admission: LocalAdmission, report: Report): void;
}

/** How a call ended; what an error says of the provider is still to be judged. */
export interface Report {
  readonly type: 'success' | 'ignored' | 'failure' | 'error';
  readonly error?: unknown;
}

/** The admission of one call to a `CircuitBreaker`. */
export class LocalAdmission implements Admission {
  startedAt = 0;
  /** When a probe that delivers nothing will have failed. */
  leaseUntil = Number.POSITIVE_INFINITY;
  hasDelivered = false;
  readonly isProbe: boolean;
  #isDecided = false;
  #owed: { readonly thrown: unknown } | undefined;

  constructor(
    private readonly desk: Desk,
    readonly period: Period,
    readonly call: number | undefined,
  ) {
    this.isProbe = period.status === 'half-open';
  }

  begin(): boolean {
    return this.desk.begun(this);
  }

  value(): void {
    if ((this.isProbe || !this.hasDelivered) && !this.#isDecided) {
      this.desk.delivered(this);
      this.hasDelivered = true;
    }
    this.#payUp();
  }

  succeed(): void {
    this.#decide({ type: 'success' });
    this.#payUp();
  }

  /** Without an error it is a failure; with one, what the breaker's `outcome` says. */
  fail(...told: [error?: unknown]): void {
    this.#decide({ type: told.length === 0 ? 'failure' : 'error', error: told[0] });
  }

  ignore(): void {
    this.#decide({ type: 'ignored' });
  }

  /** The call was silent for too long. */
  expire(): void {
    this.#decide({ type: 'failure', error: new TimeoutError() });
  }

  /** Does something for the call under a timer: what a callback of the user's throws, the call hears at its next word. */
  byTimer(work: () => void): void {
    try {
      work();
    } catch (thrown) {
      this.#owed = { thrown };
    }
  }

  #payUp(): void {
    const owed = this.#owed;
    if (owed !== undefined) {
      this.#owed = undefined;
      throw owed.thrown;
    }
  }

  #decide(report: Report): void {
    if (!this.#isDecided) {
      this.#isDecided = true;
      this.desk.ended(this, report);
    }
  }
}
