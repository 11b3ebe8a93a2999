import { describe, expect, expectTypeOf, it } from 'vitest';
import { PermitRefusedError } from '../../src/limiter/permit-refused-error';
import { RateLimiter } from '../../src/limiter/rate-limiter';
import { inTotal, perCalendarDay, perDay, perHour, perMinute, perSecond, tokenBucket } from '../../src/quota/limits';
import { FakeScheduler } from '../support/fake-scheduler';
import { at, Journal, per } from '../support/limiting';
import { run } from '../support/run';

const json = (value: unknown) => JSON.parse(JSON.stringify(value));
const clockAt = (wall: number) => new FakeScheduler((elapsed) => wall + elapsed);

describe('RateLimiter.snapshot and initial', () => {
  it('L13: goes on where the old one was, in every dimension, also while calls were in flight', () => {
    const scheduler = clockAt(1_000_000);
    const limits = { requests: perMinute(5), tokens: [perHour(1_000), tokenBucket({ capacity: 500, refill: 10, interval: 1_000 })] };
    const old = new RateLimiter({ limits, scheduler });
    old.tryAcquire({ tokens: 300 })!.settle({ tokens: 200 });
    scheduler.run(10_000);
    old.tryAcquire({ tokens: 60 });
    const snapshot = old.snapshot();
    expect(json(snapshot)).toEqual(snapshot);
    const next = new RateLimiter({ limits, scheduler: clockAt(1_010_000), initial: json(snapshot) });
    expect(next.state).toEqual({ ...old.state, inFlight: 0 });
  });

  it('L13: limits are matched by what they are; a dimension that is new has counted nothing', () => {
    const scheduler = clockAt(5_000);
    const old = new RateLimiter({ limits: { requests: [perSecond(5), perDay(50)], images: perDay(9) }, scheduler });
    old.tryAcquire({ requests: 3, images: 2 });
    const next = new RateLimiter({ limits: { tokens: perDay(9), requests: [perDay(40), inTotal(70), perHour(30)] }, scheduler, initial: json(old.snapshot()) });
    expect(next.state.limits.requests.map(({ limit, used }) => [limit, used])).toEqual([[40, 3], [70, 3], [30, 3]]);
    expect(next.state.limits.tokens[0]!.used).toBe(0);
  });

  it('L13: a pause goes on', () => {
    const scheduler = clockAt(5_000);
    const old = new RateLimiter({ limits: perSecond(5), scheduler });
    old.pause(3_000);
    const next = new RateLimiter({ limits: perSecond(5), scheduler: clockAt(6_000), initial: json(old.snapshot()) });
    expect(next.state.pausedUntil).toBe(8_000);
    const late = new RateLimiter({ limits: perSecond(5), scheduler: clockAt(9_000), initial: json(old.snapshot()) });
    expect([late.state.pausedUntil, late.isIdle]).toEqual([0, true]);
  });

  it('L13: takes nothing for nothing saved, and what was never used', () => {
    for (const initial of [null, undefined, json(new RateLimiter({ limits: perSecond(5) }).snapshot()), json(new RateLimiter({ maxConcurrent: 5 }).snapshot())]) {
      expect(new RateLimiter({ limits: perSecond(5), initial }).isIdle).toBe(true);
    }
  });

  it.each([[5], ['x'], [{}], [{ policy: 'limiter', at: 5 }], [{ policy: 'limiter', at: 5, limits: {}, pausedUntil: 'x' }], [{ policy: 'budget', at: 5, limits: {} }], [{ policy: 'limiter', at: 5, limits: { requests: [5] } }], [{ policy: 'limiter', at: 5, limits: { requests: 5 } }], [{ policy: 'limiter', at: 5, limits: [] , pausedUntil: null }], [{ policy: 'limiter', at: 5, limits: { requests: [{ limit: { kind: 'window', limit: 5, window: 5 }, entries: [[2, 1], [1, 1]] }] } }]])('L13: refuses %j', (initial) => {
    const made = () => new RateLimiter({ limits: perSecond(5), initial });
    expect(made).toThrow(TypeError);
    expect(made).toThrow(`RateLimiter: initial must be what snapshot() returned, got ${JSON.stringify(initial)}`);
  });
});

describe('RateLimiter.update', () => {
  it('L13: grants at once what fits now, and refuses who can never be granted any more', () => {
    run(() => {
      const limiter = new RateLimiter({ limits: per(100, 4) });
      const journal = new Journal();
      journal.ask(limiter, 'a', 3);
      journal.ask(limiter, 'b', 2);
      journal.ask(limiter, 'c', 4);
      journal.ask(limiter, 'd', 3);
      at(10, () => limiter.update({ limits: per(100, 6) }));
      at(20, () => limiter.update({ limits: per(100, 3) }));
      at(120, () => expect(journal.lines).toEqual(['0 a', '10 b', '20 c: cost-too-large', '110 d']));
    });
  });

  it('L13: a call in flight settles what it took, in limits that were there and in windows that were not', () => {
    const limiter = new RateLimiter({ limits: { requests: perMinute(9), tokens: perMinute(100) }, scheduler: clockAt(0) });
    const first = limiter.tryAcquire({ tokens: 50 })!;
    limiter.update({ limits: { tokens: [perHour(500), perMinute(80)], requests: [perCalendarDay(7), perMinute(4)] } });
    const second = limiter.tryAcquire({ tokens: 20 })!;
    first.settle({ tokens: 10 });
    expect(limiter.state.limits.tokens.map(({ used, limit }) => [used, limit])).toEqual([[30, 500], [30, 80]]);
    expect(limiter.state.limits.requests.map(({ used, limit }) => [used, limit])).toEqual([[2, 7], [2, 4]]);
    second.refund();
    expect(limiter.state.limits.tokens.map(({ used }) => used)).toEqual([10, 10]);
    expect(limiter.state.limits.requests.map(({ used }) => used)).toEqual([1, 1]);
  });

  it('L13: what headers said stays, also for calls that are granted after it', () => {
    const limiter = new RateLimiter({ limits: { tokens: perMinute(100) }, scheduler: clockAt(0) });
    limiter.update({ limits: { tokens: [perHour(500), perMinute(100)] } });
    limiter.sync({ tokens: { limit: 100, remaining: 30, resetMs: 60_000 } });
    const permit = limiter.tryAcquire({ tokens: 20 })!;
    expect(limiter.tryAcquire({ tokens: 20 })).toBeUndefined();
    permit.refund();
    expect(limiter.tryAcquire({ tokens: 20 })).toBeDefined();
  });

  it('L13: changes how many run, wait, and for how long', () => {
    run(() => {
      const limiter = new RateLimiter({ maxConcurrent: 1, maxQueue: 0 });
      const journal = new Journal();
      journal.ask(limiter, 'a');
      journal.ask(limiter, 'b');
      limiter.update({ maxQueue: 5, maxWait: 10 });
      journal.ask(limiter, 'c');
      at(5, () => limiter.update({ maxConcurrent: 2 }));
      at(6, () => journal.ask(limiter, 'd'));
      at(20, () => expect(journal.lines).toEqual(['0 a', '0 b: queue-full', '5 c', '16 d: wait-too-long']));
    });
  });

  it('L13: grants after many updates are settled; what is older than a hundred of them is forgotten', () => {
    const limiter = new RateLimiter({ limits: { tokens: perHour(1_000) }, scheduler: clockAt(0) });
    const [old, late] = [limiter.tryAcquire({ tokens: 10 })!, limiter.tryAcquire({ tokens: 10 })!];
    const swap = (times: number) => {
      for (let update = 0; update < times; update += 1) {
        limiter.update({ limits: { tokens: update % 2 === 0 ? [perHour(1_000), perDay(2_000)] : [perHour(1_000)] } });
      }
    };
    swap(90);
    late.refund();
    swap(90);
    old.refund();
    expect(limiter.state.limits.tokens[0]!.used).toBe(10);
    old.refund();
    limiter.reset();
    expect(limiter.state.limits.tokens[0]!.used).toBe(0);
  });

  it.each<[object, typeof TypeError | typeof RangeError, string]>([
    [{ limits: { tokens: perHour(5) } }, TypeError, 'RateLimiter.update: limits must have the dimensions as before, requests; got tokens'],
    [{ limits: { tokens: perHour(5), requests: perHour(5) } }, TypeError, 'RateLimiter.update: limits must have the dimensions as before, requests; got requests, tokens'],
    [{ limits: [] }, RangeError, 'RateLimiter.update: limits.requests must hold at least one limit, got []'],
    [{ limits: perHour(1.5) }, RangeError, 'RateLimiter.update: limits.requests: limit must be a whole number of at least 1, got 1.5'],
    [{ maxConcurrent: 0 }, RangeError, 'RateLimiter.update: maxConcurrent must be a whole number of at least 1, or Infinity, got 0'],
    [{ maxQueue: -1 }, RangeError, 'RateLimiter.update: maxQueue must be a whole number of at least 0, or Infinity, got -1'],
    [{ maxWait: Number.NaN }, RangeError, 'RateLimiter.update: maxWait must be a number of at least 0, or Infinity, got NaN'],
    [{ name: 'x' }, TypeError, 'RateLimiter.update: unknown option name: "x"; known are limits, maxConcurrent, maxQueue, maxWait'],
  ])('C2: refuses %j', (update, type, message) => {
    const limiter = new RateLimiter({ limits: perHour(5) });
    expect(() => limiter.update(update as never)).toThrow(type);
    expect(() => limiter.update(update as never)).toThrow(message);
  });

  it('C2: a limiter without limits gets none', () => {
    expect(() => new RateLimiter({ maxConcurrent: 1 }).update({ limits: perHour(5) })).toThrow('limits must have the dimensions as before, none; got requests');
  });

  it('C15: another dimension does not compile', () => {
    const limiter = new RateLimiter({ limits: { tokens: perHour(5) } });
    limiter.update({ limits: { tokens: perHour(7) } });
    // @ts-expect-error: a typo
    expect(() => limiter.update({ limits: { token: perHour(7) } })).toThrow(TypeError);
    expectTypeOf(limiter.snapshot()).toEqualTypeOf<unknown>();
  });
});

describe('the name of a limiter', () => {
  it('C13: stands in its state, its events and its errors', () => {
    const scheduler = clockAt(0);
    const limiter = new RateLimiter({ limits: perHour(1), maxQueue: 0, name: 'provider', scheduler });
    const told: unknown[] = [];
    limiter.events$.subscribe(({ type, name }) => told.push([type, name]));
    const errors: unknown[] = [];
    limiter.tryAcquire();
    limiter.acquire().subscribe({ error: (error) => errors.push(error) });
    limiter.update({ maxQueue: 1, maxWait: 5 });
    limiter.acquire({ requests: 1 }, { maxWait: 3_600_000 }).subscribe({ error: (error) => errors.push(error) });
    limiter.update({ limits: perMinute(1) });
    scheduler.run(0);
    expect(limiter.state.name).toBe('provider');
    expect(told).toEqual([['granted', 'provider'], ['refused', 'provider'], ['waiting', 'provider']]);
    expect(errors).toEqual([new PermitRefusedError({ reason: 'queue-full', cost: { requests: 1 }, retryAfter: 3_600_000, policyName: 'provider' })]);
  });

  it('C13: is absent where there is none', () => {
    const limiter = new RateLimiter({ limits: perHour(1), scheduler: clockAt(0) });
    const told: object[] = [];
    limiter.events$.subscribe((event) => told.push(event));
    limiter.tryAcquire();
    expect([limiter.state, told[0]].some((each) => Object.hasOwn(each!, 'name'))).toBe(false);
    expect(new PermitRefusedError({ reason: 'queue-full', cost: {} })).not.toHaveProperty('policyName');
    expect(() => new RateLimiter({ limits: perHour(1), name: 5 as never })).toThrow(new TypeError('RateLimiter: name must be a string, got 5'));
  });
});

describe('the order of telling', () => {
  const asking = (limiter: RateLimiter, type: string, journal: Journal, name: string) => {
    limiter.events$.subscribe((event) => {
      if (event.type === type) {
        journal.ask(limiter, name, 1, { maxWait: 50 });
      }
    });
  };

  it('C9: whoever hears of the end of a pause and asks at once is granted, or foreseen, by the new state', () => {
    run(() => {
      const limiter = new RateLimiter({ limits: per(100, 2) });
      const journal = new Journal();
      asking(limiter, 'resumed', journal, 'listener');
      limiter.pause(11_000);
      journal.ask(limiter, 'waiting', 1, { maxWait: 20_000 });
      at(5, () => limiter.resume());
      at(6, () => expect(journal.lines).toEqual(['5 waiting', '5 listener']));
    });
  });

  it.each([
    ['resumed', (limiter: RateLimiter) => limiter.pause(11_000), (limiter: RateLimiter) => limiter.resume()],
    ['synced', (limiter: RateLimiter) => limiter.sync({ requests: { limit: 1, remaining: 0, resetMs: 11_000 } }), (limiter: RateLimiter) => limiter.sync({ requests: { limit: 1, remaining: 1 } })],
  ])('C9: whoever hears of %s stands in line by the new state', (type, before, after) => {
    run(() => {
      const limiter = new RateLimiter({ limits: per(100, 1) });
      const journal = new Journal();
      limiter.tryAcquire();
      before(limiter);
      journal.ask(limiter, 'waiting', 1, { maxWait: 20_000 });
      limiter.events$.subscribe((event) => {
        if (event.type === type) {
          journal.ask(limiter, 'listener', 1, { maxWait: 500 });
        }
      });
      at(5, () => after(limiter));
      at(300, () => expect(journal.lines).toEqual(['100 waiting', '200 listener']));
    });
  });

  it('C9: whoever hears of a pause is refused by it', () => {
    run(() => {
      const limiter = new RateLimiter({ limits: per(10, 1) });
      const journal = new Journal();
      asking(limiter, 'paused', journal, 'listener');
      limiter.tryAcquire();
      journal.ask(limiter, 'waiting');
      limiter.pause(1_000);
      at(1_100, () => expect(journal.lines).toEqual(['0 listener: wait-too-long', '1000 waiting']));
    });
  });

  it('C9: whoever hears of headers is granted or refused by them', () => {
    run(() => {
      const limiter = new RateLimiter({ limits: per(10_000, 5) });
      const journal = new Journal();
      asking(limiter, 'synced', journal, 'listener');
      limiter.sync({ requests: { limit: 5, remaining: 0, resetMs: 10_000 } });
      journal.ask(limiter, 'waiting');
      at(5, () => limiter.sync({ requests: { limit: 5, remaining: 3, resetMs: 10 } }));
      at(100, () => expect(journal.lines).toEqual(['0 listener: wait-too-long', '5 waiting', '5 listener']));
    });
  });
});
