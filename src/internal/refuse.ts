import { asyncScheduler, type SchedulerLike } from 'rxjs';
import type { Waiting } from './offer';

/**
 * Delivers a refusal that is already decided, in the same frame of the scheduler but not synchronously: `mergeMap`
 * recurses over inner Observables that end synchronously, and dies silently at some 600 of them.
 */
export function refuse(waiting: Waiting<never>, error: unknown, scheduler: SchedulerLike = asyncScheduler): void {
  waiting.add(scheduler.schedule(() => waiting.error(error), 0));
}
