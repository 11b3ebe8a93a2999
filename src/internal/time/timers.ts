import { asyncScheduler, type SchedulerLike, type Unsubscribable } from 'rxjs';
import { delay } from './delay';

/** Something that sleeps. */
export interface Sleeper {
  /** Called when the time has come. */
  wake(): void;
}

/** On what many sleep. */
export interface Timers {
  /** Wakes somebody after `ms`, unless that is unsubscribed before. */
  after(ms: number, sleeper: Sleeper): Unsubscribable;
}

/** Makes timers of a scheduler. */
export type TimersOf = (scheduler: SchedulerLike | undefined) => Timers;

/** A timer for each who sleeps: for pages, where few do. */
export const plainTimers: TimersOf = (scheduler = asyncScheduler) => ({
  after: (ms, sleeper) => delay(scheduler, ms, () => sleeper.wake()),
});
