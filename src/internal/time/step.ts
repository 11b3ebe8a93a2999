import type { SchedulerLike } from 'rxjs';

/** Whether a step lasts. */
let isStep = false;
/** The scheduler that was read in this step, if one was, and what it said. */
let source: SchedulerLike | undefined;
let reading = 0;

/**
 * From here on the time is read once for all policies that a call asks, until `stepEnds`: looking at the clock costs half of
 * what a whole call without guards does. A step that lasts goes on.
 */
export function stepBegins(): void {
  isStep = true;
}

/** To be called before code of the user's runs, which may take time, and at the end of the step. */
export function stepEnds(): void {
  isStep = false;
  source = undefined;
}

/** What the scheduler's clock says, or has said in this step. */
export function readTime(scheduler: SchedulerLike): number {
  if (!isStep) {
    return scheduler.now();
  }
  if (source !== scheduler) {
    reading = scheduler.now();
    source = scheduler;
  }
  return reading;
}
