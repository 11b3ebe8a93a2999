import { defer, of, queueScheduler, take } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { rateLimit } from '../../src/limiter/rate-limit';
import { RateLimiter } from '../../src/limiter/rate-limiter';
import { slidingWindow, tokenBucket } from '../../src/quota/limits';
import { FakeScheduler } from '../support/fake-scheduler';
import { at, per } from '../support/limiting';
import { run } from '../support/run';

/** ms of real time: what takes n² steps for 100,000 does not end by then, not even on a fast machine. */
const timeout = 120_000;

describe('RateLimiter under load', () => {
  it('C6: drains 1,000,000 synchronous waiters at once', { timeout }, () => {
    run(() => {
      const limiter = new RateLimiter({ limits: per(10, 1_000_000) });
      let granted = 0;
      limiter.pause(5);
      for (let count = 0; count < 1_000_000; count += 1) {
        limiter.acquire().subscribe(() => {
          granted += 1;
        });
      }
      limiter.resume();
      expect(granted).toBe(1_000_000);
    });
  });

  it('C6: drains 100,000 synchronous calls one after the other, each of which lets the next one begin', { timeout }, () => {
    run(() => {
      const limiter = new RateLimiter({ maxConcurrent: 1 });
      const held = limiter.tryAcquire()!;
      let done = 0;
      for (let count = 0; count < 100_000; count += 1) {
        of('answer').pipe(rateLimit(limiter)).subscribe({
          complete: () => {
            done += 1;
          },
        });
      }
      held.settle();
      expect(done).toBe(100_000);
      expect(limiter.isIdle).toBe(true);
    });
  });

  it('C6: a caller may ask again within each of 100,000 grants', { timeout }, () => {
    run(() => {
      const limiter = new RateLimiter({ maxConcurrent: 1 });
      let granted = 0;
      const held = limiter.tryAcquire()!;
      const again = defer(() => limiter.acquire());
      const ask = (): unknown =>
        again.subscribe((permit) => {
          granted += 1;
          if (granted < 100_000) {
            ask();
          }
          permit.settle();
        });
      ask();
      held.settle();
      expect(granted).toBe(100_000);
    });
  });

  it.each(['first to last', 'last to first'])('C6: lets 100,000 waiters leave, %s', { timeout }, (order) => {
    run(() => {
      const limiter = new RateLimiter({ limits: tokenBucket({ capacity: 5, refill: 1, interval: 1_000 }), maxWait: 1e9 });
      limiter.tryAcquire(5);
      const asks = Array.from({ length: 100_000 }, () => limiter.acquire().subscribe());
      for (const ask of order === 'first to last' ? asks : asks.reverse()) {
        ask.unsubscribe();
      }
      expect(limiter.state.waiting).toBe(0);
    });
  });

  it('C6: refuses 100,000 waiters whose time is up at once', { timeout }, () => {
    run(({ flush }) => {
      const limiter = new RateLimiter({ maxConcurrent: 1, maxWait: 5 });
      limiter.tryAcquire();
      let refused = 0;
      for (let count = 0; count < 100_000; count += 1) {
        limiter.acquire().subscribe({
          error: () => {
            refused += 1;
          },
        });
      }
      flush();
      expect(refused).toBe(100_000);
    });
  });

  it.each([
    ['events$ heard', true, {}],
    ['onWait', false, { onWait: () => {} }],
    ['a maxWait', false, { maxWait: 1e9 }],
    ['retries among them', true, { retry: true }],
  ])('lets 100,000 calls enter the line with %s in linear time', { timeout }, (_, isHeard, options) => {
    run(() => {
      const limiter = new RateLimiter({ limits: { requests: per(1_000, 5), tokens: per(1_000, 50) } });
      limiter.tryAcquire(5);
      if (isHeard) {
        limiter.events$.subscribe();
      }
      const asks = Array.from({ length: 100_000 }, (_, index) =>
        limiter.acquire({ tokens: 7 }, index % 2 === 0 ? options : {}).subscribe(),
      );
      for (const ask of asks) {
        ask.unsubscribe();
      }
    });
  });

  it('C7: does not wait longer when the wall clock steps back', () => {
    const scheduler = new FakeScheduler((elapsed) => (elapsed < 4 ? 1_000_000 + elapsed : elapsed));
    const limiter = new RateLimiter({ limits: per(10, 1), scheduler });
    const granted: number[] = [];
    const ask = () => limiter.acquire().subscribe(() => granted.push(scheduler.elapsed));
    ask();
    ask();
    scheduler.run(5);
    ask();
    scheduler.run();
    expect(granted).toEqual([0, 10, 20]);
  });

  it('C7: does not grant before its time when timers fire early', () => {
    const scheduler = new FakeScheduler(undefined, (delay) => (delay > 2 ? 2 : 0));
    const limiter = new RateLimiter({ limits: per(10, 1), scheduler });
    const granted: number[] = [];
    for (let count = 0; count < 3; count += 1) {
      limiter.acquire().subscribe(() => granted.push(scheduler.elapsed));
    }
    scheduler.run();
    expect(granted).toEqual([0, 10, 20]);
  });

  it('C7: grants at most one window more when the wall clock steps forward', () => {
    const scheduler = new FakeScheduler((elapsed) => (elapsed < 4 ? elapsed : elapsed + 1e9));
    const limiter = new RateLimiter({ limits: per(10, 3), scheduler });
    let granted = 0;
    for (let count = 0; count < 12; count += 1) {
      limiter.acquire().subscribe(() => {
        granted += 1;
      });
    }
    scheduler.run(5);
    limiter.tryAcquire(0);
    limiter.acquire(0).subscribe();
    expect(granted).toBeLessThanOrEqual(6);
  });

  it('C10: holds no timer while nothing waits and nobody listens', () => {
    const scheduler = new FakeScheduler();
    const limiter = new RateLimiter({ limits: per(10, 2), maxConcurrent: 9, maxWait: 50, scheduler });
    const held = limiter.tryAcquire()!;
    limiter.acquire().subscribe();
    limiter.pause(30);
    limiter.sync({ requests: { remaining: 0, resetMs: 20 } });
    held.settle({ requests: 2 });
    const hearing = limiter.events$.subscribe();
    expect(scheduler.pending).toBe(0);

    const leaving = limiter.acquire().subscribe();
    expect(scheduler.pending).toBe(1); // for its turn and its deadline
    leaving.unsubscribe();
    expect(scheduler.pending).toBe(0);

    limiter.acquire().subscribe();
    scheduler.run();
    expect(limiter.state.waiting).toBe(0);
    expect(scheduler.pending).toBe(0);
    hearing.unsubscribe();
  });

  it('C10: holds one timer for any number of waiters and their deadlines', () => {
    const scheduler = new FakeScheduler();
    const limiter = new RateLimiter({ limits: per(10, 1), scheduler });
    const asks = Array.from({ length: 50 }, (_, index) => limiter.acquire(1, { maxWait: 900 - index }).subscribe());
    expect(scheduler.pending).toBe(1);
    scheduler.run(25);
    expect(scheduler.pending).toBe(1);
    for (const ask of asks) {
      ask.unsubscribe();
    }
    expect(scheduler.pending).toBe(0);
  });

  it('C10: holds a timer for those who watch the state only while it can change by itself', () => {
    const scheduler = new FakeScheduler();
    const limiter = new RateLimiter({ limits: per(10, 1), scheduler });
    const watching = limiter.state$.subscribe();
    expect(scheduler.pending).toBe(0);
    limiter.tryAcquire();
    expect(scheduler.pending).toBe(1);
    scheduler.run(10);
    expect(scheduler.pending).toBe(0);
    limiter.pause(5);
    expect(scheduler.pending).toBe(1);
    watching.unsubscribe();
    expect(scheduler.pending).toBe(0);
    limiter.state$.pipe(take(1)).subscribe();
    expect(scheduler.pending).toBe(0);
  });

  it('C10: keeps no state at module level: limiters do not know of each other', () => {
    run(() => {
      const [one, other] = [new RateLimiter({ limits: per(10, 1) }), new RateLimiter({ limits: per(10, 1) })];
      one.tryAcquire();
      one.pause(9);
      at(1, () => expect(other.tryAcquire()).toBeDefined());
    });
  });

  it('C10: a scheduler that does at once what has no delay leaves no timer behind', () => {
    vi.useFakeTimers();
    const limiter = new RateLimiter({ limits: slidingWindow({ limit: 2, window: 60_000 }), scheduler: queueScheduler });
    limiter.acquire(1).subscribe((permit) => permit.settle());
    const head = limiter.acquire(2).subscribe();
    const granted = limiter.acquire(1).subscribe();
    const last = limiter.acquire(1).subscribe();
    head.unsubscribe();
    last.unsubscribe();
    granted.unsubscribe();
    const left = vi.getTimerCount();
    vi.useRealTimers();
    expect([limiter.state.waiting, left]).toEqual([0, 0]);
  });
});
