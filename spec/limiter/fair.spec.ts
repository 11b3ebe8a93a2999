import { of } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { type Permit, perMinute, perSecond, RateLimiter, ResilientClient, rateLimit, tokenBucket } from '../../src/index';
import { Deadlines } from '../../src/internal/queue/deadlines';
import { seededRandom, VirtualScheduler } from '../../src/testing';

type Config = ConstructorParameters<typeof RateLimiter>[0];

function rig(config: Partial<Config>) {
  const scheduler = new VirtualScheduler();
  const limiter = new RateLimiter<string>({ fair: true, ...config, scheduler } as never);
  const granted: string[] = [];
  const waits = new Map<string, number[]>();
  const ask = (tenant: string, options: { priority?: number; retry?: boolean; cost?: object; label?: string; then?: (permit: Permit) => void } = {}) => {
    const { cost, label = tenant, then = (permit: Permit) => permit.settle(), ...others } = options;
    const since = scheduler.now();
    return limiter.acquire(cost as never, { ...others, tenant }).subscribe({
      next: (permit) => {
        granted.push(label);
        waits.set(tenant, [...(waits.get(tenant) ?? []), scheduler.now() - since]);
        then(permit);
      },
      error: () => granted.push(`${label} refused`),
    });
  };
  return { scheduler, limiter, granted, waits, ask };
}

describe('a fair limiter', () => {
  it('L11: serves tenants in turn, whatever one of them has queued up', () => {
    const { scheduler, granted, ask } = rig({ limits: perSecond(1) });
    for (let index = 0; index < 1_000; index += 1) {
      ask('a');
    }
    ask('b');
    ask('b');
    scheduler.flush(4_000);
    expect(granted).toEqual(['a', 'b', 'a', 'b', 'a']);
  });

  it('L11: shares go by the largest part of a limit, and the call that would be done first is next', () => {
    const { scheduler, granted, waits, ask } = rig({ limits: { requests: perMinute(500), tokens: tokenBucket({ capacity: 200_000, refill: 200_000, interval: 60_000 }) } });
    const random = seededRandom(3);
    for (let index = 0; index < 50; index += 1) {
      ask('heavy', { cost: { tokens: 150_000 } });
    }
    for (let at = 1_000; at < 300_000; at += 2_000) {
      scheduler.schedule(() => ask('light', { cost: { tokens: 500 + Math.floor(random() * 500) } }), at);
    }
    scheduler.flush(300_000);
    expect(granted.filter((each) => each === 'heavy').length).toBeGreaterThan(4);
    expect([...waits.get('light')!].sort((one, other) => one - other)[75]).toBeLessThan(1_000);
  });

  it('L11: is first in, first out within a tenant, and a retry stands first within its tenant only', () => {
    const { scheduler, granted, ask } = rig({ limits: perSecond(1) });
    ask('a', { label: 'a1' });
    ask('a', { label: 'a2' });
    ask('b', { label: 'b1' });
    ask('a', { label: 'a3' });
    ask('a', { label: 'a-retry', retry: true });
    scheduler.flush(5_000);
    expect(granted).toEqual(['a1', 'b1', 'a-retry', 'a2', 'a3']);
  });

  it('L11: a higher priority goes first, whoever asks', () => {
    const { scheduler, granted, ask } = rig({ limits: perSecond(1) });
    for (let index = 0; index < 3; index += 1) {
      ask('a', { priority: 1, label: 'a1' });
    }
    ask('b');
    scheduler.flush(5_000);
    expect(granted).toEqual(['a1', 'a1', 'a1', 'b']);
  });

  it('L11: a settlement moves what the tenant has had', () => {
    const limits = { tokens: tokenBucket({ capacity: 100, refill: 10, interval: 1_000 }) };
    const { scheduler, granted, ask } = rig({ limits });
    const cost = { tokens: 50 };
    const used = (tokens: number) => (permit: Permit) => permit.settle({ tokens });
    ask('a', { cost, then: used(5) });
    ask('b', { cost, then: used(95) });
    for (let index = 0; index < 3; index += 1) {
      ask('b', { cost });
      ask('a', { cost });
    }
    scheduler.flush(12_000);
    expect(granted).toEqual(['a', 'b', 'a', 'a']);
  });

  it('L11: a refund gives back; what is used too much counts also for a tenant of which nothing is known any more', () => {
    const { scheduler, limiter, granted, ask } = rig({ maxConcurrent: 2 });
    const permits: Permit[] = [];
    const then = (permit: Permit) => permits.push(permit);
    ask('a', { then: (permit) => permit.refund() });
    ask('a', { then });
    ask('b', { then });
    ask('a', { then });
    ask('b', { then });
    permits.shift()!.settle({ tokens: 5 });
    limiter.reset();
    permits.shift()!.settle();
    scheduler.flush();
    expect(granted).toEqual(['a', 'a', 'b', 'b', 'a']);
  });

  it('L11: newcomers that would be done before the head go first, also past one that does not fit', () => {
    const { scheduler, granted, ask } = rig({ limits: { tokens: tokenBucket({ capacity: 100, refill: 10, interval: 1_000 }) } });
    ask('a', { cost: { tokens: 60 } });
    ask('b', { cost: { tokens: 90 } });
    ask('c', { cost: { tokens: 10 } });
    expect(granted).toEqual(['a', 'c']);
    scheduler.flush();
    expect(granted).toEqual(['a', 'c', 'b']);
  });

  it('L11, L3: leaves, is refused at its deadline, and is foreseen by its own cost', () => {
    const { scheduler, limiter, granted, ask } = rig({ limits: perSecond(1), maxWait: 1_500 });
    ask('a');
    const leaver = ask('a');
    ask('b');
    ask('b', { label: 'late' });
    leaver.unsubscribe();
    expect(limiter.state.waiting).toBe(2);
    const refused: unknown[] = [];
    limiter.acquire(1, { tenant: 'c', maxWait: 500 }).subscribe({ error: ({ reason }) => refused.push(reason) });
    scheduler.flush();
    expect(granted).toEqual(['a', 'b', 'late refused']);
    expect(refused).toEqual(['wait-too-long']);
    limiter.reset();
    expect(limiter.tryAcquire()).toBeDefined();
  });

  it('C6: grants that ask again, and leave, inside of a grant', () => {
    const { scheduler, limiter, granted, ask } = rig({ limits: perSecond(2) });
    ask('a');
    ask('a');
    const again = () => ask('a', { label: 'again' });
    const waiting = ask('b', { label: 'leaver' });
    ask('a', { then: (permit) => { permit.settle(); waiting.unsubscribe(); again(); } });
    ask('b', { label: 'b2', then: (permit) => { permit.refund(); ask('c'); } });
    scheduler.flush();
    expect(limiter.state.waiting).toBe(0);
    expect([...granted].sort()).toEqual(['a', 'a', 'a', 'again', 'b2', 'c', 'leaver'].sort());
  });

  it('C14: remembers a bounded number of tenants', () => {
    const { limiter } = rig({ maxConcurrent: 100_000 });
    for (let index = 0; index < 25_000; index += 1) {
      limiter.acquire(1, { tenant: `tenant ${index}` }).subscribe();
    }
    const { shares } = (limiter.core as unknown as { fair: { shares: { size: number } } }).fair;
    expect(shares.size).toBeLessThanOrEqual(10_001);
  });

  it('C14: tenants that wait with many priorities cost no more steps than with one', () => {
    const { limiter, ask } = rig({ maxConcurrent: 1 });
    limiter.pause(1);
    for (let index = 0; index < 2_000; index += 1) {
      ask(index % 2 === 0 ? 'a' : 'b', { priority: index >> 1 });
    }
    const steps = vi.spyOn(Deadlines.prototype, 'add');
    limiter.resume();
    expect(limiter.state.waiting).toBe(0);
    expect(steps.mock.calls.length).toBeLessThan(10 * 2_000);
    steps.mockRestore();
  });

  it('L11: a priority that was not the highest for long hears what tenants have had meanwhile', () => {
    const { scheduler, granted, ask } = rig({ limits: perSecond(1) });
    ask('b', { priority: 1 });
    for (const tenant of ['a', 'b', 'c', 'd']) {
      ask(tenant, { label: `${tenant} low` });
    }
    for (let index = 0; index < 60; index += 1) {
      ask(index % 2 === 0 ? 'a' : 'b', { priority: 1 });
    }
    scheduler.flush(64_000);
    expect(granted.slice(-4).sort()).toEqual(['a low', 'b low', 'c low', 'd low']);
    expect(granted.slice(-4, -2).sort()).toEqual(['c low', 'd low']);
  });

  it('L11: a client shares by the key, by key.user, or by the tenant of a call', () => {
    const scheduler = new VirtualScheduler();
    const seen: string[] = [];
    const limiter = new RateLimiter({ limits: perSecond(1), fair: { weight: (tenant) => (seen.push(tenant) > 0 ? 1 : 1) }, scheduler });
    const client = new ResilientClient({ rateLimit: limiter, scheduler });
    for (const options of [{ key: 'one' }, { key: { user: 'two' } }, { key: 'no', tenant: 'three' }, {}]) {
      client.call(() => 'answer', options).subscribe();
    }
    of(1).pipe(rateLimit(limiter, { tenant: 'four' })).subscribe();
    scheduler.flush();
    expect(seen).toEqual(expect.arrayContaining(['one', 'two', 'three', '', 'four']));
  });

  it.each([
    [{ fair: 1 }, 'RateLimiter: fair must be true, false or { weight }, got 1'],
    [{ fair: { weights: 1 } }, 'RateLimiter: fair: unknown option weights: 1'],
    [{ fair: { weight: 2 } }, 'RateLimiter: fair: weight must be a function, got 2'],
    [{ ageing: 0 }, 'RateLimiter: ageing must be a finite number above 0, got 0'],
  ])('C2: refuses %j', (config, text) => {
    expect(() => new RateLimiter({ maxConcurrent: 1, ...config } as never)).toThrow(text);
  });

  it('C2: refuses a tenant that is no string, and a weight that is no number above 0', () => {
    const limiter = new RateLimiter({ maxConcurrent: 1, fair: { weight: () => 0 } });
    expect(() => limiter.acquire(1, { tenant: 5 as never })).toThrow('RateLimiter.acquire: tenant must be a string, got 5');
    let error: unknown;
    limiter.acquire(1, { tenant: 'a' }).subscribe({ error: (thrown) => { error = thrown; } });
    expect(String(error)).toBe('RangeError: RateLimiter: fair.weight must return a finite number above 0, got 0 for the tenant "a"');
  });
});

describe('ageing', () => {
  it('L12: counts every so many ms as one priority more, so that nobody waits for ever', () => {
    const { scheduler, granted, ask } = rig({ limits: perSecond(1), fair: false, ageing: 3_000 });
    ask('first');
    ask('low', { label: 'low' });
    for (let at = 500; at < 10_000; at += 1_000) {
      scheduler.schedule(() => ask('high', { priority: 1, label: `high ${at}` }), at);
    }
    scheduler.flush(6_000);
    expect(granted).toEqual(['first', 'high 500', 'high 1500', 'high 2500', 'low', 'high 3500', 'high 4500']);
  });

  it('L12: a retry goes before first attempts of its priority, unless they have aged', () => {
    const { scheduler, granted, ask } = rig({ limits: perSecond(1), fair: false, ageing: 3_000 });
    ask('first');
    ask('old');
    scheduler.schedule(() => {
      ask('young');
      ask('retry', { retry: true });
    }, 900);
    scheduler.flush(5_000);
    expect(granted).toEqual(['first', 'retry', 'old', 'young']);
  });

  it('L12, L11: only the head of a tenant ages, from when it became head', () => {
    const { scheduler, granted, ask } = rig({ limits: perSecond(1), ageing: 3_000 });
    ask('first');
    for (let index = 0; index < 3; index += 1) {
      ask('low');
    }
    for (let index = 0; index < 20; index += 1) {
      ask('high', { priority: 1 });
    }
    scheduler.flush(10_000);
    expect(granted.flatMap((each, index) => (each === 'low' ? [index] : []))).toEqual([3, 6, 9]);
  });
});
