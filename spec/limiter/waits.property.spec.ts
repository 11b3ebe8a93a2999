import { concat, defer, ignoreElements, NEVER, type Observable, of, throwError, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { RateLimiter, rateLimit, tokenBucket } from '../../src/index';
import { VirtualScheduler } from '../../src/testing';
import { fc, runs } from '../support/property';
import { apiError } from '../support/timeline';

describe('who waits beside others', { timeout: runs(60_000) }, () => {
  const second = { requests: tokenBucket({ capacity: 1, refill: 1, interval: 1_000 }) };

  /** What each call of a light tenant waits, in ms. */
  function waits(gaps: readonly number[], crowd: number): number[] {
    const scheduler = new VirtualScheduler();
    const limiter = new RateLimiter({ limits: second, fair: true, scheduler });
    const waited: number[] = [];
    for (let index = 0; index < crowd; index += 1) {
      limiter.acquire(1, { tenant: 'heavy' }).subscribe((permit) => permit.settle());
    }
    let at = 0;
    for (const [index, gap] of gaps.entries()) {
      at += gap;
      scheduler.schedule(() => {
        const since = scheduler.now();
        limiter.acquire(1, { tenant: 'light' }).subscribe((permit) => {
          waited[index] = scheduler.now() - since;
          permit.settle();
        });
      }, at);
    }
    scheduler.flush(at + 60_000);
    return waited;
  }

  it('L11: waits one service time more than alone at most, whatever the other has queued up', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 2_000, max: 9_000 }), { minLength: 1, maxLength: 12 }), (gaps) => {
        const [alone, beside] = [waits(gaps, 0), waits(gaps, 1_000)];
        expect(beside.length).toBe(gaps.length);
        expect(Math.max(...beside.map((each, index) => each - alone[index]!))).toBeLessThanOrEqual(1_000);
      }),
      { numRuns: runs(20) },
    );
  });

  it('L11: shares are within 5 % over a minute, at any weights and costs', () => {
    const tenant = fc.record({ weight: fc.constantFrom(0.2, 0.5, 1, 2, 3, 5, 10), tokens: fc.integer({ min: 50, max: 200 }) });
    fc.assert(
      fc.property(fc.array(tenant, { minLength: 2, maxLength: 4 }), (tenants) => {
        const scheduler = new VirtualScheduler();
        const limiter = new RateLimiter({
          limits: { tokens: tokenBucket({ capacity: 1_000, refill: 1_000, interval: 1_000 }) },
          fair: { weight: (name) => tenants[Number(name)]!.weight },
          scheduler,
        });
        const got = tenants.map(() => 0);
        for (const [index, { tokens }] of tenants.entries()) {
          for (let asked = 0; asked < 1_300; asked += 1) {
            limiter.acquire({ tokens }, { tenant: String(index) }).subscribe((permit) => {
              got[index]! += tokens;
              permit.settle();
            });
          }
        }
        scheduler.flush(60_000);
        const [all, weights] = [got.reduce((one, other) => one + other), tenants.reduce((sum, { weight }) => sum + weight, 0)];
        for (const [index, { weight }] of tenants.entries()) {
          expect(Math.abs(got[index]! / all - weight / weights)).toBeLessThan(0.05);
        }
      }),
      { numRuns: runs(15) },
    );
  });

  it('L12: nobody is overtaken by a call that came later than its higher priority is worth', () => {
    const ageing = 400;
    const call = fc.record({ gap: fc.integer({ min: 0, max: 150 }), priority: fc.integer({ min: 0, max: 4 }) });
    fc.assert(
      fc.property(fc.array(call, { minLength: 10, maxLength: 60, size: 'max' }), (calls) => {
        const scheduler = new VirtualScheduler();
        const limiter = new RateLimiter({ limits: tokenBucket({ capacity: 1, refill: 1, interval: 100 }), ageing, scheduler });
        let waiting: { readonly since: number; readonly priority: number }[] = [];
        const overtaken: typeof waiting = [];
        let at = 0;
        for (const { gap, priority } of calls) {
          at += gap;
          scheduler.schedule(() => {
            const mine = { since: scheduler.now(), priority };
            let isGranted = false;
            limiter.acquire(1, { priority }).subscribe((permit) => {
              isGranted = true;
              waiting = waiting.filter((each) => each !== mine);
              overtaken.push(...waiting.filter(({ since, priority: lower }) => mine.since - since > (priority - lower) * ageing));
              permit.settle();
            });
            waiting.push(...(isGranted ? [] : [mine]));
          }, at);
        }
        scheduler.flush();
        expect([waiting, overtaken]).toEqual([[], []]);
      }),
      { numRuns: runs(100) },
    );
  });
});

describe('who waits behind a probe', { timeout: runs(60_000) }, () => {
  type Trouble = { readonly kind: 'stalls' | 'never ends' | 'fails' | 'leaves' | 'answers'; readonly ms: number };
  const trouble: fc.Arbitrary<Trouble> = fc.record({
    kind: fc.constantFrom<Trouble['kind'][]>('stalls', 'never ends', 'fails', 'leaves', 'answers'),
    ms: fc.integer({ min: 1, max: 5_000 }),
  });

  it('L10: waits no longer than 3 s for the next grant, whatever becomes of the calls that were granted', () => {
    fc.assert(
      fc.property(fc.array(trouble, { minLength: 5, maxLength: 20 }), (troubles) => {
        const scheduler = new VirtualScheduler();
        const limiter = new RateLimiter({ maxConcurrent: 1_000, scheduler });
        const begun: number[] = [];
        const later = (ms: number, end: Observable<unknown>) => concat(timer(ms, scheduler).pipe(ignoreElements()), end);
        const sources: { readonly [kind in Trouble['kind']]: (ms: number) => Observable<unknown> } = {
          stalls: () => later(60_000, of('value')),
          'never ends': (ms) => later(ms, concat(of('value'), NEVER)),
          fails: (ms) => later(ms, throwError(() => new Error('broken'))),
          leaves: () => NEVER,
          answers: (ms) => later(ms, of('value')),
        };
        const call = (source: Observable<unknown>, leavesAfter?: number) => {
          const calling = defer(() => {
            begun.push(scheduler.now());
            if (leavesAfter !== undefined) {
              scheduler.schedule(() => calling.unsubscribe(), leavesAfter);
            }
            return source;
          })
            .pipe(rateLimit(limiter))
            .subscribe({ error: () => undefined });
        };
        call(throwError(() => apiError(429)));
        for (const { kind, ms } of troubles) {
          call(sources[kind](ms), kind === 'leaves' ? ms : undefined);
        }
        scheduler.flush(100_000);
        expect(begun.length).toBe(troubles.length + 1);
        expect(Math.max(...begun.slice(1).map((at, index) => at - begun[index]!))).toBeLessThanOrEqual(3_000);
      }),
      { numRuns: runs(100) },
    );
  });
});
