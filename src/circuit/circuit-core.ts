import type { Receiver } from '../guard/guard';
import { Queue, type Queued } from '../internal/queue/queue';
import { soon } from '../internal/time/soon';
import { Timer } from '../internal/time/timer';
import type { TurnOptions } from './breaker';
import { CircuitJudge } from './circuit-judge';
import type { LocalAdmission } from './local-admission';
import { Ramp } from './ramp';

/** One call that waits for its turn. */
interface TurnWaiter extends Queued {
  readonly receiver: Receiver<LocalAdmission | undefined>;
  readonly call: number | undefined;
}

/** Lets calls through or refuses them, and keeps the queue of those that wait for their turn. */
export class CircuitCore extends CircuitJudge {
  protected readonly queue = new Queue<TurnWaiter>();
  /** For what changes by time, while something waits for it or watches. */
  private readonly turnTimer = new Timer(this.clock, 'first', () => this.turnOver());
  private isDraining = false;
  /** Somebody who has waited goes right now: the call that begins meanwhile is theirs. */
  private isLettingGo = false;
  /** How many attempts are ending their holds: until then nothing is let through from the queue. */
  private blocks = 0;

  get isIdle(): boolean {
    return this.isCalm && this.inFlight === 0 && this.circuit.isQuiet(this.clock.now());
  }

  get isCalm(): boolean {
    return this.isolations === 0 && this.circuit.generation.status === 'closed' && this.queue.length === 0;
  }

  /** An admission, or undefined if the call is refused. */
  ask(call: number | undefined): LocalAdmission | undefined {
    if (this.isCalm && !this.isObserved) {
      return this.admission(call); // nothing to look up, nothing to time
    }
    this.proceed(); // those who wait go first
    if (!this.admits(this.advance()) || this.isBehind) {
      return undefined;
    }
    const admission = this.admission(call);
    admission.begin();
    return admission;
  }

  /** Whether a call would be let in now. Changes nothing. */
  letsIn(): boolean {
    return this.isCalm || this.admits(this.clock.now());
  }

  /** Grants its turn to the receiver, now or later: a probe's admission, or undefined once it is closed. */
  turn(options: TurnOptions, receiver: Receiver<LocalAdmission | undefined>): void {
    const { maxWait = Number.POSITIVE_INFINITY, priority = 0, retry = false, onWait, call } = options;
    this.proceed(); // a timer that is late must not make those wait who can go
    const now = this.advance();
    if (this.admits(now) && (this.queue.length === 0 || (maxWait === 0 && !this.isBehind))) {
      this.deliver(receiver, call);
      return;
    }
    if (maxWait === 0) {
      this.refuse(receiver, call);
      return;
    }
    const waiter: TurnWaiter = { priority, retry, deadline: now + maxWait, receiver, call };
    const ahead = this.queue.ahead(waiter);
    this.queue.add(waiter);
    receiver.stands({
      unsubscribe: () => {
        if (this.queue.remove(waiter)) {
          this.arm();
        }
      },
    });
    this.arm();
    onWait?.({ ahead, until: this.circuitOpen().openUntil });
  }

  /** Everything that it holds goes back first, then the refusal is told. */
  refuse(receiver: Receiver<never>, call: number | undefined): void {
    const error = this.refusal();
    receiver.refuse(error, soon(this.clock));
    this.tellRefused(error, call);
  }

  /** A look has said no: refuses the receiver, unless it first has to be found out what others know. */
  object(receiver: Receiver<undefined>, call: number | undefined): void {
    this.refuse(receiver, call);
  }

  isolate(): () => void {
    this.isolations += 1;
    this.announce('isolated');
    this.arm();
    let isHeld = true;
    return () => {
      if (isHeld) {
        isHeld = false;
        this.isolations -= 1;
        this.announce('released');
        this.proceed();
      }
    };
  }

  reset(): void {
    const wasClosed = this.circuit.status(this.clock.now()) === 'closed';
    const transition = this.circuit.reset();
    this.forgetInFlight();
    if (wasClosed) {
      this.changed();
    } else {
      this.follow(transition);
    }
    this.proceed();
  }

  /** Holds of an attempt are about to end: nothing is let through until as many calls of `unblock`. */
  block(): void {
    this.blocks += 1;
  }

  /** Returns whether anybody waits for what may have become free. */
  unblock(): boolean {
    this.blocks -= 1;
    return this.queue.length > 0;
  }

  /** @param isLater Leave the next one to the timer, because that call may be leaving too. */
  grant(isLater: boolean): void {
    if (this.blocks > 0 || this.queue.length === 0) {
      return;
    }
    if (isLater) {
      this.advance();
      this.arm();
    } else {
      this.proceed();
    }
  }

  protected watch(): void {
    this.proceed();
  }

  protected admits(now: number): boolean {
    return !this.isIsolated && this.circuit.admits(now);
  }

  /** Lets a call through: as a probe, or for good once it is closed. */
  private deliver(receiver: Receiver<LocalAdmission | undefined>, call: number | undefined): void {
    receiver.granted(this.circuit.generation.status === 'half-open' ? this.admission(call) : undefined);
  }

  /** Lets the first in the queue through; while it is closed, these go by doubling. */
  private letGo({ receiver, call }: TurnWaiter): void {
    if (this.circuit.generation.status === 'closed' && this.queue.length > 0) {
      this.ramp ??= new Ramp();
      this.ramp.go();
      this.isLettingGo = true;
    }
    this.deliver(receiver, call);
    this.isLettingGo = false;
  }

  protected override admission(call: number | undefined): LocalAdmission {
    const admission = super.admission(call);
    if (this.isLettingGo) {
      this.isLettingGo = false;
      this.ramp?.begin(admission);
    }
    return admission;
  }

  /** A loop that looks again each time, because calls that are let through re-enter. */
  protected proceed(): void {
    if (this.isDraining) {
      return;
    }
    this.isDraining = true;
    try {
      let now = this.advance();
      for (let first = this.queue.first; first !== undefined && this.mayGo(now); first = this.queue.first) {
        this.queue.remove(first);
        this.letGo(first);
        now = this.advance();
      }
    } finally {
      this.isDraining = false;
      this.isLettingGo = false;
    }
    this.arm();
  }

  /** Whether calls wait that go first as soon as attempts have ended their holds. */
  private get isBehind(): boolean {
    return this.blocks > 0 && this.queue.length > 0;
  }

  private mayGo(now: number): boolean {
    return this.blocks === 0 && this.hasRoom(now);
  }

  /** Whether the first in the queue could go now. */
  private hasRoom(now: number): boolean {
    return this.admits(now) && this.ramp?.hasRoom !== false;
  }

  private turnOver(): void {
    this.changed();
    this.proceed();
  }

  protected expire(): void {
    const now = this.advance();
    this.expireInFlight(now);
    this.proceed(); // what can go now is not refused
    for (let waiter = this.queue.overdue(now); waiter !== undefined; waiter = this.queue.overdue(now)) {
      const error = this.refusal();
      this.tellRefused(error, waiter.call);
      waiter.receiver.refused(error);
    }
    this.arm();
  }

  /** While calls are let through only the last one sets the timers: the queue and the generations are in motion. */
  protected arm(): void {
    if (this.isDraining) {
      return;
    }
    if (this.queue.length === 0) {
      this.ramp = undefined; // the next call need not wait
    }
    const now = this.clock.now();
    const { generation } = this.circuit;
    const isAwaited = this.isWatched || this.queue.length > 0;
    const isOpen = !this.isIsolated && generation.status === 'open';
    const opening = isAwaited && isOpen ? generation.openUntil : Number.POSITIVE_INFINITY;
    const turn = this.queue.length > 0 && this.hasRoom(now) ? now : opening;
    this.turnTimer.set(Math.min(turn, this.nextVisibleChange(now)));
    this.armDeadline();
  }

  protected armDeadline(): void {
    this.deadlineTimer.set(Math.min(this.slow.next, this.leases.next, this.queue.nextDeadline));
  }
}
