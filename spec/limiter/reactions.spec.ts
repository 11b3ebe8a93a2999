import { defer, mergeMap, NEVER, type Observable, of, throwError, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { aimd, perMinute, perSecond, RateLimiter, type RateLimiterEvent, ResilientClient, rateLimit } from '../../src/index';
import { VirtualScheduler } from '../../src/testing';
import { apiError } from '../support/timeline';

type Config = ConstructorParameters<typeof RateLimiter>[0];

const throttled = throwError(() => apiError(429));
const throttledFor = (seconds: number) => throwError(() => apiError(429, {}, { 'retry-after': `${seconds}` }));
const broken = throwError(() => new Error('broken'));

/** A limiter, what it tells, and when its calls begin. */
function rig(config: Partial<Config> = {}) {
  const scheduler = new VirtualScheduler();
  const limiter = new RateLimiter({ limits: perMinute(100_000), ...config, scheduler } as Config);
  const events: RateLimiterEvent[] = [];
  limiter.events$.subscribe((event) => events.push(event));
  const begun: number[] = [];
  const call = (source: Observable<unknown>) =>
    defer(() => {
      begun.push(scheduler.now());
      return source;
    })
      .pipe(rateLimit(limiter))
      .subscribe({ error: () => undefined });
  return {
    scheduler, limiter, events, begun, call,
    at: (ms: number, work: () => void) => scheduler.schedule(work, ms),
    answer: (ms: number, end: Observable<unknown>) => timer(ms, scheduler).pipe(mergeMap(() => end)),
    pauses: () => events.flatMap((event) => (event.type === 'paused' ? [[event.at, event.until, event.by]] : [])),
  };
}

describe('pauses answer throttled calls', () => {
  it('L6: pauses without a hint answer the first throttled call, and twice as long for each in a row, at most 30 s', () => {
    const { scheduler, begun, call, pauses } = rig();
    for (let index = 0; index < 8; index += 1) {
      call(throttled);
    }
    scheduler.flush();
    expect(begun).toEqual([0, 1_000, 3_000, 7_000, 15_000, 31_000, 61_000, 91_000]);
    expect(pauses()[1]).toEqual([1_000, 3_000, 'throttle']);
  });

  it('L6: throttlePause sets the first pause, also without a pace', () => {
    const { scheduler, begun, call } = rig({ throttlePause: 50, pace: false });
    for (let index = 0; index < 3; index += 1) {
      call(throttled);
    }
    scheduler.flush();
    expect(begun).toEqual([0, 50, 150]);
  });

  it('L6: throttlePause: 0 makes no pause without a hint', () => {
    const { scheduler, limiter, begun, call } = rig({ throttlePause: 0, pace: false });
    call(throttled);
    call(throttled);
    expect(begun).toEqual([0, 0]);
    call(throttledFor(3));
    expect(limiter.state.pausedUntil).toBe(3_000);
    scheduler.flush();
  });

  it('L6: without a pace a throttled call makes no pause once the provider has taken another', () => {
    const { scheduler, call, at, answer, pauses } = rig({ pace: false });
    call(throttled);
    at(2_000, () => call(of('taken')));
    at(2_100, () => call(answer(10, throttled)));
    scheduler.flush();
    expect(pauses()).toEqual([[0, 1_000, 'throttle']]);
  });

  it('L6: a call that was granted before the last reaction only prolongs the pause, by its hint', () => {
    const { scheduler, limiter, call, answer, pauses } = rig();
    call(answer(10, throttled));
    call(answer(20, throttled));
    call(answer(30, throttledFor(5)));
    scheduler.flush(100);
    expect(pauses()).toEqual([[10, 1_010, 'throttle'], [30, 5_030, 'hint']]);
    expect(limiter.state.pace).toBe(1);
    scheduler.flush();
  });

  it('L6: 503 with a hint pauses, and starts no pace', () => {
    const { limiter, call, pauses } = rig();
    call(throwError(() => apiError(503, {}, { 'retry-after': '5' })));
    expect(pauses()).toEqual([[0, 5_000, 'hint']]);
    expect(limiter.state).not.toHaveProperty('pace');
  });

  it('L6: a hint given by hand is cut off at maxPause, and checked', () => {
    const { limiter } = rig({ maxPause: 10_000 });
    const permit = limiter.tryAcquire()!;
    expect(() => permit.throttled!(-1)).toThrow('Permit.throttled: hint must be a finite number of at least 0, got -1');
    permit.throttled!(3_600_000);
    permit.settle();
    permit.throttled!(9_999_999);
    expect(limiter.state.pausedUntil).toBe(10_000);
  });
});

describe('the probe', () => {
  /** Ten calls wait when the first one is throttled; the next ones are these. */
  function probes(source: (at: { answer: ReturnType<typeof rig>['answer'] }) => Observable<unknown>, leaves = false) {
    const made = rig();
    made.call(throttled);
    const first = made.call(source(made));
    for (let index = 0; index < 5; index += 1) {
      made.call(NEVER);
    }
    if (leaves) {
      made.at(1_300, () => first.unsubscribe());
    }
    made.scheduler.flush(4_000);
    return made.begun.slice(1, 4);
  }

  it('L10: is proven at its first value: then one call a second, and twice as many every second', () => {
    const [probe, second, third] = probes(({ answer }) => answer(300, of('value')));
    expect([probe, second]).toEqual([1_000, 2_300]);
    expect(third! - second!).toBeLessThanOrEqual(500);
  });

  it('L10: is proven answer a second without a word, so that a probe that stalls holds nobody up', () => {
    expect(probes(() => NEVER).slice(0, 2)).toEqual([1_000, 3_000]);
  });

  it('L10: gives its place to the next when it fails otherwise or is unsubscribed', () => {
    expect(probes(({ answer }) => answer(300, broken)).slice(0, 2)).toEqual([1_000, 1_300]);
    expect(probes(() => NEVER, true).slice(0, 2)).toEqual([1_000, 1_300]);
  });

  it('L10: gives its place back with a refund', () => {
    const { scheduler, limiter, call } = rig();
    call(throttled);
    scheduler.flush(1_000);
    const probe = limiter.tryAcquire()!;
    expect(limiter.tryAcquire()).toBeUndefined();
    probe.refund();
    const next = limiter.tryAcquire()!;
    next.accepted!();
    next.accepted!();
    expect(limiter.tryAcquire()).toBeUndefined();
    scheduler.flush(2_000);
    expect(limiter.tryAcquire()).toBeDefined();
  });

  it('L10: a failure inside of the answer is no first value', () => {
    const { scheduler, limiter, begun } = rig();
    const client = new ResilientClient({ rateLimit: limiter as RateLimiter, scheduler });
    const failing = of({ error: { message: 'Too many requests', code: 'rate_limit_exceeded', type: 'rate_limit_error' } });
    for (let index = 0; index < 3; index += 1) {
      const opened = defer(() => {
        begun.push(scheduler.now());
        return failing;
      });
      client.call(() => opened).subscribe({ error: () => undefined });
    }
    scheduler.flush();
    expect(begun).toEqual([0, 1_000, 3_000]);
  });
});

describe('the pace of a limiter', () => {
  it('L10: is told, does not grow while nobody waits for it, and is forgotten answer ten minutes', () => {
    const { scheduler, limiter, call, events } = rig();
    call(throttled);
    expect(limiter.state.pace).toBe(1);
    scheduler.flush(10_000);
    call(of('taken'));
    scheduler.flush(60_000);
    expect(limiter.state.pace).toBe(1);
    scheduler.flush(600_000);
    expect(limiter.state).not.toHaveProperty('pace');
    expect(events.filter(({ type }) => type === 'paced').length).toBe(1);
  });

  it('L10: is a tenth less answer a throttled call that came while nobody waited', () => {
    const { scheduler, limiter, call, at, answer, events } = rig();
    call(throttled);
    at(2_000, () => call(of('taken')));
    at(5_000, () => call(answer(10, throttled)));
    scheduler.flush(6_000);
    expect(limiter.state.pace).toBeCloseTo(0.9);
    expect(limiter.state.pausedUntil).toBe(0);
    expect(events.flatMap((event) => (event.type === 'paced' ? [event.perSecond] : []))).toEqual([1, 0.9]);
  });

  it('L10: saves up one call while nobody waits for it, so that those who come together do not begin together', () => {
    const { scheduler, limiter, begun, call, at } = rig();
    call(throttled);
    at(1_000, () => call(of('taken')));
    for (let index = 0; index < 300; index += 1) {
      at(1_001, () => call(of('taken')));
    }
    scheduler.flush(20_000);
    expect(limiter.state.pace).toBeGreaterThan(100);
    at(10_000, () => begun.splice(0));
    for (let index = 0; index < 3; index += 1) {
      at(10_000, () => call(of('taken')));
    }
    scheduler.flush(40_000);
    expect(begun.map((each) => each - begun[0]!)).toEqual([0, 4, 9]);
  });

  it.each<[string, (limiter: RateLimiter<string>, at: (ms: number, work: () => void) => void) => void]>([
    ['watches the state', (limiter) => limiter.state$.subscribe()],
    [
      'comes with the earliest deadline, and leaves',
      (limiter, at) => {
        for (let time = 0; time < 3_000; time += 70) {
          at(time, () => {
            const place = limiter.acquire(1, { priority: -1, maxWait: 60_000 }).subscribe();
            at(40, () => place.unsubscribe());
          });
        }
      },
    ],
  ])('L10: nobody begins sooner or later because somebody else %s', (_, look) => {
    const begunBeside = (seen: typeof look) => {
      const { scheduler, limiter, begun, call, at, answer } = rig({ throttlePause: 100 });
      call(throttled);
      for (let index = 0; index < 40; index += 1) {
        call(answer(1, of('x')));
      }
      at(200, () => seen(limiter, at));
      scheduler.flush();
      return begun;
    };
    expect(begunBeside(look)).toEqual(begunBeside(() => undefined));
  });

  it('L10: one call is saved up during a pause', () => {
    const { scheduler, begun, call, at, answer } = rig();
    call(throttled);
    at(1_000, () => call(of('taken')));
    at(3_000, () => call(throttledFor(2)));
    at(3_100, () => {
      call(answer(10, of('taken')));
      call(of('taken'));
    });
    scheduler.flush(10_000);
    expect(begun.slice(2)).toEqual([3_000, 5_000, 6_111]);
  });

  it('L10: is forgotten by reset, and off with pace: false', () => {
    const { limiter, call } = rig();
    call(throttled);
    limiter.reset();
    expect(limiter.state).not.toHaveProperty('pace');
    const off = rig({ pace: false });
    off.call(throttled);
    expect(off.limiter.state).not.toHaveProperty('pace');
  });

  it('L10: those who watch the state see it go', () => {
    const { scheduler, limiter, call } = rig();
    const seen: (number | undefined)[] = [];
    limiter.state$.subscribe(({ pace }) => seen.push(pace));
    call(throttled);
    scheduler.flush(700_000);
    expect(seen[0]).toBeUndefined();
    expect(seen).toContain(1);
    expect(seen.at(-1)).toBeUndefined();
  });

  it('L10: stands beside the limits: who is slower binds', () => {
    const { scheduler, begun, call } = rig({ limits: perSecond(1) });
    call(throttled);
    for (let index = 0; index < 20; index += 1) {
      call(of('taken'));
    }
    scheduler.flush();
    expect(begun.slice(-5)).toEqual([16_000, 17_000, 18_000, 19_000, 20_000]);
  });
});

describe('an adaptive limit in a limiter', () => {
  it('A1, A3: has no pace and no pause without a hint, and tells when its whole number changes', () => {
    const { scheduler, limiter, call, events, answer, pauses } = rig({ maxConcurrent: aimd({ initial: 2, max: 4 }) });
    expect(limiter.state.maxConcurrent).toBe(2);
    for (let index = 0; index < 6; index += 1) {
      call(answer(10 + index, of('taken')));
    }
    expect(limiter.state.inFlight).toBe(2);
    scheduler.flush(15);
    expect(limiter.state.maxConcurrent).toBe(4);
    scheduler.flush(100);
    for (let index = 0; index < 4; index += 1) {
      call(answer(10, throttled));
    }
    scheduler.flush(200);
    expect(limiter.state.maxConcurrent).toBe(3);
    expect(pauses()).toEqual([]);
    expect(limiter.state).not.toHaveProperty('pace');
    expect(events.flatMap((event) => (event.type === 'limit-changed' ? [event.limit] : []))).toEqual([3, 4, 3]);
    limiter.reset();
    expect(limiter.state.maxConcurrent).toBe(3);
  });

  it('A1: one descriptor makes a limit for each limiter', () => {
    const maxConcurrent = aimd({ initial: 1 });
    const [one, other] = [rig({ maxConcurrent }), rig({ maxConcurrent })];
    one.call(of('taken'));
    expect([one.limiter.state.maxConcurrent, other.limiter.state.maxConcurrent]).toEqual([2, 1]);
  });

  it('A3: a hint pauses; update sets another limit, or a number', () => {
    const { limiter, call } = rig({ maxConcurrent: aimd() });
    call(throttledFor(2));
    expect(limiter.state.pausedUntil).toBe(2_000);
    limiter.update({ maxConcurrent: aimd({ initial: 7 }) });
    expect(limiter.state.maxConcurrent).toBe(7);
    limiter.update({ maxConcurrent: 3 });
    expect(limiter.state).not.toHaveProperty('maxConcurrent');
    limiter.update({ maxConcurrent: aimd({ initial: 7 }) });
    expect(limiter.state.maxConcurrent).toBe(7);
  });

  it('C2: what is neither a number nor adaptive is refused', () => {
    expect(() => new RateLimiter({ maxConcurrent: {} as never })).toThrow('RateLimiter: maxConcurrent must be a number, got {}');
    expect(() => new RateLimiter({ maxConcurrent: 1, throttlePause: -1 })).toThrow('RateLimiter: throttlePause must be');
    expect(() => new RateLimiter({ maxConcurrent: 1, pace: 5 as never })).toThrow('RateLimiter: pace must be a boolean, got 5');
    expect(() => rig().limiter.update({ maxConcurrent: 0 })).toThrow('RateLimiter.update: maxConcurrent must be');
  });
});
