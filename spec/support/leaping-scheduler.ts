import { type SchedulerAction, type Subscription, VirtualAction, VirtualTimeScheduler } from 'rxjs';

/**
 * Virtual time for calls over a real network: it stands still while they run, and leaps to the next timer as soon as
 * there is one. So a wait of an hour takes no time, and is an hour to the millisecond.
 */
export class LeapingScheduler extends VirtualTimeScheduler {
  /** @param start ms since 1970 at which it begins. */
  constructor(start = 0) {
    super(VirtualAction);
    this.now = () => start + this.frame;
  }

  override schedule<T>(work: (this: SchedulerAction<T>, state?: T) => void, delay?: number, state?: T): Subscription {
    setImmediate(() => this.flush());
    return super.schedule(work, delay, state);
  }
}
