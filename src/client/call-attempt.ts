import type { Observable, Observer } from 'rxjs';
import type { Chain } from '../guard/chain';
import type { HoldEnding, Wait } from '../guard/guard';
import { GuardedAttempt } from '../guard/guarded-attempt';
import type { Clock } from '../internal/time/clock';
import type { Frame } from '../internal/time/frame';
import type { CallJournal } from './call-journal';
import type { CallReading } from './call-reading';
import type { AttemptWants } from './call-settings';
import { AttemptTimeout } from './timeouts';

/** What an attempt tells its call. */
export interface CallOfAttempt {
  readonly number: number | undefined;
  readonly clock: Clock;
  /** In which refusals are told. */
  readonly frame: Frame;
  /** How long the call may still wait for an open breaker, in ms. */
  readonly turnWait: number;
  /** Why no attempt may begin or go on now. */
  readonly objection: { readonly error: unknown } | undefined;
  waits(attempt: number, what: 'permit' | 'breaker', wait: Wait): void;
  /** The source of an attempt is about to be subscribed. */
  connects(attempt: number): void;
  /** Absent for calls of which nothing keeps track. */
  readonly journal: CallJournal | undefined;
  /** A wait of its attempt is over. */
  turnOver(): void;
  /** The wait of its attempt is over: that goes on in the loop of the retries. */
  resume(): void;
  /** All that an attempt held is settled. */
  settled(): void;
}

/** One attempt of a call of a client, or of `resilient`. */
export class CallAttempt<T> extends GuardedAttempt<T, AttemptWants, CallReading<T>> {
  private settlements = 0;
  /** Of one that is timed, from the subscription of its source on. */
  private timeout: AttemptTimeout | undefined = undefined;

  constructor(
    protected readonly owner: CallOfAttempt,
    /** 1, 2, … */
    readonly number: number,
    downstream: Observer<T>,
    chain: Chain,
    wants: AttemptWants,
    reading: CallReading<T>,
    source: Observable<T>,
  ) {
    super(downstream, chain, wants, reading, source);
  }

  override get call(): number | undefined {
    return this.owner.number;
  }

  override get retry(): boolean {
    return this.number > 1;
  }

  override get turnWait(): number {
    return this.owner.turnWait;
  }

  override get onWait(): (wait: Wait) => void {
    return (wait) => this.owner.waits(this.number, 'permit', wait);
  }

  override get onTurn(): (wait: Wait) => void {
    return (wait) => this.owner.waits(this.number, 'breaker', wait);
  }

  /** Whether it was let through by a breaker to find out whether the provider is back. */
  get wasProbe(): boolean {
    return this.holds.some((hold) => (hold as { readonly isProbe?: boolean } | undefined)?.isProbe === true);
  }

  override start(): void {
    const { objection } = this.owner;
    if (objection === undefined) {
      super.start();
    } else {
      this.refuse(objection.error, this.owner.frame);
    }
  }

  override resume(): void {
    this.owner.resume();
  }

  protected override connects(): void {
    const { timeout } = this.wants;
    if (timeout !== undefined) {
      this.timeout = new AttemptTimeout(this, timeout, this.owner.clock);
    }
    this.owner.connects(this.number);
  }

  protected override takes(value: T): boolean {
    const isTaken = super.takes(value);
    if (isTaken && this.hasValue) {
      this.timeout?.renew(this.isContent);
    }
    return isTaken;
  }

  protected override accepts(): void {
    this.owner.journal?.accepted(this.number);
    super.accepts();
  }

  /** Whether a listener has been called while its holds are being ended. */
  get isSettling(): boolean {
    return this.settlements > 0;
  }

  override endHolds(holds: readonly unknown[], ending: HoldEnding, error: unknown, isAbandoned: boolean): unknown {
    this.timeout?.stop();
    this.settlements += 1;
    const told = super.endHolds(holds, ending, error, isAbandoned);
    this.settlements -= 1;
    this.owner.settled();
    return told;
  }
}
