import { describe, expect, it } from 'vitest';
import type { Permit } from '../../src/limiter/limiter';
import { RateLimiter } from '../../src/limiter/rate-limiter';
import { Forecast } from '../../src/quota/forecast';
import { Ledger } from '../../src/quota/ledger';
import { tokenBucket } from '../../src/quota/limits';
import { at, per } from '../support/limiting';
import { fc } from '../support/property';
import { run } from '../support/run';

const cost = { requests: 1 };
const waiting = (count: number) => Array.from({ length: count }, () => ({ cost }));

describe('Forecast', () => {
  it('foresees when a newcomer is granted behind a line', () => {
    const ledger = Ledger.of('spec', per(10, 2));
    ledger.take({ requests: 2 }, 0);
    expect(new Forecast().of(cost, waiting(5), 5, ledger, 3)).toBe(30);
    expect(new Forecast().of(cost, waiting(6), 6, ledger, 3)).toBe(40);
    expect(ledger.fits(cost, 10)).toBe(true);
  });

  it('foresees whole ms, at which timers ring', () => {
    const ledger = Ledger.of('spec', per(10 / 3, 1));
    expect([0, 1, 2, 3].map((length) => new Forecast().of(cost, waiting(length), length, ledger, 0))).toEqual([0, 4, 8, 12]);
  });

  it('keeps its copy while the line grows at its end', () => {
    const ledger = Ledger.of('spec', per(10, 1));
    const forecast = new Forecast();
    const due: number[] = [];
    for (let length = 0; length < 4; length += 1) {
      due.push(forecast.of(cost, [], length, ledger, 0));
      forecast.join(cost, 0);
    }
    expect(due).toEqual([0, 10, 20, 30]);
  });

  it('walks a long line again as often as many changes pay for, and else says what it knows', () => {
    const ledger = Ledger.of('spec', per(10, 1));
    const forecast = new Forecast();
    const line = waiting(200_000);
    const ask = () => {
      forecast.forget();
      return forecast.of(cost, line, line.length, ledger, 7);
    };
    expect([ask(), ask()]).toEqual([200_000 * 10 + 7, 7]);
    for (let changes = 0; changes < 12_500; changes += 1) {
      forecast.forget();
    }
    expect([ask(), ask()]).toEqual([200_000 * 10 + 7, 7]);
    expect(forecast.between(cost, line.slice(0, 3), 3, ledger, 7)).toBe(37);
    expect(forecast.between(cost, line, line.length, ledger, 7)).toBe(7);
  });

  describe('in a limiter', () => {
    const amount = fc.record({ requests: fc.integer({ min: 0, max: 3 }), tokens: fc.integer({ min: 0, max: 12 }) });
    const act = fc.oneof(
      { weight: 6, arbitrary: fc.record({ ask: amount, priority: fc.integer({ min: 0, max: 1 }), isHeard: fc.boolean() }) },
      { weight: 1, arbitrary: fc.record({ leave: fc.nat() }) },
      { weight: 1, arbitrary: fc.record({ settle: fc.nat(), tokens: fc.integer({ min: 0, max: 20 }) }) },
      { weight: 1, arbitrary: fc.record({ refund: fc.nat() }) },
      { weight: 1, arbitrary: fc.record({ pause: fc.integer({ min: 0, max: 20 }) }) },
      { weight: 1, arbitrary: fc.record({ sync: fc.integer({ min: 0, max: 12 }), resetMs: fc.integer({ min: 1, max: 40 }) }) },
    );
    const acts = fc.array(fc.tuple(fc.integer({ min: 0, max: 6 }), act), { maxLength: 40 });

    it('L3: foresees to the ms what then happens, whatever happened before', () => {
      fc.assert(
        fc.property(acts, amount, (before, last) => {
          run(({ flush }) => {
            const limiter = new RateLimiter({
              limits: {
                requests: [per(10, 3), tokenBucket({ capacity: 5, refill: 2, interval: 7 })],
                tokens: per(15, 12),
              },
            });
            const asks: { unsubscribe(): void }[] = [];
            const held: Permit<'requests' | 'tokens'>[] = [];
            let time = 0;
            for (const [pause, what] of before) {
              time += pause;
              at(time, () => {
                if ('ask' in what) {
                  const onWait = what.isHeard ? () => {} : undefined;
                  asks.push(limiter.acquire(what.ask, { priority: what.priority, onWait }).subscribe((permit) => held.push(permit)));
                } else if ('leave' in what) {
                  asks[what.leave % (asks.length || 1)]?.unsubscribe();
                } else if ('settle' in what) {
                  held[what.settle % (held.length || 1)]?.settle({ tokens: what.tokens });
                } else if ('refund' in what) {
                  held[what.refund % (held.length || 1)]?.refund();
                } else if ('pause' in what) {
                  limiter.pause(what.pause);
                } else {
                  limiter.sync({ tokens: { limit: 12, remaining: what.sync, resetMs: what.resetMs } });
                }
              });
            }
            let foreseen = -1;
            let granted = -1;
            at(time + 1, () => {
              const since = time + 1;
              foreseen = since;
              limiter.acquire(last, { priority: -1, onWait: ({ until }) => { foreseen = until; } }).subscribe(() => {
                granted = limiter.scheduler.now();
              });
            });
            flush();
            expect(granted).toBe(foreseen);
          });
        }),
        { numRuns: 300 },
      );
    });

    it('L3: foresees behind a line that did not ask for it, and after a departure, however long the line', () => {
      run(() => {
        const limiter = new RateLimiter({ limits: per(10, 1) });
        limiter.tryAcquire();
        const asks = Array.from({ length: 1_000 }, () => limiter.acquire().subscribe());
        const untils: number[] = [];
        const ask = () => limiter.acquire(1, { onWait: ({ until }) => untils.push(until) }).subscribe();
        ask();
        asks[0]!.unsubscribe();
        asks[500]!.unsubscribe();
        ask();
        expect(untils).toEqual([10_010, 10_000]);
        for (const each of asks) {
          each.unsubscribe();
        }
      });
    });

    it('L3: foresees anew after grants that came later than was foreseen', () => {
      run(({ expectObservable }) => {
        const limiter = new RateLimiter({ limits: per(10, 2), maxConcurrent: 1 });
        const holding = limiter.tryAcquire()!;
        const calls = [1, 2, 3].map(() => limiter.acquire(1, { maxWait: 90 }));
        at(1, () => calls.forEach((call) => { call.subscribe((held) => held.settle()); }));
        at(20, () => holding.settle());
        expectObservable(limiter.acquire(1, { maxWait: 5 }), '---------------------^').toBe(
          '---------------------#',
          {},
          expect.objectContaining({ reason: 'wait-too-long', retryAfter: 9 }),
        );
      });
    });

    it('L3: foresees anew after a refusal and a grant', () => {
      run(({ expectObservable }) => {
        const limiter = new RateLimiter({ limits: per(10, 1), maxWait: 5 });
        const tooLong = (retryAfter: number) => expect.objectContaining({ reason: 'wait-too-long', retryAfter });
        limiter.tryAcquire();
        expectObservable(limiter.acquire(), '-^').toBe('         -#', {}, tooLong(9));
        at(10, () => limiter.tryAcquire());
        expectObservable(limiter.acquire(), '-----------^').toBe('-----------#', {}, tooLong(9));
        at(20, () => limiter.acquire().subscribe());
        expectObservable(limiter.acquire(), '---------------------^').toBe('---------------------#', {}, tooLong(9));
      });
    });

    it('L3: foresees anew after a refund that moves the head forward', () => {
      run(({ flush }) => {
        const limiter = new RateLimiter({ limits: { tokens: per(20, 10) } });
        const untils: number[] = [];
        const onWait = ({ until }: { until: number }) => untils.push(until);
        limiter.tryAcquire({ tokens: 5 });
        at(5, () => {
          const held = limiter.tryAcquire({ tokens: 4 })!;
          limiter.acquire({ tokens: 10 }, { onWait }).subscribe();
          held.refund();
          limiter.acquire({ tokens: 1 }, { onWait }).subscribe();
        });
        flush();
        expect(untils).toEqual([25, 40]);
      });
    });

    it('L3: foresees anew after a newcomer of higher priority was granted', () => {
      run(({ flush }) => {
        const limiter = new RateLimiter({ limits: per(10, 3) });
        const untils: number[] = [];
        const onWait = ({ until }: { until: number }) => untils.push(until);
        limiter.tryAcquire(2);
        limiter.acquire(2, { onWait }).subscribe();
        at(5, () => {
          limiter.acquire(1, { priority: 1, onWait }).subscribe();
          limiter.acquire(1, { onWait }).subscribe();
        });
        flush();
        expect(untils).toEqual([10, 15]);
      });
    });
  });
});
