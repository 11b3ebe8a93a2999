import { asyncScheduler, Observable, type SchedulerLike } from 'rxjs';

/**
 * Delivers a refusal that is already decided, in the same frame of the scheduler but not synchronously: `mergeMap`
 * recurses over inner Observables that end synchronously, and dies silently at some 600 of them.
 */
export function refuse(error: unknown, scheduler: SchedulerLike = asyncScheduler): Observable<never> {
  return new Observable((subscriber) => scheduler.schedule(() => subscriber.error(error), 0));
}
