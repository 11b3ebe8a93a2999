import { asyncScheduler, map, take } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { RateLimiter } from '../../src/limiter/rate-limiter';
import type { RateLimiterEvent, RateLimiterState } from '../../src/limiter/rate-limiter-config';
import { slidingWindow, tokenBucket } from '../../src/quota/limits';
import { VirtualTime } from '../circuit/virtual-time';
import { at, per } from '../support/limiting';
import { run } from '../support/run';

/** The part of a state that a diagram can show. */
const short = map(({ limits, inFlight, waiting, pausedUntil }: RateLimiterState) => {
  const used = Object.values(limits).map((list) => list.map((limit) => limit.used).join());
  return `${used.join(' ')}|${inFlight}|${waiting}|${pausedUntil}`;
});

function eventsOf(limiter: RateLimiter<never> | RateLimiter): RateLimiterEvent[] {
  const events: RateLimiterEvent[] = [];
  limiter.events$.subscribe((event) => events.push(event));
  return events;
}

describe('RateLimiter: state and events', () => {
  it('C9: has a plain state with absolute times', () => {
    run(() => {
      asyncScheduler.schedule(() => {
        const bucket = tokenBucket({ capacity: 50, refill: 10, interval: 10 });
        const limiter = new RateLimiter({ limits: { requests: [per(10, 2), per(100, 5)], tokens: bucket } });
        limiter.tryAcquire({ tokens: 20 });
        limiter.acquire(2).subscribe();
        limiter.pause(30);
        const { state } = limiter;

        expect(state).toEqual({
          limits: {
            requests: [
              { limit: 2, window: 10, used: 1, remaining: 1, resetAt: 1_010 },
              { limit: 5, window: 100, used: 1, remaining: 4, resetAt: 1_100 },
            ],
            tokens: [{ limit: 50, used: 20, remaining: 30, resetAt: 1_020 }],
          },
          inFlight: 1,
          waiting: 1,
          pausedUntil: 1_030,
        });
        expect(JSON.parse(JSON.stringify(state))).toEqual(state);
      }, 1_000);
    });
  });

  it('C9: shows an unused limiter without Infinity, and no limits where there are none', () => {
    run(() => {
      const unused = { limit: 3, window: 5, used: 0, remaining: 3, resetAt: 0 };
      const none = { inFlight: 0, waiting: 0, pausedUntil: 0 };
      expect(new RateLimiter({ limits: per(5, 3) }).state).toEqual({ limits: { requests: [unused] }, ...none });
      expect(new RateLimiter({ maxConcurrent: 3 }).state).toEqual({ limits: {}, ...none });
    });
  });

  it('C9: shows debt as negative remaining', () => {
    run(() => {
      const limiter = new RateLimiter({ limits: { tokens: per(10, 5) } });
      limiter.tryAcquire({ tokens: 5 })?.settle({ tokens: 8 });
      expect(limiter.state.limits.tokens[0]).toMatchObject({ used: 8, remaining: -3 });
    });
  });

  it('C9: emits the state on subscribe and after every change', () => {
    run(({ expectObservable }) => {
      const limiter = new RateLimiter({ limits: { tokens: per(20, 5) } });
      at(1, () => {
        const held = limiter.tryAcquire({ tokens: 3 })!;
        at(1, () => held.settle({ tokens: 2 }));
      });
      at(3, () => limiter.acquire({ tokens: 5 }).subscribe());
      at(4, () => limiter.pause(20));
      at(5, () => limiter.resume());
      at(6, () => limiter.reset());
      expectObservable(limiter.state$.pipe(short), '^-------!').toBe('abcdef(gh)', {
        a: '0|0|0|0',
        b: '3|1|0|0',
        c: '2|0|0|0',
        d: '2|0|1|0',
        e: '2|0|1|24',
        f: '2|0|1|0',
        g: '0|0|1|0',
        h: '5|1|0|0',
      });
    });
  });

  it('C9: emits when windows free units and when a pause ends, without anybody waiting', () => {
    run(({ expectObservable }) => {
      const limiter = new RateLimiter({ limits: per(5, 9) });
      limiter.tryAcquire();
      at(1, () => limiter.tryAcquire(2));
      at(3, () => limiter.pause(5));
      expectObservable(limiter.state$.pipe(short), '^---------!').toBe('ab-c-de-f', {
        a: '1|1|0|0',
        b: '3|2|0|0',
        c: '3|2|0|8',
        d: '2|2|0|8',
        e: '0|2|0|8',
        f: '0|2|0|0',
      });
    });
  });

  it('C9: emits when a window frees units that were taken after somebody began to watch', () => {
    run(({ expectObservable }) => {
      const limiter = new RateLimiter({ limits: per(5, 9) });
      at(2, () => limiter.tryAcquire());
      at(3, () => limiter.acquire().subscribe());
      expectObservable(limiter.state$.pipe(short), '^---------!').toBe('a-bc---de', {
        a: '0|0|0|0',
        b: '1|1|0|0',
        c: '2|2|0|0',
        d: '1|2|0|0',
        e: '0|2|0|0',
      });
    });
  });

  it('C9: emits when a token bucket is full', () => {
    run(({ expectObservable }) => {
      const limiter = new RateLimiter({ limits: tokenBucket({ capacity: 4, refill: 2, interval: 3 }) });
      limiter.tryAcquire(4);
      expectObservable(limiter.state$.pipe(short), '^-------!').toBe('a-----b', { a: '4|1|0|0', b: '0|1|0|0' });
    });
  });

  it('C9: shows each watcher the state as it is, and the last one what others changed', () => {
    run(() => {
      const limiter = new RateLimiter({ limits: per(5, 9) });
      const first: number[] = [];
      const second: number[] = [];
      limiter.state$.subscribe(({ inFlight }) => {
        first.push(inFlight);
        if (inFlight === 1) {
          limiter.tryAcquire();
        }
      });
      limiter.state$.subscribe(({ inFlight }) => second.push(inFlight));
      limiter.tryAcquire();
      expect(first).toEqual([0, 1, 2]);
      expect(second.at(-1)).toBe(2);
    });
  });

  it('C9: stops looking after the last watcher has gone', () => {
    run(() => {
      const limiter = new RateLimiter({ limits: per(5, 9) });
      const next = vi.fn();
      limiter.state$.pipe(take(1)).subscribe(next);
      limiter.tryAcquire();
      expect(next).toHaveBeenCalledTimes(1);
    });
  });

  it('Events: tells of waiting, granted and settled, in this order, with times', () => {
    run(({ flush }) => {
      const limiter = new RateLimiter({ limits: { tokens: per(10, 5) }, maxConcurrent: 1 });
      const events = eventsOf(limiter as never);
      at(2, () => {
        limiter.acquire({ tokens: 4 }).subscribe((held) => at(5, () => held.settle({ tokens: 3 })));
        limiter.acquire({ tokens: 3 }, { call: 7 }).subscribe((held) => held.refund());
      });
      flush();
      const cost = { tokens: 4, requests: 1 };
      const other = { tokens: 3, requests: 1 };
      const policy = 'limiter';
      expect(events).toEqual([
        { type: 'granted', cost, waited: 0, policy, at: 2 },
        { type: 'waiting', cost: other, ahead: 0, until: 12, call: 7, policy, at: 2 },
        { type: 'settled', reserved: cost, actual: { tokens: 3, requests: 1 }, policy, at: 7 },
        { type: 'granted', cost: other, waited: 10, call: 7, policy, at: 12 },
        { type: 'settled', reserved: other, actual: { tokens: 0, requests: 0 }, call: 7, policy, at: 12 },
      ]);
    });
  });

  it('Events: tells of who left and who was refused', () => {
    run(({ flush }) => {
      const limiter = new RateLimiter({ limits: per(10, 1), maxConcurrent: 1, maxQueue: 1 });
      const events = eventsOf(limiter);
      const ignored = { error: () => {} };
      limiter.tryAcquire();
      limiter.acquire(2, { call: 3 }).subscribe(ignored);
      at(1, () => {
        const leaving = limiter.acquire().subscribe();
        at(4, () => leaving.unsubscribe());
        limiter.acquire().subscribe(ignored);
      });
      at(6, () => {
        limiter.acquire(1, { maxWait: 3 }).subscribe(ignored);
        limiter.acquire(1, { maxWait: 7, call: 9 }).subscribe(ignored);
      });
      flush();
      expect(events.map(({ type, at: time, ...event }) => [time, type, 'reason' in event ? event.reason : event.call])).toEqual([
        [0, 'granted', undefined],
        [0, 'refused', 'cost-too-large'],
        [1, 'waiting', undefined],
        [1, 'refused', 'queue-full'],
        [5, 'left', undefined],
        [6, 'refused', 'wait-too-long'],
        [6, 'waiting', 9],
        [13, 'refused', 'wait-too-long'],
      ]);
      expect(events.find(({ type }) => type === 'left')).toEqual({ type: 'left', waited: 4, policy: 'limiter', at: 5 });
    });
  });

  it('Events: tells of pauses and syncs', () => {
    run(({ flush }) => {
      const limiter = new RateLimiter({ limits: per(10, 1) });
      const events = eventsOf(limiter);
      limiter.pause(5);
      limiter.pause(4);
      limiter.pause(0);
      at(2, () => limiter.resume());
      at(3, () => limiter.resume());
      at(4, () => limiter.sync({ requests: { remaining: 0 } }));
      flush();
      expect(events).toEqual([
        { type: 'paused', until: 5, by: 'user', policy: 'limiter', at: 0 },
        { type: 'resumed', policy: 'limiter', at: 2 },
        { type: 'synced', policy: 'limiter', at: 4 },
      ]);
    });
  });

  it('Events: a listener may ask, settle and pause in the middle of it', () => {
    run(({ flush }) => {
      const limiter = new RateLimiter({ limits: per(10, 2) });
      const types: string[] = [];
      limiter.events$.subscribe(({ type }) => {
        types.push(type);
        if (type === 'granted' && types.length === 1) {
          limiter.acquire(2).subscribe();
          limiter.pause(4);
        }
      });
      limiter.tryAcquire();
      flush();
      expect(types).toEqual(['granted', 'waiting', 'paused', 'granted']);
    });
  });

  it('Events: a watcher may let a waiter be granted while it enters the line', () => {
    run(() => {
      const limiter = new RateLimiter({ limits: per(10, 2) });
      const events = eventsOf(limiter);
      const onWait = vi.fn();
      limiter.pause(9);
      limiter.state$.subscribe(({ waiting }) => waiting > 0 && limiter.resume());
      limiter.acquire(1, { onWait }).subscribe();
      expect(events.map(({ type }) => type)).toEqual(['paused', 'waiting', 'resumed', 'granted']);
      expect(onWait).not.toHaveBeenCalled();
    });
  });

  it('C9: a change by time is told of, though somebody arms the timer anew in that very ms: a limiter', () => {
    const scheduler = new VirtualTime();
    const limiter = new RateLimiter({ limits: slidingWindow({ limit: 3, window: 30 }), scheduler });
    scheduler.schedule(() => { limiter.state$.subscribe(); }, 30);
    const used: number[] = [];
    limiter.state$.subscribe((state) => used.push(state.limits.requests[0]!.used));
    limiter.tryAcquire();
    scheduler.pass(100);
    expect(used).toEqual([0, 1, 0]);
  });
});
