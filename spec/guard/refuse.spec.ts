import { asyncScheduler, catchError, EMPTY, from, mergeMap, Observable, type SchedulerLike } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { refuse } from '../../src/guard/grants';
import { FakeScheduler } from '../support/fake-scheduler';
import { run } from '../support/run';

const refusal = (error: unknown, scheduler?: SchedulerLike) =>
  new Observable<never>((subscriber) => refuse(subscriber, error, scheduler));

describe('refuse', () => {
  it('C12: errors in the same frame, but not synchronously', () => {
    run(({ cold, expectObservable, flush }) => {
      const error = new Error('no');
      expectObservable(cold('---(a|)').pipe(mergeMap(() => refusal(error)))).toBe('---#', undefined, error);
      flush();
      const heard: unknown[] = [];
      refusal(error).subscribe({ error: (each) => heard.push(each) });
      expect(heard).toEqual([]);
    });
  });

  it('C12: is delivered through schedule(…, 0) of the scheduler that is given', () => {
    const scheduler = new FakeScheduler();
    const heard: unknown[] = [];
    refusal('no', scheduler).subscribe({ error: (error) => heard.push(error) });
    expect(scheduler.delays).toEqual([0]);
    expect(heard).toEqual([]);
    scheduler.run();
    expect(heard).toEqual(['no']);
  });

  it('C12: can be cancelled in the same tick', () => {
    const scheduler = new FakeScheduler();
    const heard: unknown[] = [];
    refusal('no', scheduler).subscribe({ error: (error) => heard.push(error) }).unsubscribe();
    expect(scheduler.pending).toBe(0);
    scheduler.run();
    expect(heard).toEqual([]);
  });

  it('C12: a long backlog of refusals does not hang mergeMap', () => {
    run(({ flush }) => {
      let refused = 0;
      let isComplete = false;
      from(Array.from({ length: 5_000 }))
        .pipe(
          mergeMap(
            () =>
              refusal('no', asyncScheduler).pipe(
                catchError(() => {
                  refused += 1;
                  return EMPTY;
                }),
              ),
            3,
          ),
        )
        .subscribe({
          complete: () => {
            isComplete = true;
          },
        });
      flush();
      expect([refused, isComplete]).toEqual([5_000, true]);
    });
  });
});
