import { defer, firstValueFrom, lastValueFrom, NEVER, type Observable, of, Subject, throwError } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { type Admission, type Breaker, CircuitOpenError, circuitBreak, failureRate, keyed, ResilientClient, resilient } from '../../src/index';
import { type IoredisLike, LimiterMisconfiguredError, LimiterUnavailableError, RedisCircuitBreaker, type RedisCircuitBreakerConfig, type RedisCircuitBreakerEvent } from '../../src/redis';
import { beforeEachTest } from './support/each-test';
import type { RedisServer } from './support/redis-server';
import type { VirtualRedis } from './support/virtual-redis';

let server: RedisServer;
let redis: VirtualRedis;
let key: string;
beforeEachTest('breaker', (given) => {
  ({ server, redis, key } = given);
});

/** The way of one process to Redis: it can fail, or hang. */
class Line implements IoredisLike {
  mode: 'works' | 'fails' | 'hangs' = 'works';

  evalsha(...words: Parameters<IoredisLike['evalsha']>): Promise<unknown> {
    return this.mode === 'works' ? redis.evalsha(...words) : this.mode === 'fails' ? Promise.reject(new Error('closed')) : new Promise(() => {});
  }

  eval(...words: Parameters<IoredisLike['eval']>): Promise<unknown> {
    return this.mode === 'works' ? redis.eval(...words) : this.evalsha(...words);
  }
}

const down = () => Object.assign(new Error('down'), { status: 503 });
const recoveryTimeout = 5_000;
const breakerOf = (config: Partial<RedisCircuitBreakerConfig> = {}, line: IoredisLike = redis) =>
  new RedisCircuitBreaker(line, { key, failureThreshold: 2, recoveryTimeout, scheduler: redis.scheduler, ...config });

function eventsOf(breaker: RedisCircuitBreaker): string[] {
  const events: string[] = [];
  breaker.events$.subscribe((event: RedisCircuitBreakerEvent) => events.push(event.type));
  return events;
}

const nameOf = (error: unknown) => (error instanceof CircuitOpenError ? 'refused' : error instanceof LimiterUnavailableError ? 'unavailable' : (error as Error).message);

/** What becomes of a call through a breaker. */
function follow(breaker: Breaker, source: Observable<unknown>, options: Parameters<typeof circuitBreak>[1] = {}) {
  const call: { outcome?: unknown; connected: boolean; leave(): void } = { connected: false, leave: () => subscription.unsubscribe() };
  const subscription = defer(() => {
    call.connected = true;
    return source;
  })
    .pipe(circuitBreak(breaker, options))
    .subscribe({ next: (value) => { call.outcome = value; }, error: (error) => { call.outcome = nameOf(error); } });
  return call;
}

/** A call that ends at once, and what comes of it. */
async function call(breaker: Breaker, what: 'succeeds' | 'fails' = 'succeeds'): Promise<unknown> {
  const { outcome } = await settledCall(breaker, what === 'succeeds' ? of('answer') : throwError(down));
  return outcome;
}

async function settledCall(breaker: Breaker, source: Observable<unknown>) {
  const followed = follow(breaker, source);
  await redis.settled();
  return followed;
}

async function open(breaker: RedisCircuitBreaker): Promise<void> {
  await call(breaker, 'fails');
  await call(breaker, 'fails');
  expect(breaker.state.status).toBe('open');
}

/** Two processes, in which the first has opened and the time for a probe has come. */
async function twoHalfOpen(config: Partial<RedisCircuitBreakerConfig> = {}, lines: readonly [IoredisLike, IoredisLike] = [redis, redis]) {
  const [one, other] = [breakerOf(config, lines[0]), breakerOf(config, lines[1])] as const;
  await call(other);
  await open(one);
  await redis.pass(1_000, 100);
  await call(other);
  expect(other.state.status).toBe('open');
  await redis.pass(recoveryTimeout - 1_000, 100);
  return [one, other] as const;
}

describe('D8: an opening', () => {
  it('is told to all within a second: they are open until the same time', async () => {
    const [one, other] = [breakerOf(), breakerOf()];
    const events: RedisCircuitBreakerEvent[] = [];
    other.events$.subscribe((event) => events.push(event));
    await call(other);
    await open(one);
    const { openedAt, openUntil } = one.state;
    expect(await call(other)).toBe('answer'); // it knows nothing yet
    await redis.pass(800, 100);
    await call(other);
    expect(await call(other)).toBe('refused');
    expect(other.state).toMatchObject({ status: 'open', openedAt, openUntil, openings: 1, isAvailable: true });
    expect(events.find(({ type }) => type === 'opened')).toMatchObject({ policy: 'breaker', until: openUntil, reason: '2 consecutive failures' });
    expect(other.check()).toMatchObject({ name: 'CircuitOpenError', openUntil });
    await redis.pass(recoveryTimeout - 800, 100);
    expect([one.state.status, other.state.status]).toEqual(['half-open', 'half-open']);
  });

  it('reaches a process that has not called for long before its next call begins', async () => {
    const [one, other] = [breakerOf(), breakerOf()];
    await call(other);
    await redis.pass(10_000, 500);
    await open(one);
    const late = follow(other, of('answer'));
    expect(late).toMatchObject({ connected: false });
    await redis.settled();
    expect(late).toMatchObject({ connected: false, outcome: 'refused' });
    const waiting = follow(breakerOf(), of('answer'), { whenOpen: 'wait', maxWait: 100 });
    await redis.pass(100, 10);
    expect(waiting).toMatchObject({ connected: false, outcome: 'refused' });
  });

  it('does not hold up calls that are left before they know', async () => {
    const breaker = breakerOf();
    const left = [follow(breaker, of('answer')), follow(breaker, of('answer'), { whenOpen: 'wait' })];
    for (const each of left) {
      each.leave();
    }
    await redis.settled();
    expect(left.map(({ connected }) => connected)).toEqual([false, false]);
    expect(redis.scheduler.pending).toBe(0);
  });

  it('does not begin a call that another one leaves in the moment in which both know', async () => {
    const breaker = breakerOf();
    const left = new Subject<void>();
    follow(breaker, defer(() => { left.next(); return of('answer'); }));
    const second = follow(breaker, of('answer'));
    left.subscribe(() => second.leave());
    await redis.settled();
    expect(second.connected).toBe(false);
  });

  it('is known to admit and check when it is heard of', async () => {
    const [one, other] = [breakerOf(), breakerOf()];
    other.admit().succeed();
    await redis.settled();
    await open(one);
    await redis.pass(901, 901);
    expect(other.check()).toBeUndefined(); // what is known, but it asks
    await redis.settled();
    expect(other.check()).toMatchObject({ name: 'CircuitOpenError' });
    expect(() => other.admit()).toThrow(CircuitOpenError);
  });

  it('lasts until the latest time that a process has asked for; an opening that is sent twice is one', async () => {
    redis.sendsTwice = true;
    const [one, other] = [breakerOf(), breakerOf({ recoveryTimeout: 8_000 })];
    await call(other);
    await open(one);
    await redis.pass(100, 10);
    await open(other);
    expect(other.state.openUntil! - one.state.openUntil!).toBe(3_100);
    await redis.pass(900, 100);
    await call(one);
    expect(one.state).toMatchObject({ openUntil: other.state.openUntil, openings: 1 });
  });

  it('that was prolonged when this process took it for half-open goes on', async () => {
    const [one, other] = [breakerOf({ recoveryTimeout: 700 }), breakerOf({ recoveryTimeout: 8_000 })];
    await call(other);
    await open(one);
    await redis.pass(690, 10);
    await open(other);
    await redis.pass(10, 10);
    expect(one.state.status).toBe('half-open');
    await call(one);
    expect(one.state).toMatchObject({ status: 'open', openUntil: other.state.openUntil });
    expect(one.check()!.retryAfter).toBe(7_990);
    expect(redis.scheduler.pending).toBe(0);
  });

  it('of calls that failed before a closing that the process has missed does not come', async () => {
    const [one, other] = [breakerOf({ recoveryTimeout: 100 }), breakerOf()];
    await call(other, 'fails');
    const before = other.admit();
    await open(one);
    await redis.pass(100, 10);
    await call(one);
    expect(await call(one)).toBe('answer');
    expect(one.state.status).toBe('closed');
    await redis.pass(1_000, 100);
    await call(other);
    before.fail();
    await call(other, 'fails');
    expect(other.state).toMatchObject({ status: 'closed', failures: 1 });
  });

  it('that comes from before another opening and closing is refused by Redis', async () => {
    const line = new Line();
    const [one, other] = [breakerOf({ recoveryTimeout: 100 }), breakerOf({}, line)];
    await call(other);
    line.mode = 'hangs';
    await open(one);
    await redis.pass(100, 10);
    await call(one);
    await call(one);
    expect(one.state.status).toBe('closed');
    line.mode = 'works';
    other.admit().fail();
    other.admit().fail();
    expect(other.state.status).toBe('open');
    await redis.settled();
    expect(other.state).toMatchObject({ status: 'closed', failures: 0 });
  });
});

describe('D8: the probe', () => {
  it('is fetched by the first refusal, and there is one among all', async () => {
    const [one, other] = await twoHalfOpen();
    const [events, others] = [eventsOf(one), eventsOf(other)];
    const refused = follow(other, of('answer'));
    other.check();
    expect(others).toEqual(['half-opened']); // at once, whatever Redis says
    await redis.settled();
    expect(refused.outcome).toBe('refused');
    expect(other.check()).toBeUndefined(); // it holds the probe
    expect(await call(one)).toBe('refused');
    expect(one.check()!.retryAfter).toBeLessThanOrEqual(2_001);
    const probe = new Subject<string>();
    const probing = await settledCall(other, probe);
    expect(probing.connected).toBe(true);
    for (let ms = 0; ms < 6_000; ms += 100) {
      await redis.pass(100, 50);
      expect([await call(one), await call(other)]).toEqual(['refused', 'refused']);
    }
    probe.next('answer');
    await redis.pass(900, 100);
    await call(one);
    expect([one.state, other.state]).toMatchObject([{ status: 'closed', openings: 0 }, { status: 'closed', openings: 0 }]);
    expect([events.at(-2), others.at(-1)]).toEqual(['closed', 'closed']);
    expect(await call(one)).toBe('answer');
  });

  it('is fetched although it was asked for a bit too early, because messages travel', async () => {
    const [one] = await twoHalfOpen();
    redis.ahead = -1;
    expect(await call(one)).toBe('refused');
    await redis.pass(30, 10);
    expect(one.check()).toBeUndefined();
    expect(redis.scheduler.pending).toBe(0);
  });

  it('is told of with a short retryAfter while it is fetched', async () => {
    const [one] = await twoHalfOpen();
    const refusals: CircuitOpenError[] = [];
    of(1).pipe(circuitBreak(one)).subscribe({ error: (error) => refusals.push(error) });
    expect(() => one.admit()).toThrow(expect.objectContaining({ retryAfter: 100 }));
    await redis.settled();
    expect(refusals).toMatchObject([{ retryAfter: expect.any(Number) }]);
    expect(refusals[0]!.retryAfter).toBeLessThanOrEqual(800);
  });

  it('that fails reopens for all, with one opening more', async () => {
    const config = { recoveryTimeout: (openings: number) => openings * recoveryTimeout };
    const [one, other] = await twoHalfOpen(config);
    await call(one);
    await call(one, 'fails');
    await redis.pass(900, 100);
    await call(other);
    expect(other.state).toMatchObject({ status: 'open', openings: 2, openUntil: one.state.openUntil });
    expect(one.state.openUntil! - one.state.openedAt!).toBe(10_000);
  });

  it('is waited for by turn(), in all processes, and those behind go when it is closed', async () => {
    const [one, other] = await twoHalfOpen();
    const probe = new Subject<string>();
    const calls = [follow(one, probe, { whenOpen: 'wait' }), follow(other, of('answer'), { whenOpen: 'wait' }), follow(other, of('answer'), { whenOpen: 'wait' })];
    await redis.pass(3_000, 100);
    expect(calls.map(({ connected }) => connected)).toEqual([true, false, false]);
    probe.next('answer');
    await redis.pass(1_100, 100);
    expect(calls.map(({ outcome }) => outcome)).toEqual(['answer', 'answer', 'answer']);
  });

  it('waits for openUntil with those who wait', async () => {
    const breaker = breakerOf();
    await open(breaker);
    const waiting = follow(breaker, of('answer'), { whenOpen: 'wait' });
    await redis.pass(recoveryTimeout - 100, 100);
    expect(waiting.connected).toBe(false);
    await redis.pass(110, 10);
    expect(waiting.outcome).toBe('answer');
    expect(redis.scheduler.pending).toBe(0);
  });

  it('goes back at once if its call gives no verdict, unless another call of the process waits for it', async () => {
    const [one, other] = await twoHalfOpen();
    await call(one);
    const probing = await settledCall(one, NEVER);
    expect(await call(other)).toBe('refused');
    probing.leave();
    await redis.settled();
    await redis.pass(1_600, 100);
    await call(other);
    expect(await call(other)).toBe('answer');

    const third = breakerOf();
    await call(third);
    await open(third);
    await redis.pass(recoveryTimeout, 100);
    const first = follow(third, NEVER, { whenOpen: 'wait' });
    await redis.settled();
    expect(first.connected).toBe(true);
    const next = follow(third, of('answer'), { whenOpen: 'wait' });
    first.leave();
    await redis.settled();
    expect(next.outcome).toBe('answer');
  });

  it('that is not used is free for others after a second and the deadline', async () => {
    const [one, other] = [breakerOf(), breakerOf()];
    await call(other);
    await open(one);
    for (let ms = 0; ms < recoveryTimeout; ms += 500) {
      await redis.pass(500, 100);
      expect([await call(one), await call(other)]).toContain('refused');
    }
    await redis.pass(1_900, 100);
    expect(await call(other)).toBe('refused');
    await redis.pass(200, 100);
    await call(other);
    expect(await call(other)).toBe('answer');
  });

  it('is kept for a process whose calls are rare until its next one', async () => {
    const breaker = breakerOf();
    await open(breaker);
    await redis.pass(40_000, 500);
    expect(await call(breaker)).toBe('refused');
    await redis.pass(40_000, 500);
    await call(breaker); // this one learns that the probe is still its own
    expect(breaker.state.status).toBe('closed');
  });

  it('is lost by a process that did not renew it in time: its verdict decides nothing', async () => {
    const line = new Line();
    const [one, other] = await twoHalfOpen({ deadline: 2_000 }, [line, redis]);
    await call(one);
    const probe = new Subject<string>();
    const probing = await settledCall(one, probe);
    await redis.pass(500, 100);
    line.mode = 'hangs';
    await redis.pass(1_400, 100);
    probe.next('answer');
    expect(probing.outcome).toBe('answer');
    expect(one.state.status).toBe('half-open');
    probe.error(down());
    expect(one.state.status).toBe('half-open');
    await redis.pass(1_600, 100);
    await call(other);
    await call(other, 'fails');
    expect(other.state).toMatchObject({ status: 'open', openings: 2 });
  });

  it('is lost if Redis says that another process holds it, or has decided meanwhile', async () => {
    const [one, other] = await twoHalfOpen();
    await call(one);
    const probe = new Subject<string>();
    await settledCall(one, probe);
    other.reset();
    await redis.pass(600, 100);
    expect(one.state).toMatchObject({ status: 'closed', openings: 0 });
    probe.error(down());
    expect(one.state).toMatchObject({ status: 'closed', failures: 0 });
  });

  it('is lost if Redis has forgotten who holds it: another one decides', async () => {
    const [one] = await twoHalfOpen();
    await call(one);
    const probe = new Subject<string>();
    await settledCall(one, probe);
    await redis.forget(key);
    await redis.pass(600, 100);
    probe.next('answer');
    expect(one.state.status).toBe('half-open');
    await call(one);
    expect(await call(one)).toBe('answer');
    expect(one.state.status).toBe('closed');
  });

  it('B10: that fails after its content has closed it reopens for all', async () => {
    const [one, other] = await twoHalfOpen();
    await call(one);
    const probe = new Subject<string>();
    await settledCall(one, probe);
    probe.next('half an answer');
    probe.error(down());
    await redis.pass(900, 100);
    await call(other);
    expect([one.state.status, other.state.status]).toEqual(['open', 'open']);
    expect(other.state.openings).toBe(1);
  });

  it('B5: that says nothing for halfOpen.timeout has failed', async () => {
    const [one] = await twoHalfOpen({ halfOpen: { timeout: 3_000 } });
    await call(one);
    await settledCall(one, NEVER);
    await redis.pass(3_000, 100);
    expect(one.state).toMatchObject({ status: 'open', openings: 2 });
  });
});

describe('D8: while Redis is away', () => {
  it('each process decides alone, and tells afterwards what it has decided', async () => {
    const line = new Line();
    const [one, other] = [breakerOf({ deadline: 500 }, line), breakerOf()];
    const events = eventsOf(one);
    await Promise.all([call(one), call(other)]);
    line.mode = 'fails';
    await redis.pass(1_000, 100);
    const unsure = follow(one, throwError(down));
    expect(unsure.connected).toBe(false);
    await redis.pass(600, 100);
    expect(unsure.outcome).toBe('down');
    expect(one.state.isAvailable).toBe(false);
    await call(one, 'fails');
    expect(one.state).toMatchObject({ status: 'open', failures: 2 });
    expect(one.isIdle).toBe(false);
    await redis.pass(recoveryTimeout, 500);
    expect(await call(one, 'fails')).toBe('down'); // a probe of its own
    expect(one.state).toMatchObject({ status: 'open', openings: 2 });
    line.mode = 'works';
    await call(one);
    await redis.pass(900, 100);
    await call(one);
    await redis.settled();
    expect(events).toEqual(expect.arrayContaining(['unavailable', 'opened', 'half-opened', 'available']));
    await call(other);
    expect(await call(other)).toBe('refused');
    expect(other.state).toMatchObject({ openings: 2, status: 'open' });
  });

  it('its own success closes what was open before, for all', async () => {
    const line = new Line();
    const [one, other] = await twoHalfOpen({ deadline: 500 }, [line, redis]);
    line.mode = 'fails';
    await call(one);
    await redis.pass(600, 100);
    expect(await call(one)).toBe('answer');
    expect(one.state.status).toBe('closed');
    expect(other.state.status).toBe('half-open');
    line.mode = 'works';
    await call(one);
    await redis.pass(1_000, 100);
    await call(other);
    expect(await call(other)).toBe('answer');
  });

  it('a probe that it let out goes on, if no other process has one', async () => {
    const line = new Line();
    const [one, other] = await twoHalfOpen({ deadline: 500 }, [line, redis]);
    line.mode = 'fails';
    const probe = new Subject<string>();
    const probing = follow(one, probe);
    await redis.pass(600, 100);
    expect(probing.connected).toBe(true);
    line.mode = 'works';
    await redis.pass(1_000, 100);
    expect(one.state.isAvailable).toBe(true);
    expect(await call(other)).toBe('refused');
    expect(await call(other)).toBe('refused');
    probe.next('answer');
    await redis.pass(900, 100);
    await call(other);
    expect([one.state.status, other.state.status]).toEqual(['closed', 'closed']);
  });

  it("'error': calls fail with a LimiterUnavailableError, those who wait as well, and go on when it is back", async () => {
    const line = new Line();
    const breaker = breakerOf({ deadline: 500, whenUnavailable: 'error', name: 'mine' }, line);
    await open(breaker);
    const waiting = follow(breaker, of('answer'), { whenOpen: 'wait' });
    line.mode = 'fails';
    await redis.pass(2_000, 100);
    expect(waiting.outcome).toBe('unavailable');
    expect(await call(breaker)).toBe('unavailable');
    expect(follow(breaker, of('answer'), { whenOpen: 'wait' }).connected).toBe(false);
    expect(() => breaker.admit()).toThrow(LimiterUnavailableError);
    expect(breaker.check()).toMatchObject({ name: 'CircuitOpenError', policyName: 'mine', cause: { name: 'LimiterUnavailableError' } });
    line.mode = 'works';
    await redis.pass(recoveryTimeout, 100);
    await call(breaker);
    expect(await call(breaker)).toBe('answer');
  });

  it('a call that waits to know fails with it, too', async () => {
    const line = new Line();
    line.mode = 'hangs';
    const breaker = breakerOf({ deadline: 500, whenUnavailable: 'error' }, line);
    const calls = [follow(breaker, of('answer')), follow(breaker, of('answer'), { whenOpen: 'wait' })];
    await redis.pass(600, 100);
    expect(calls.map(({ outcome }) => outcome)).toEqual(['unavailable', 'unavailable']);
  });

  it('what an administrator must mend lets no call through, and is over as soon as it is mended', async () => {
    const breaker = breakerOf();
    const raw = server.ioredis();
    await raw.set(`{${key}}:breaker:2`, 'a value of another program');
    let error: unknown;
    of(1).pipe(circuitBreak(breaker)).subscribe({ error: (thrown) => { error = thrown; } });
    await redis.settled();
    expect(error).toBeInstanceOf(LimiterMisconfiguredError);
    expect(() => breaker.admit()).toThrow(LimiterMisconfiguredError);
    await raw.del(`{${key}}:breaker:2`);
    await redis.pass(1_000, 100);
    await call(breaker);
    expect(await call(breaker)).toBe('answer');
  });

  it('Redis that has forgotten all is told again what is open, half-open, and for how long', async () => {
    const [one, other] = [breakerOf(), breakerOf()];
    await call(other);
    await open(one);
    await redis.forget(key);
    await redis.pass(900, 100);
    await call(one);
    await redis.pass(900, 100);
    await call(other);
    expect(other.state).toMatchObject({ status: 'open', openUntil: one.state.openUntil, openings: 1 });
    await redis.pass(recoveryTimeout, 500);
    await redis.forget(key);
    expect([await call(one), await call(other)]).toEqual(['refused', 'refused']);
    expect(await call(one)).toBe('answer'); // it tells that again, and has the probe
  });

  it('an hour after it should have been probed, it is forgotten', async () => {
    const breaker = breakerOf();
    await open(breaker);
    const [name] = await redis.keys(key);
    const expiry = await redis.expiry(name!);
    expect(expiry).toBeGreaterThan(3_600_000);
    expect(expiry).toBeLessThanOrEqual(3_600_000 + recoveryTimeout);
    await redis.pass(3_700_000, 100_000);
    await redis.forget(key);
    expect(await call(breaker)).toBe('answer');
    expect(breaker.state).toMatchObject({ status: 'closed', openings: 0 });
  });
});

describe('RedisCircuitBreaker', () => {
  it('D8: looks no more than about once a second while calls are made, and holds no timer when none are', async () => {
    const breaker = breakerOf();
    const before = redis.scripts;
    for (let ms = 0; ms < 8_000; ms += 20) {
      await redis.pass(20, 20);
      await call(breaker);
    }
    expect(redis.scripts - before).toBeLessThanOrEqual(11);
    expect(redis.scheduler.pending).toBe(0);
  });

  it('C9: those who watch hear of what other processes do without a call', async () => {
    const [one, other] = [breakerOf(), breakerOf()];
    const states: string[] = [];
    const watching = other.state$.subscribe(({ status }) => states.push(status));
    await redis.settled();
    await open(one);
    await redis.pass(900, 100);
    one.reset();
    await redis.pass(900, 100);
    expect(states).toEqual(['closed', 'open', 'closed']);
    watching.unsubscribe();
    await redis.settled();
    expect(redis.scheduler.pending).toBe(0);
  });

  it('reset() closes it for all, and isolate() opens it for this process', async () => {
    const [one, other] = [breakerOf(), breakerOf()];
    await call(other);
    await open(one);
    await redis.pass(900, 100);
    await call(other);
    expect(other.state.status).toBe('open');
    other.reset();
    expect(other.state).toMatchObject({ status: 'closed', openings: 0 });
    await redis.pass(900, 100);
    await call(one);
    expect(one.state.status).toBe('closed');
    const release = one.isolate();
    await redis.settled();
    expect([await call(one), await call(other)]).toEqual(['refused', 'answer']);
    expect(one.check()).not.toHaveProperty('retryAfter');
    release();
    one.reset(); // of what is closed: counts are cleared
    await redis.settled();
    expect(await call(one)).toBe('answer');
  });

  it('C13: has a name for its state, events and errors, and the key of a keyed policy', async () => {
    const breakers = keyed((each) => breakerOf({ key: `${key} ${each}`, name: 'shared' }));
    const breaker = breakers.get('ann');
    const events: RedisCircuitBreakerEvent[] = [];
    breaker.events$.subscribe((event) => events.push(event));
    await open(breaker);
    expect(breaker.state.name).toBe('shared');
    expect(events.every((event) => event.name === 'shared')).toBe(true);
    expect(breaker.check()).toMatchObject({ policyName: 'shared', key: 'ann' });
    expect(breaker.isIdle).toBe(false);
  });

  it('stands wherever a breaker does, and drain() waits until Redis knows what it has decided', async () => {
    const breaker = new RedisCircuitBreaker(server.ioredis(), { key, failureThreshold: 1 });
    expectTypeOf(breaker).toExtend<Breaker>();
    expect(await lastValueFrom(of('a').pipe(resilient({ circuitBreak: breaker })))).toBe('a');
    const client = new ResilientClient({ circuitBreak: breaker });
    expect(await lastValueFrom(client.call(() => of('b')))).toBe('b');
    await expect(lastValueFrom(client.call(() => throwError(down)))).rejects.toThrow('down');
    expect(breaker.core.isTold).toBe(false);
    await lastValueFrom(client.drain(), { defaultValue: undefined });
    expect(breaker.core.isTold).toBe(true);
    const other = new RedisCircuitBreaker(server.ioredis(), { key, failureThreshold: 1 });
    await expect(lastValueFrom(of('c').pipe(circuitBreak(other)))).rejects.toBeInstanceOf(CircuitOpenError);
    const perUser = new ResilientClient({ circuitBreak: keyed(() => other) });
    await expect(firstValueFrom(perUser.call(() => of('d'), { key: 'ann' }))).rejects.toBeInstanceOf(CircuitOpenError);
  });

  it('takes the options of a CircuitBreaker', async () => {
    const breaker = breakerOf({ failureThreshold: undefined, trip: failureRate({ threshold: 0.5, minimumCalls: 2, calls: 4 }), outcome: (error) => ((error as { status?: number }).status === 503 ? 'failure' : 'ignore') });
    await call(breaker);
    expect(breaker.state).toMatchObject({ status: 'closed', calls: 1 });
    await call(breaker, 'fails');
    expect(breaker.state.status).toBe('open');
    const admission: Admission | undefined = await new Promise((resolve) => {
      breaker.turn({ onWait: ({ until }) => expect(until).toBe(breaker.state.openUntil) }).subscribe(resolve);
      void redis.pass(recoveryTimeout + 100, 50);
    });
    expect(admission!.begin!()).toBe(true);
    admission!.succeed();
    expect(breaker.state.status).toBe('closed');
    await redis.settled();
  });

  it.each<[unknown, ErrorConstructor, string]>([
    [undefined, TypeError, 'RedisCircuitBreaker: options must be an object, got undefined'],
    [{}, TypeError, 'RedisCircuitBreaker: key must be given'],
    [{ key: 1 }, TypeError, 'RedisCircuitBreaker: key must be a string, got 1'],
    [{ key: '' }, RangeError, 'RedisCircuitBreaker: key must have 1 to 500 characters'],
    [{ key: 'k', deadline: 0 }, RangeError, 'RedisCircuitBreaker: deadline must be a finite number above 0, got 0'],
    [{ key: 'k', whenUnavailable: 'allow' }, TypeError, "RedisCircuitBreaker: whenUnavailable must be one of 'local', 'error', got \"allow\""],
    [{ key: 'k', initial: {} }, TypeError, 'RedisCircuitBreaker: unknown option initial'],
    [{ key: 'k', halfOpen: { calls: 2 } }, TypeError, 'RedisCircuitBreaker: halfOpen: unknown option calls'],
    [{ key: 'k', failureThreshold: 0 }, RangeError, 'RedisCircuitBreaker: failureThreshold must be'],
    [{ key: 'k', trip: [] }, RangeError, 'RedisCircuitBreaker: trip must hold at least one condition'],
    [{ key: 'k', recoveryTimeout: -1 }, RangeError, 'RedisCircuitBreaker: recoveryTimeout must be'],
  ])('C2: refuses %j', (config, type, message) => {
    const make = () => new RedisCircuitBreaker(redis, (config === undefined ? config : { ...(config as object) }) as never);
    expect(make).toThrow(type);
    expect(make).toThrow(message);
  });

  it('C2: its methods, and what comes of its functions, are refused by the name of the class that the user has', () => {
    expect(() => breakerOf().turn({ maxWait: Number.NaN })).toThrow('RedisCircuitBreaker.turn: maxWait');
    const breaker = breakerOf({ failureThreshold: 1, recoveryTimeout: () => -1 });
    expect(() => breaker.admit().fail(down())).toThrow('RedisCircuitBreaker: recoveryTimeout');
  });

  it('C2: refuses what is no client', () => {
    expect(() => new RedisCircuitBreaker({} as never, { key })).toThrow('RedisCircuitBreaker: client must be an ioredis or a node-redis client');
  });
});
