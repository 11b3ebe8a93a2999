import { TimeoutError } from 'rxjs';
import type { Ending, Guard } from '../internal/operate';
import type { Admission } from './breaker';
import type { Generation } from './circuit';

/** Where an admission reports what becomes of its call. */
export interface Desk {
  /** False if the generation that gave the admission is over. */
  begun(admission: LocalAdmission): boolean;
  delivered(admission: LocalAdmission): void;
  /**
   * What an error says of the provider is still to be judged.
   *
   * @param isGrantedLater Whoever is next has their turn a moment later: when a limiter has heard of the error as well, or
   * when everything is unsubscribed that is to be unsubscribed, which may be those who wait.
   */
  ended(admission: LocalAdmission, verdict: Verdict, error: unknown, isGrantedLater: boolean): void;
}

/** How a call ended; an `error` is one or is none, by the breaker's `outcome`. */
export type Verdict = 'success' | 'ignored' | 'failure' | 'error';

/** The admission of one call to a `CircuitBreaker`, which is also the guard over that call. */
export class LocalAdmission implements Admission, Guard<unknown> {
  /** NaN where nobody wanted to know when the call began: no listener, no slow call condition. */
  startedAt = Number.NaN;
  /** When a probe that delivers nothing will have failed. */
  leaseUntil = Number.POSITIVE_INFINITY;
  hasDelivered = false;
  readonly isProbe: boolean;
  #isDecided = false;
  /** Set as soon as a value comes, before anybody hears of what follows from it. */
  #hasCome = false;
  #owed: { readonly thrown: unknown } | undefined;

  /** @param isFollowed Whether the desk wants to hear of values. A probe's are always of interest. */
  constructor(
    private readonly desk: Desk,
    readonly generation: Generation,
    readonly call: number | undefined,
    private readonly isFollowed: boolean,
  ) {
    this.isProbe = generation.status === 'half-open';
  }

  begin(): boolean {
    return this.desk.begun(this);
  }

  value(): undefined {
    this.#hasCome = true;
    if ((this.isProbe || (this.isFollowed && !this.hasDelivered)) && !this.#isDecided) {
      this.desk.delivered(this);
    }
    this.hasDelivered = true;
    this.#payUp();
  }

  succeed(): void {
    this.#succeed(false);
  }

  /** Without an error it is a failure; with one, what the breaker's `outcome` says. */
  fail(...told: [error?: unknown]): void {
    this.#decide(told.length === 0 ? 'failure' : 'error', told[0]);
  }

  ignore(): void {
    this.#decide('ignored');
  }

  end(ending: Ending, error?: unknown): void {
    if (ending === 'error') {
      this.#decide('error', error, true);
    } else if (ending === 'complete' || this.#hasCome) {
      this.#succeed(ending === 'unsubscribe');
    } else {
      this.#decide('ignored', undefined, true);
    }
  }

  /** The call was silent for too long. */
  expire(): void {
    this.#decide('failure', new TimeoutError());
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

  #succeed(isGrantedLater: boolean): void {
    this.#decide('success', undefined, isGrantedLater);
    this.#payUp();
  }

  #decide(verdict: Verdict, error?: unknown, isGrantedLater = false): void {
    if (!this.#isDecided) {
      this.#isDecided = true;
      this.desk.ended(this, verdict, error, isGrantedLater);
    }
  }
}
