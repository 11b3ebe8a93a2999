import type { Clock } from '../internal/time/clock';
import { Timer } from '../internal/time/timer';

/** A call that waits at a route. */
export interface WaitingCall {
  /** Goes to another route that could take it now. Else: in how many ms one may, `Infinity` if that is not known. */
  moveOn(): 'moved' | number;
}

/** How many of those that wait for longest are looked at each time. */
const looks = 16;

/** The calls of a router that wait at a route, in the order in which they began to. They move when another one has room. */
export class WaitingCalls {
  private readonly calls = new Set<WaitingCall>();
  private readonly timer: Timer;

  constructor(private readonly clock: Clock) {
    this.timer = new Timer(clock, 'last', () => this.look());
  }

  add(call: WaitingCall): void {
    this.calls.add(call);
    this.wake();
  }

  delete(call: WaitingCall): void {
    if (this.calls.delete(call) && this.calls.size === 0) {
      this.timer.set(Number.POSITIVE_INFINITY);
    }
  }

  /** Something has changed: looks whether any of them can move, in the same frame, but not synchronously. */
  wake(): void {
    if (this.calls.size > 0) {
      this.timer.set(this.clock.now());
    }
  }

  private look(): void {
    let next = Number.POSITIVE_INFINITY;
    for (const call of [...this.first(looks)]) {
      if (this.calls.has(call)) {
        const result = call.moveOn();
        next = result === 'moved' ? next : Math.min(next, result);
      }
    }
    if (this.calls.size > 0) {
      this.timer.set(this.clock.now() + Math.max(1, next));
    }
  }

  private *first(count: number): Generator<WaitingCall> {
    let rest = count;
    for (const call of this.calls) {
      if (rest === 0) {
        return;
      }
      rest -= 1;
      yield call;
    }
  }
}
