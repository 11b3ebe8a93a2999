import { describe, expect, it } from 'vitest';
import { PermitRefusedError } from '../../src/limiter/permit-refused-error';
import { RateLimiter } from '../../src/limiter/rate-limiter';
import { calendarWindow, inTotal } from '../../src/quota/limits';
import { FakeScheduler } from '../support/fake-scheduler';
import { at, Journal, per, permit } from '../support/limiting';
import { run } from '../support/run';

const hour = 3_600_000;
/** A wall clock that shows so many ms before 10 o’clock in UTC. */
const before10 = (ms: number) => new FakeScheduler((elapsed) => 10 * hour - ms + elapsed);

describe('RateLimiter by the calendar', () => {
  it('Q7: grants the rest at the boundary, in order, and so on', () => {
    const scheduler = before10(20);
    const limiter = new RateLimiter({ limits: calendarWindow({ limit: 2, every: 'hour' }), scheduler });
    const granted: [number, number][] = [];
    for (let call = 0; call < 5; call += 1) {
      limiter.acquire().subscribe(() => granted.push([call, scheduler.elapsed]));
    }
    scheduler.run(hour + 20);
    expect(granted).toEqual([[0, 0], [1, 0], [2, 20], [3, 20], [4, 20 + hour]]);
    expect(scheduler.pending).toBe(0);
  });

  it('Q7, L3: refuses at once who would wait for too long, by the periods ahead', () => {
    const scheduler = before10(20);
    const limiter = new RateLimiter({ limits: calendarWindow({ limit: 1, every: 'hour' }), scheduler, maxWait: hour });
    const seen: unknown[] = [];
    for (let call = 0; call < 3; call += 1) {
      limiter.acquire().subscribe({ next: () => seen.push(call), error: ({ reason, retryAfter }) => seen.push([reason, retryAfter]) });
    }
    scheduler.run(1);
    expect(seen).toEqual([0, ['wait-too-long', hour + 20]]);
  });

  it('Q7, C7: waits on when the clock was set back, no longer than one period', () => {
    let step = 0;
    const scheduler = new FakeScheduler((elapsed) => 10 * hour - 20 + elapsed + step);
    const limiter = new RateLimiter({ limits: calendarWindow({ limit: 1, every: 'hour' }), scheduler });
    const granted: number[] = [];
    limiter.acquire().subscribe();
    limiter.acquire().subscribe(() => granted.push(scheduler.elapsed));
    step = -10 * 60_000;
    scheduler.run(hour);
    expect(granted).toEqual([20 + 10 * 60_000]);
  });

  it('C9: tells those who watch when the day is over', () => {
    const scheduler = before10(20);
    const limiter = new RateLimiter({ limits: calendarWindow({ limit: 5, every: 'hour' }), scheduler });
    const used: unknown[] = [];
    const watching = limiter.state$.subscribe(({ limits }) => used.push([scheduler.elapsed, limits.requests[0]!.used, limits.requests[0]!.resetAt]));
    limiter.tryAcquire(3);
    scheduler.run(100);
    expect(used).toEqual([[0, 0, 10 * hour - 20], [0, 3, 10 * hour], [20, 0, 10 * hour]]);
    watching.unsubscribe();
    expect(scheduler.pending).toBe(0);
  });
});

describe('RateLimiter in total', () => {
  it('Q7: refuses what is used up at once, and who waits when it becomes so', () => {
    run(() => {
      const limiter = new RateLimiter({ limits: [inTotal(3), per(10, 1)] });
      const journal = new Journal();
      for (const name of ['a', 'b', 'c', 'd', 'e']) {
        journal.ask(limiter, name);
      }
      journal.ask(limiter, 'large', 4);
      at(25, () => journal.ask(limiter, 'late'));
      at(30, () => expect(journal.lines).toEqual(['0 a', '0 large: cost-too-large', '10 b', '20 c', '20 d: used-up', '20 e: used-up', '25 late: used-up']));
    });
  });

  it('Q7: says no more of it than what it is, and when it is told', () => {
    const scheduler = new FakeScheduler();
    const limiter = new RateLimiter({ limits: { tokens: inTotal(10) }, scheduler });
    const events: unknown[] = [];
    limiter.events$.subscribe(({ type, ...event }) => events.push([type, 'reason' in event ? event.reason : undefined]));
    const permit = limiter.tryAcquire({ tokens: 8 })!;
    const errors: unknown[] = [];
    limiter.acquire({ tokens: 3 }).subscribe({ error: (error) => errors.push(error) });
    scheduler.run(0);
    expect(errors).toEqual([new PermitRefusedError({ reason: 'used-up', cost: { tokens: 3, requests: 1 } })]);
    expect(errors[0]).not.toHaveProperty('retryAfter');
    expect((errors[0] as Error).message).toBe('The call was not let through: a limit that never comes back has too little left (cost {"tokens":3,"requests":1})');
    expect(events).toEqual([['granted', undefined], ['refused', 'used-up']]);
    expect(limiter.state.limits).toEqual({ tokens: [{ limit: 10, used: 8, remaining: 2 }] });
    permit.settle({ tokens: 5 });
    expect(limiter.tryAcquire({ tokens: 5 })).toBeDefined();
    expect(limiter.isIdle).toBe(false);
  });

  it('Q7: a call that waits for a place in flight waits on while the total has room', () => {
    run(({ expectObservable }) => {
      const limiter = new RateLimiter({ limits: inTotal(2), maxConcurrent: 1 });
      const first = limiter.tryAcquire()!;
      at(3, () => first.refund());
      expectObservable(permit(limiter)).toBe('---(p|)');
    });
  });
});
