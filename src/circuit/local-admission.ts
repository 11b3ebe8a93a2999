import type { Admission } from './breaker';
import type { Period } from './circuit';

/** Where an admission reports what becomes of its call. */
export interface Desk {
  /** False if the period that gave the admission is over. */
  begun(admission: LocalAdmission): boolean;
  delivered(admission: LocalAdmission): void;
  ended(admission: LocalAdmission, verdict: Verdict, error?: unknown): void;
}

export type Verdict = 'success' | 'failure' | 'ignored';

/** The admission of one call to a `CircuitBreaker`. */
export class LocalAdmission implements Admission {
  startedAt = 0;
  /** When a probe that delivers nothing will have failed. */
  leaseUntil = Number.POSITIVE_INFINITY;
  hasDelivered = false;
  readonly isProbe: boolean;
  #isDecided = false;

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
  }

  succeed(): void {
    this.#decide('success');
  }

  fail(error?: unknown): void {
    this.#decide('failure', error);
  }

  ignore(): void {
    this.#decide('ignored');
  }

  #decide(verdict: Verdict, error?: unknown): void {
    if (!this.#isDecided) {
      this.#isDecided = true;
      this.desk.ended(this, verdict, error);
    }
  }
}
