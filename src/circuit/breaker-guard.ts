import { firstGrant } from '../guard/grants';
import type { Asking, Ending, Guard } from '../guard/guard';
import { chainOf } from '../guard/guard-chain';
import { PolicyFacade } from '../internal/policy/facade';
import type { ErrorReaders, RetryAfter } from '../provider';
import type { Admission, Breaker } from './breaker';
import type { CircuitCore } from './circuit-core';
import { CircuitOpenError } from './circuit-open-error';
import { LocalAdmission } from './local-admission';

/** A breaker of ours, as its guard sees it. */
interface OwnBreaker {
  readonly core: CircuitCore;
  /** Whether no subclass has put other methods in the place of those by which a call asks. */
  readonly isOwn: boolean;
}

/** What a guard is told beside its breaker. */
export type BreakerGuardSettings =
  ConstructorParameters<typeof BreakerGuard> extends [unknown, ...infer Rest] ? Rest : never;

/** Lets an attempt in while the breaker is closed, or as a probe, and tells the breaker how it ended. */
export class BreakerGuard implements Guard<Admission, Asking> {
  readonly chainOf = chainOf;
  /** Absent for a breaker that is not ours. */
  private readonly core: CircuitCore | undefined;
  /** The core, if it can be asked: a subclass that has methods of its own is asked by these. */
  private readonly asked: CircuitCore | undefined;

  /**
   * @param waits Whether attempts wait while it is open.
   * @param read Reads an error, once for all guards. By default the breaker does.
   * @param retryAfter Reads the hint of a failure. By default the breaker does.
   */
  constructor(
    private readonly breaker: Breaker,
    private readonly waits: boolean,
    private readonly read?: ErrorReaders['read'],
    private readonly retryAfter?: RetryAfter,
  ) {
    const own: Partial<OwnBreaker> = breaker instanceof PolicyFacade ? (breaker as object) : {};
    this.core = own.isOwn === undefined ? undefined : own.core;
    this.asked = own.isOwn ? own.core : undefined;
  }

  /** Whether a look must come before it is entered: a breaker that is elsewhere may have to be asked first. */
  get mustBeLookedAt(): boolean {
    return this.waits || this.asked?.isShared === true;
  }

  refuses(_: Asking, delay: number): boolean {
    return !this.waits && (this.breaker.check?.()?.retryAfter ?? 0) > delay;
  }

  get makesWait(): boolean {
    return this.waits && this.breaker.check?.() !== undefined;
  }

  check(): boolean {
    if (this.waits) {
      return this.asked?.isSure === true && this.asked.isCalm;
    }
    return this.asked === undefined ? this.breaker.check?.() === undefined : this.asked.isSure && this.asked.letsIn();
  }

  /** It is open: waits for its turn, or is refused. */
  object(attempt: Asking): undefined {
    if (this.waits) {
      this.awaitTurn(attempt);
    } else if (this.asked !== undefined) {
      this.asked.object(attempt, attempt.call);
    } else {
      // Asking for an admission makes the breaker tell of its refusal; the look has decided, whatever comes of that.
      const refusal = this.breaker.check?.() ?? new CircuitOpenError();
      const admission = this.admitted(attempt, (thrown) => attempt.refuse(thrown, this.breaker.scheduler));
      if (admission !== undefined) {
        admission.ignore();
        attempt.refuse(refusal, this.breaker.scheduler);
      }
    }
  }

  enter(attempt: Asking, held: Admission | undefined): Admission | undefined {
    if (held !== undefined) {
      if (held.begin?.() !== false) {
        return held;
      }
      held.ignore(); // the breaker has opened or closed since it was given
    }
    return this.admit(attempt);
  }

  value(admission: Admission, { isContent }: Asking): undefined {
    if (isContent) {
      admission.value();
    }
  }

  hearsOn(admission: Admission): boolean {
    return !(admission instanceof LocalAdmission) || admission.hearsOn;
  }

  block(): void {
    this.core?.block();
  }

  end(admission: Admission, ending: Ending, error: unknown, attempt: Asking): void {
    if (ending === 'error') {
      this.fail(admission, error, attempt);
    } else if (ending === 'complete' || attempt.hasContent) {
      admission.succeed();
    } else {
      admission.ignore();
    }
  }

  release(admission: Admission): void {
    admission.ignore();
  }

  unblock(): boolean {
    return this.core?.unblock() === true;
  }

  grant(isAbandoned: boolean): void {
    this.core?.grant(isAbandoned);
  }

  /** A breaker of somebody else's reads the error itself. */
  private fail(admission: Admission, error: unknown, attempt: Asking): void {
    if (admission instanceof LocalAdmission) {
      const { retryAfter, read } = this;
      admission.failBy({ error, retryAfter, read: read && (() => attempt.readOnce(error, read)) });
    } else {
      admission.fail(error);
    }
  }

  private admit(attempt: Asking): Admission | undefined {
    if (this.waits || this.asked === undefined) {
      const { scheduler } = this.breaker;
      return this.admitted(attempt, (refusal) =>
        this.waits ? attempt.again(refusal, scheduler) : attempt.refuse(refusal, scheduler),
      );
    }
    const admission = this.asked.ask(attempt.call);
    if (admission === undefined) {
      this.asked.refuse(attempt, attempt.call);
    }
    return admission;
  }

  private admitted(attempt: Asking, refused: (refusal: unknown) => void): Admission | undefined {
    try {
      return this.breaker.admit(attempt.call);
    } catch (refusal) {
      refused(refusal);
      return undefined;
    }
  }

  private awaitTurn(attempt: Asking): void {
    const { priority, retry, call, turnWait: maxWait, onTurn: onWait } = attempt;
    const options = { maxWait, priority, retry, onWait, call };
    if (this.asked === undefined) {
      firstGrant(this.breaker.turn!(options), attempt);
    } else {
      this.asked.turn(options, attempt);
    }
  }
}
