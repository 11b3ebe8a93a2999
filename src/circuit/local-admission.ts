import { TimeoutError } from 'rxjs';
import type { ErrorReading, RetryAfter } from '../provider';
import type { Admission } from './breaker';
import type { Generation, HalfOpen } from './generation';

/** How a call ended; an `error` is one or is none, by the breaker's `outcome`. */
export type Verdict = 'success' | 'ignored' | 'failure' | 'error';

/** An error that ended a call, and how it is read. */
export interface Told {
  readonly error?: unknown;
  /** Its hint. Default: `retryAfterOf`. */
  readonly retryAfter?: RetryAfter | undefined;
  /** What it says, if somebody else reads it as well. */
  readonly read?: (() => ErrorReading) | undefined;
}

const nothingTold: Told = Object.freeze({});

/** Where an admission tells what becomes of its call. */
export interface AdmissionCore {
  /** Whether it wants to hear of the first content of every call. All content of a probe matters. */
  readonly isFollowing: boolean;
  /** False if the generation that gave the admission is over. */
  begun(admission: LocalAdmission): boolean;
  delivered(admission: LocalAdmission, isFirst: boolean): void;
  /** What an error says of the provider is still to be judged. */
  ended(admission: LocalAdmission, verdict: Verdict, told: Told): void;
}

/** The admission of one call to a `CircuitBreaker`. */
export class LocalAdmission implements Admission {
  // Undefined instead of NaN or Infinity, for which V8 makes an object each.
  /** Set only if something wants to know when the call began: a listener, a slow call condition, a probe's lease. */
  startedAt: number | undefined = undefined;
  /** When a probe that delivers nothing will have failed. */
  leaseUntil: number | undefined = undefined;
  /** The half-open time in which its content counts as a success. */
  probed: HalfOpen | undefined = undefined;
  private hasContent = false;
  private isDecided = false;
  private owed: { readonly thrown: unknown } | undefined = undefined;

  constructor(
    private readonly core: AdmissionCore,
    readonly generation: Generation,
    readonly call: number | undefined,
  ) {}

  get isProbe(): boolean {
    return this.generation.status === 'half-open';
  }

  /** Whether it must hear of more content than the first: of a probe's, and where a timer may have thrown for the call. */
  get hearsOn(): boolean {
    return this.isProbe || this.startedAt !== undefined;
  }

  begin(): boolean {
    return this.core.begun(this);
  }

  value(): void {
    const isFirst = !this.hasContent;
    this.hasContent = true;
    if ((this.isProbe || (isFirst && this.core.isFollowing)) && !this.isDecided) {
      this.core.delivered(this, isFirst);
    }
    this.throwOwed();
  }

  succeed(): void {
    this.decide('success');
    this.throwOwed();
  }

  /**
   * Without an error it is a failure; with one, what the breaker's `outcome` says.
   *
   * @param told The error.
   */
  fail(...told: [error?: unknown]): void {
    if (told.length === 0) {
      this.decide('failure');
    } else {
      this.failBy({ error: told[0] });
    }
  }

  /** As `fail`, with an error that is read so. */
  failBy(told: Told): void {
    this.decide('error', told);
  }

  ignore(): void {
    this.decide('ignored');
  }

  /** The call was silent for too long. */
  expire(): void {
    this.decide('failure', { error: new TimeoutError() });
  }

  /** Does something for the call in a timer: what a callback of the user's throws, the call throws at its next word. */
  byTimer(work: () => void): void {
    try {
      work();
    } catch (thrown) {
      this.owed = { thrown };
    }
  }

  private throwOwed(): void {
    const { owed } = this;
    if (owed !== undefined) {
      this.owed = undefined;
      throw owed.thrown;
    }
  }

  private decide(verdict: Verdict, told: Told = nothingTold): void {
    if (!this.isDecided) {
      this.isDecided = true;
      this.core.ended(this, verdict, told);
    }
  }
}
