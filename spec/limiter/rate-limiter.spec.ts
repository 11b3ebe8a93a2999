import { asyncScheduler, catchError, finalize, map, mergeMap, of, range, Subscriber, tap } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import type { Permit } from '../../src/limiter/limiter';
import { PermitRefusedError } from '../../src/limiter/permit-refused-error';
import { RateLimiter } from '../../src/limiter/rate-limiter';
import { perHour, perSecond, tokenBucket } from '../../src/quota/limits';
import { VirtualTime } from '../circuit/virtual-time';
import { FakeScheduler } from '../support/fake-scheduler';
import { at, Journal, per, permit, refusal } from '../support/limiting';
import { run } from '../support/run';

describe('RateLimiter', () => {
  describe('the line', () => {
    it('L1: grants in the order of asking, each in the first ms in which it can be', () => {
      run(({ expectObservable }) => {
        const limiter = new RateLimiter({ limits: per(10, 2) });
        expectObservable(permit(limiter), '^            ').toBe('(p|)');
        expectObservable(permit(limiter), '---^         ').toBe('---(p|)');
        expectObservable(permit(limiter), '----^        ').toBe('----------(p|)');
        expectObservable(permit(limiter), '-----^       ').toBe('-------------(p|)');
        expectObservable(permit(limiter), '------^      ').toBe('--------------------(p|)');
      });
    });

    it('L1: grants a token bucket refill in the first whole ms that has it', () => {
      run(({ expectObservable }) => {
        const limiter = new RateLimiter({ limits: tokenBucket({ capacity: 1, refill: 3, interval: 10 }) });
        expectObservable(permit(limiter)).toBe('(p|)         ');
        expectObservable(permit(limiter)).toBe('----(p|)     '); // 3.33
        expectObservable(permit(limiter)).toBe('--------(p|) '); // 4 + 3.33: what flows into a full bucket is lost
        expectObservable(permit(limiter)).toBe('------------(p|)');
      });
    });

    it('L1: does not let smaller costs overtake the head, in any dimension', () => {
      run(({ expectObservable }) => {
        const limiter = new RateLimiter({ limits: { requests: per(10, 10), tokens: per(20, 100) } });
        expectObservable(permit(limiter, { tokens: 60 })).toBe('(p|)');
        expectObservable(permit(limiter, { tokens: 50 }), '-^      ').toBe('--------------------(p|)');
        expectObservable(permit(limiter, { tokens: 1 }), ' --^     ').toBe('--------------------(p|)');
        expectObservable(permit(limiter), '                ---^    ').toBe('--------------------(p|)');
      });
    });

    it('L1: lets a higher priority become the head at once', () => {
      run(({ expectObservable }) => {
        const limiter = new RateLimiter({ limits: per(5, 1) });
        expectObservable(permit(limiter)).toBe('(p|)');
        expectObservable(permit(limiter), '-^').toBe('---------------(p|)');
        expectObservable(permit(limiter, 1, { priority: 2 }), ' --^').toBe('-----(p|)');
        expectObservable(permit(limiter, 1, { priority: 1 }), '---^').toBe('----------(p|)');
        expectObservable(permit(limiter, 1, { priority: -1 }), '-^').toBe('--------------------(p|)');
      });
    });

    it('L1: makes everybody wait for a head of higher priority, even who would fit', () => {
      run(({ expectObservable }) => {
        const limiter = new RateLimiter({ limits: per(10, 3) });
        expectObservable(permit(limiter, 2)).toBe('(p|)');
        expectObservable(permit(limiter, 1), '                ---^').toBe('--------------------(p|)');
        expectObservable(permit(limiter, 3, { priority: 1 }), '--^').toBe(' ----------(p|)');
      });
    });

    it('grants a newcomer of higher priority that fits although others wait', () => {
      run(({ expectObservable }) => {
        const limiter = new RateLimiter({ limits: per(10, 3) });
        expectObservable(permit(limiter, 2)).toBe('(p|)');
        expectObservable(permit(limiter, 2), '                -^').toBe(' ----------(p|)');
        expectObservable(permit(limiter, 1, { priority: 1 }), '--^').toBe('--(p|)');
      });
    });

    it('lets a retry stand before first attempts of its priority, and behind a higher priority', () => {
      run(({ expectObservable }) => {
        const limiter = new RateLimiter({ limits: per(5, 1) });
        expectObservable(permit(limiter)).toBe('(p|)');
        expectObservable(permit(limiter), '-^').toBe('--------------------(p|)');
        expectObservable(permit(limiter, 1, { retry: true }), ' --^').toBe('----------(p|)');
        expectObservable(permit(limiter, 1, { retry: true }), '---^').toBe('---------------(p|)');
        expectObservable(permit(limiter, 1, { priority: 1 }), '----^').toBe('-----(p|)');
      });
    });

    it('L4: lets a waiter leave at no cost, and re-plans those behind in the same ms', () => {
      run(({ expectObservable }) => {
        const limiter = new RateLimiter({ limits: per(10, 3) });
        expectObservable(permit(limiter, 2)).toBe('(p|)');
        expectObservable(permit(limiter, 3), '-^--!').toBe('-');
        expectObservable(permit(limiter, 1), '--^').toBe('----(p|)');
        expectObservable(permit(limiter, 1), '---^').toBe('----------(p|)');
      });
    });

    it('C4: re-plans who stands behind when the planned head leaves', () => {
      run(({ expectObservable }) => {
        const limiter = new RateLimiter({ limits: per(10, 3) });
        expectObservable(permit(limiter, 1)).toBe('(p|)');
        expectObservable(permit(limiter, 2), '-----^').toBe('-----(p|)');
        expectObservable(permit(limiter, 3), '------^-!').toBe('-');
        expectObservable(permit(limiter, 1), '-------^').toBe('----------(p|)');
        expectObservable(permit(limiter, 2), '-------^').toBe('---------------(p|)');
      });
    });

    it('C4: gives a permit back that is granted in the moment in which its subscriber leaves', () => {
      run(() => {
        const limiter = new RateLimiter({ limits: perSecond(1), maxConcurrent: 1 });
        const next = vi.fn();
        const ask = limiter.acquire().pipe(finalize(() => {}));
        limiter.events$.subscribe(({ type }) => type === 'granted' && subscription?.unsubscribe());
        limiter.pause(5);
        const subscription = ask.subscribe(next);
        limiter.resume();

        expect(next).not.toHaveBeenCalled();
        expect(limiter.isIdle).toBe(true);
      });
    });

    it('asks anew for each subscription of one acquire()', () => {
      run(({ expectObservable }) => {
        const twice = permit(new RateLimiter({ limits: per(4, 1) }));
        expectObservable(twice).toBe('(p|)');
        expectObservable(twice).toBe('----(p|)');
      });
    });
  });

  describe('several limits', () => {
    it('Q3: takes all dimensions or none, so that who waits for tokens holds no request', () => {
      run(({ expectObservable }) => {
        const limiter = new RateLimiter({ limits: { requests: per(10, 2), tokens: [per(10, 10), per(30, 12)] } });
        expectObservable(permit(limiter, { tokens: 8 })).toBe('(p|)');
        expectObservable(permit(limiter, { tokens: 5 }), '-^').toBe('------------------------------(p|)');
        at(2, () => {
          expect(limiter.state.limits.requests[0]!.used).toBe(1);
          expect(limiter.tryAcquire()).toBeUndefined();
        });
      });
    });

    it('Q4: refuses at once what a limit can never grant, for the same frame but not synchronously', () => {
      run(({ expectObservable }) => {
        const limiter = new RateLimiter({ limits: { requests: per(10, 5), tokens: tokenBucket({ capacity: 9, refill: 1, interval: 1 }) } });
        expectObservable(permit(limiter, 6), '--^').toBe('--#', {}, refusal('cost-too-large', undefined, { requests: 6 }));
        expectObservable(permit(limiter, { tokens: 10 })).toBe('#', {}, refusal('cost-too-large', undefined, { tokens: 10, requests: 1 }));
        expectObservable(permit(limiter, { requests: 5, tokens: 9 })).toBe('(p|)');
      });
    });

    it('L1: a frozen cost is read anew for every call, for it may have a getter', () => {
      const limiter = new RateLimiter({ limits: { tokens: perHour(100) }, scheduler: new VirtualTime() });
      let tokens = 10;
      const cost = Object.freeze({ get tokens() { return tokens; } });
      limiter.acquire(cost).subscribe();
      tokens = 50;
      limiter.acquire(cost).subscribe();
      expect(limiter.state.limits.tokens[0]!.used).toBe(60);
    });
  });

  describe('tryAcquire', () => {
    it('gives a permit if it fits and nobody waits', () => {
      run(() => {
        const limiter = new RateLimiter({ limits: per(10, 2) });
        expect(limiter.tryAcquire(2)?.cost).toEqual({ requests: 2 });
        expect(limiter.tryAcquire()).toBeUndefined();
        at(10, () => {
          limiter.tryAcquire();
          limiter.acquire(2).subscribe();
          expect(limiter.tryAcquire()).toBeUndefined();
        });
      });
    });

    it('refuses at no cost while paused, while too many are in flight, and what can never fit', () => {
      run(() => {
        const limiter = new RateLimiter({ limits: per(10, 2), maxConcurrent: 1 });
        expect(limiter.tryAcquire(3)).toBeUndefined();
        limiter.pause(5);
        expect(limiter.tryAcquire()).toBeUndefined();
        limiter.resume();
        const held = limiter.tryAcquire();
        expect(limiter.tryAcquire()).toBeUndefined();
        held?.refund();
        expect(limiter.isIdle).toBe(true);
      });
    });
  });

  describe('how long one waits', () => {
    it('L3: refuses when maxQueue others wait, and says when it would have been its turn', () => {
      run(({ expectObservable }) => {
        const limiter = new RateLimiter({ limits: per(10, 1), maxQueue: 1 });
        expectObservable(permit(limiter)).toBe('(p|)');
        expectObservable(permit(limiter), '-^').toBe('----------(p|)');
        expectObservable(permit(limiter), '--^').toBe('--#', {}, refusal('queue-full', 18));
        expectObservable(permit(limiter, 1, { priority: 1 }), '--^').toBe('--#', {}, refusal('queue-full', 8));
        expectObservable(permit(limiter), '----------^').toBe('--------------------(p|)');
      });
    });

    it('L3: never waits with maxQueue 0', () => {
      run(({ expectObservable }) => {
        const limiter = new RateLimiter({ limits: per(10, 1), maxQueue: 0 });
        expectObservable(permit(limiter)).toBe('(p|)');
        expectObservable(permit(limiter), '---^').toBe('---#', {}, refusal('queue-full', 7));
        expectObservable(permit(limiter), '----------^').toBe('----------(p|)');
      });
    });

    it('L3: never waits with maxWait 0, not even within the frame', () => {
      run(({ expectObservable }) => {
        const limiter = new RateLimiter({ limits: per(10, 1), maxConcurrent: 1, maxWait: 0 });
        expectObservable(limiter.acquire().pipe(tap((held) => at(12, () => held.settle())), map(() => 'p'))).toBe('(p|)');
        expectObservable(permit(limiter), '---^').toBe('---#', {}, refusal('wait-too-long', 7));
        expectObservable(permit(limiter), '-----------^').toBe('-----------#', {}, refusal('wait-too-long'));
        expectObservable(permit(limiter), '-------------^').toBe('-------------(p|)');
      });
    });

    it('L3: refuses at once when the wait that can be foreseen exceeds maxWait', () => {
      run(({ expectObservable }) => {
        const limiter = new RateLimiter({ limits: per(10, 2) });
        expectObservable(permit(limiter, 2)).toBe('(p|)');
        expectObservable(permit(limiter, 2), '                   -^').toBe('----------(p|)');
        expectObservable(permit(limiter, 1, { maxWait: 17 }), '  --^').toBe('--#', {}, refusal('wait-too-long', 18));
        expectObservable(permit(limiter, 1, { maxWait: 18 }), '  --^').toBe('--------------------(p|)');
        expectObservable(permit(limiter, 1, { maxWait: 18 }), '  --^').toBe('--------------------(p|)');
        expectObservable(permit(limiter, 1, { maxWait: 18 }), '  --^').toBe('--#', {}, refusal('wait-too-long', 28));
      });
    });

    it('L3: does not let a call with maxWait 0 enter the line, although a permit comes free in the same frame', () => {
      run(({ flush }) => {
        const limiter = new RateLimiter({ maxConcurrent: 1 });
        const journal = new Journal();
        const held = limiter.tryAcquire()!;
        journal.ask(limiter, 'a', 1, { maxWait: 0 });
        held.settle();
        flush();
        expect(journal.lines).toEqual(['0 a: wait-too-long']);
      });
    });

    it('L3: overrides the limiter with the maxWait of the call', () => {
      run(({ expectObservable }) => {
        const limiter = new RateLimiter({ limits: per(10, 1), maxWait: 3 });
        expectObservable(permit(limiter)).toBe('(p|)');
        expectObservable(permit(limiter)).toBe('#', {}, refusal('wait-too-long', 10));
        expectObservable(permit(limiter, 1, { maxWait: Number.POSITIVE_INFINITY })).toBe('----------(p|)');
      });
    });

    it('L3: refuses when maxWait has passed, where the wait could not be foreseen', () => {
      run(({ expectObservable }) => {
        const limiter = new RateLimiter({ maxConcurrent: 1 });
        expectObservable(permit(limiter)).toBe('(p|)');
        expectObservable(permit(limiter, 1, { maxWait: 5 }), '--^').toBe('-------#', {}, refusal('wait-too-long'));
        expectObservable(permit(limiter, 1, { maxWait: 3 }), '---^').toBe('------#', {}, refusal('wait-too-long'));
        expectObservable(permit(limiter, 1, { maxWait: 4 }), '---^-!').toBe('-');
      });
    });

    it('L3: lets a grant at exactly maxWait win', () => {
      run(({ expectObservable }) => {
        const limiter = new RateLimiter({ limits: per(10, 1), maxConcurrent: 1 });
        const held = limiter.tryAcquire()!;
        expectObservable(permit(limiter, 1, { maxWait: 12 }), '---^').toBe('---------------(p|)');
        at(4, () => at(11, () => held.settle())); // set after the deadline's timer
      });
    });

    it('L3: lets a grant at exactly maxWait win that a refusal in the same ms makes possible', () => {
      run(({ expectObservable }) => {
        const limiter = new RateLimiter({ limits: { tokens: per(10, 10) } });
        const patient = { maxWait: 19 };
        const urgent = { priority: 1 };
        const error = refusal('wait-too-long', undefined, { tokens: 10, requests: 1 });
        expectObservable(permit(limiter, { tokens: 10 })).toBe('(p|)');
        expectObservable(permit(limiter, { tokens: 10 }, patient), '-^').toBe('--------------------#', {}, error);
        expectObservable(permit(limiter, { tokens: 2 }, patient), ' -^').toBe('--------------------(p|)');
        expectObservable(permit(limiter, { tokens: 5 }, urgent), '  --^').toBe('----------(p|)');
        expectObservable(permit(limiter, { tokens: 5 }, urgent), '  ---------------^').toBe('---------------(p|)');
      });
    });

    it('L3: lets a head whose time has come go before who asks in the same ms', () => {
      run(({ expectObservable }) => {
        const limiter = new RateLimiter({ limits: per(10, 2), maxQueue: 1 });
        expectObservable(permit(limiter)).toBe('(p|)');
        expectObservable(permit(limiter)).toBe('(p|)');
        expectObservable(permit(limiter, 1, { maxWait: 0 }), '----------^').toBe('----------(p|)');
        expectObservable(permit(limiter), '                   -----^').toBe('     ----------(p|)');
        at(20, () => {
          limiter.acquire(1).subscribe();
          limiter.acquire(2).subscribe();
        });
        at(30, () => {
          expect(limiter.tryAcquire()).toBeUndefined();
          expect(limiter.state.waiting).toBe(0);
        });
      });
    });

    it('L3: costs nothing to be refused', () => {
      run(({ flush }) => {
        const limiter = new RateLimiter({ limits: per(10, 2), maxQueue: 1, maxWait: 5 });
        limiter.tryAcquire()?.settle();
        const journal = new Journal();
        journal.ask(limiter, 'large', 3);
        journal.ask(limiter, 'slow', 2);
        journal.ask(limiter, 'fits');
        at(1, () => expect(limiter.state.limits.requests[0]!.used).toBe(2));
        flush();
        expect(journal.lines).toEqual(['0 fits', '0 large: cost-too-large', '0 slow: wait-too-long']);
      });
    });

    it('tells onWait how many stand ahead and until when it will take', () => {
      run(({ flush }) => {
        const limiter = new RateLimiter({ limits: per(10, 2) });
        const onWait = vi.fn();
        limiter.acquire(2, { onWait }).subscribe();
        at(3, () => {
          limiter.acquire(1, { onWait }).subscribe();
          limiter.acquire(2, { onWait }).subscribe();
          limiter.acquire(1, { onWait, priority: 1 }).subscribe();
        });
        flush();
        expect(onWait.mock.calls.map(([wait]) => wait)).toEqual([
          { ahead: 0, until: 10 },
          { ahead: 1, until: 20 },
          { ahead: 0, until: 10 },
        ]);
      });
    });

    it('C5: sends what onWait throws to that call, which leaves the line', () => {
      run(({ expectObservable }) => {
        const limiter = new RateLimiter({ limits: per(5, 1) });
        const thrown = new Error('onWait');
        const onWait = () => {
          throw thrown;
        };
        expectObservable(permit(limiter)).toBe('(p|)');
        expectObservable(permit(limiter, 1, { onWait }), '-^').toBe('-#', {}, thrown);
        expectObservable(permit(limiter), '--^').toBe('-----(p|)');
      });
    });

    it('does not call onWait for a call that a listener let go again', () => {
      run(() => {
        const limiter = new RateLimiter({ maxConcurrent: 1 });
        const onWait = vi.fn();
        limiter.tryAcquire();
        limiter.events$.subscribe(({ type }) => type === 'waiting' && limiter.pause(0));
        const held = limiter.acquire(1, { onWait });
        const leaving = new RateLimiter({ maxConcurrent: 1 });
        const first = leaving.tryAcquire();
        leaving.events$.subscribe(({ type }) => type === 'waiting' && first?.settle());
        leaving.acquire(1, { onWait }).subscribe();
        expect(onWait).not.toHaveBeenCalled();
        held.subscribe().unsubscribe();
        expect(onWait).toHaveBeenCalledTimes(1);
      });
    });
  });

  describe('corrections', () => {
    it('moves the head forward at once when a permit is refunded', () => {
      run(({ expectObservable }) => {
        const limiter = new RateLimiter({ limits: { requests: per(20, 5), tokens: per(20, 10) } });
        expectObservable(limiter.acquire({ tokens: 6 }).pipe(tap((held) => at(7, () => held.refund())), map(() => 'p'))).toBe('(p|)');
        expectObservable(permit(limiter, { tokens: 3 }), '-^').toBe('-(p|)');
        expectObservable(permit(limiter, { tokens: 5 }), '--^').toBe('-------(p|)');
        expectObservable(permit(limiter, { tokens: 2 }), '---^').toBe('-------(p|)');
      });
    });

    it('moves the head to the first ms at which a partial settlement lets it fit', () => {
      run(({ expectObservable }) => {
        const limiter = new RateLimiter({ limits: { tokens: per(20, 10) } });
        expectObservable(limiter.acquire({ tokens: 4 }).pipe(map(() => 'p'))).toBe('(p|)');
        expectObservable(limiter.acquire({ tokens: 6 }).pipe(tap((held) => at(6, () => held.settle({ tokens: 3 }))), map(() => 'p')), '--^').toBe('--(p|)');
        expectObservable(permit(limiter, { tokens: 7 }), '---^').toBe('--------------------(p|)');
        expectObservable(permit(limiter, { tokens: 1 }), '---^').toBe('----------------------(p|)');
      });
    });

    it('notices debt: what was used beyond the reservation keeps the head waiting', () => {
      run(({ expectObservable }) => {
        const limiter = new RateLimiter({ limits: { requests: per(50, 9), tokens: per(10, 10) } });
        expectObservable(permit(limiter, { tokens: 8 })).toBe('(p|)');
        expectObservable(limiter.acquire({ tokens: 2 }).pipe(tap((held) => at(2, () => held.settle({ tokens: 12 }))), map(() => 'p')), '---^').toBe('---(p|)');
        expectObservable(permit(limiter, { tokens: 3 }), '----^').toBe('-------------(p|)');
      });
    });

    it('counts the first of settle and refund', () => {
      run(() => {
        const limiter = new RateLimiter({ limits: perSecond(5) });
        const held = limiter.tryAcquire(2)!;
        held.settle();
        held.refund();
        held.settle({ requests: 1 });
        expect(limiter.state).toMatchObject({ limits: { requests: [{ used: 2 }] }, inFlight: 0 });
      });
    });

    it('keeps the dimensions that a settlement omits or leaves undefined', () => {
      run(() => {
        const limiter = new RateLimiter({ limits: { tokens: per(1_000, 100), inputTokens: per(1_000, 100) } });
        const held = limiter.tryAcquire({ tokens: 40, inputTokens: 30 })!;
        held.settle({ tokens: 50, inputTokens: undefined } as unknown as { tokens: number });
        expect(limiter.state.limits).toMatchObject({ tokens: [{ used: 50 }], inputTokens: [{ used: 30 }] });
      });
    });

    it('throws for amounts that are none, and leaves the permit unsettled', () => {
      run(() => {
        const limiter = new RateLimiter({ limits: { tokens: per(1_000, 100) } });
        const held = limiter.tryAcquire({ tokens: 40 })!;
        expect(() => held.settle({ tokens: Number.NaN })).toThrow(/Permit.settle: actual.tokens .* NaN/);
        expect(() => held.settle(5 as never)).toThrow(/Permit.settle: actual .* 5/);
        held.refund();
        expect(limiter.isIdle).toBe(true);
      });
    });
  });

  describe('pause', () => {
    it('grants nobody a permit before its end, then the first in line', () => {
      run(({ expectObservable }) => {
        const limiter = new RateLimiter({ limits: per(10, 5) });
        at(2, () => limiter.pause(6));
        expectObservable(permit(limiter), '-^').toBe('-(p|)');
        expectObservable(permit(limiter), '---^').toBe('--------(p|)');
        expectObservable(permit(limiter), '----^').toBe('--------(p|)');
      });
    });

    it('only ever extends', () => {
      run(({ expectObservable }) => {
        const limiter = new RateLimiter({ limits: per(10, 5) });
        limiter.pause(6);
        at(1, () => limiter.pause(2));
        at(2, () => limiter.pause(7));
        expectObservable(permit(limiter)).toBe('---------(p|)');
      });
    });

    it('holds the head back that was due before, and is not shortened by the limits', () => {
      run(({ expectObservable }) => {
        const limiter = new RateLimiter({ limits: per(5, 1) });
        at(3, () => limiter.pause(4));
        expectObservable(permit(limiter)).toBe('(p|)');
        expectObservable(permit(limiter)).toBe('-------(p|)');
        expectObservable(permit(limiter)).toBe('------------(p|)');
      });
    });

    it('ends at once by resume, which drains the line', () => {
      run(({ expectObservable }) => {
        const limiter = new RateLimiter({ limits: per(10, 2) });
        limiter.pause(50);
        at(4, () => limiter.resume());
        expectObservable(permit(limiter)).toBe('----(p|)');
        expectObservable(permit(limiter)).toBe('----(p|)');
        expectObservable(permit(limiter)).toBe('--------------(p|)');
      });
    });

    it('is seen while the line is drained', () => {
      run(({ flush }) => {
        const limiter = new RateLimiter({ limits: per(10, 9) });
        const journal = new Journal();
        limiter.pause(3);
        limiter.acquire().subscribe(() => limiter.pause(2));
        journal.ask(limiter, 'second');
        flush();
        expect(journal.lines).toEqual(['5 second']);
      });
    });

    it('refuses what maxWait cannot wait out, and says when it ends', () => {
      run(({ expectObservable }) => {
        const limiter = new RateLimiter({ limits: per(10, 5), maxWait: 5 });
        limiter.pause(6);
        expectObservable(permit(limiter)).toBe('#', {}, refusal('wait-too-long', 6));
        expectObservable(permit(limiter), '-^').toBe('------(p|)');
      });
    });
  });

  describe('maxConcurrent', () => {
    const holding = <D extends string>(limiter: RateLimiter<D>, ms: number, end: (held: Permit<D>) => void) =>
      limiter.acquire().pipe(tap((held) => at(ms, () => end(held))), map(() => 'p'));

    it('L9: lets so many calls be in flight, from the grant until the permit is settled or refunded', () => {
      run(({ expectObservable }) => {
        const limiter = new RateLimiter({ maxConcurrent: 2 });
        expectObservable(holding(limiter, 5, (held) => held.settle())).toBe('(p|)');
        expectObservable(holding(limiter, 8, (held) => held.refund())).toBe('(p|)');
        expectObservable(permit(limiter)).toBe('-----(p|)');
        expectObservable(permit(limiter)).toBe('--------(p|)');
        expectObservable(permit(limiter)).toBe('-');
      });
    });

    it('L9: shares the line with the limits', () => {
      run(({ expectObservable }) => {
        const limiter = new RateLimiter({ limits: per(10, 2), maxConcurrent: 1 });
        expectObservable(holding(limiter, 3, (held) => held.settle())).toBe('(p|)');
        expectObservable(holding(limiter, 3, (held) => held.settle())).toBe('---(p|)');
        expectObservable(holding(limiter, 9, (held) => held.settle())).toBe('----------(p|)');
        expectObservable(permit(limiter)).toBe('-------------------(p|)');
      });
    });

    it('L9: is not fooled by a permit that ends within its grant', () => {
      run(() => {
        const limiter = new RateLimiter({ maxConcurrent: 1 });
        const order: string[] = [];
        limiter.acquire().subscribe((held) => {
          limiter.acquire().subscribe((next) => {
            order.push('inner');
            next.settle();
          });
          order.push('outer');
          held.settle();
        });
        expect(order).toEqual(['outer', 'inner']);
        expect(limiter.state.inFlight).toBe(0);
      });
    });
  });

  describe('reset', () => {
    it('forgets what was used, what headers said, and any pause; then drains the line', () => {
      run(({ expectObservable }) => {
        const limiter = new RateLimiter({ limits: { requests: per(50, 1), tokens: per(50, 9) } });
        at(1, () => limiter.pause(30));
        at(1, () => limiter.sync({ tokens: { limit: 9, remaining: 0, resetMs: 90 } }));
        at(3, () => limiter.reset());
        expectObservable(permit(limiter, { tokens: 9 })).toBe('(p|)');
        expectObservable(permit(limiter, { tokens: 9 })).toBe('---(p|)');
      });
    });

    it('keeps calls in flight, whose corrections touch the new count no more', () => {
      run(() => {
        const limiter = new RateLimiter({ limits: perSecond(5), maxConcurrent: 2 });
        const held = limiter.tryAcquire()!;
        limiter.reset();
        expect(limiter.state.inFlight).toBe(1);
        limiter.tryAcquire();
        held.refund();
        expect(limiter.state).toMatchObject({ inFlight: 1, limits: { requests: [{ used: 1 }] } });
      });
    });
  });

  describe('isIdle', () => {
    it('is false while something is used, in flight or waited for, or while it is paused', () => {
      run(({ flush }) => {
        const limiter = new RateLimiter({ limits: { tokens: per(10, 5) } });
        expect(limiter.isIdle).toBe(true);
        const held = limiter.tryAcquire({ tokens: 1 })!;
        at(10, () => {
          expect(limiter.isIdle).toBe(false);
          held.settle();
          expect(limiter.isIdle).toBe(true);
          limiter.pause(1);
          expect(limiter.isIdle).toBe(false);
        });
        at(11, () => {
          expect(limiter.isIdle).toBe(true);
          limiter.sync({ tokens: { limit: 10, remaining: 3, resetMs: 5 } });
          expect(limiter.isIdle).toBe(false);
        });
        at(16, () => expect(limiter.isIdle).toBe(true));
        flush();
      });
    });
  });

  describe('for everybody', () => {
    it('C11: has left the line and told everybody before a refusal reaches the call', () => {
      run(({ flush }) => {
        const limiter = new RateLimiter({ maxConcurrent: 1, maxQueue: 1, maxWait: 4 });
        const journal = new Journal();
        limiter.tryAcquire();
        limiter.acquire().subscribe({
          error: () => {
            journal.note(`waiting: ${limiter.state.waiting}`);
            journal.ask(limiter, 'again');
          },
        });
        flush();
        expect(journal.lines).toEqual(['4 waiting: 0', '8 again: wait-too-long']);
      });
    });

    it('C11: has settled before a new ask of the same caller is looked at', () => {
      run(() => {
        const limiter = new RateLimiter({ maxConcurrent: 1, maxQueue: 0 });
        const held = limiter.tryAcquire()!;
        held.settle();
        expect(limiter.tryAcquire()).toBeDefined();
      });
    });

    it('C12: delivers a refusal in the same frame, not synchronously, and cancellably', () => {
      run(({ flush }) => {
        const limiter = new RateLimiter({ maxConcurrent: 1, maxQueue: 0 });
        const journal = new Journal();
        limiter.tryAcquire();
        journal.ask(limiter, 'told');
        journal.ask(limiter, 'gone').unsubscribe();
        expect(journal.lines).toEqual([]);
        flush();
        expect(journal.lines).toEqual(['0 told: queue-full']);
      });
    });

    it('C12: does not hang mergeMap over a long backlog of refusals', () => {
      run(({ flush }) => {
        const limiter = new RateLimiter({ maxConcurrent: 1, maxQueue: 0 });
        limiter.tryAcquire();
        let refused = 0;
        range(0, 5_000)
          .pipe(mergeMap(() => limiter.acquire().pipe(catchError(() => of('refused'))), 4))
          .subscribe(() => {
            refused += 1;
          });
        flush();
        expect(refused).toBe(5_000);
      });
    });

    it('C8: refuses with an error that says why, what was asked for, and when to come again', () => {
      run(({ flush }) => {
        const limiter = new RateLimiter({ limits: { tokens: per(10, 5) }, maxWait: 4 });
        limiter.tryAcquire({ tokens: 5 });
        let error: unknown;
        limiter.acquire({ tokens: 2 }).subscribe({
          error: (refused) => {
            error = refused;
          },
        });
        flush();
        expect(error).toBeInstanceOf(PermitRefusedError);
        expect(error).toMatchObject({
          name: 'PermitRefusedError',
          reason: 'wait-too-long',
          cost: { requests: 1, tokens: 2 },
          retryAfter: 10,
        });
      });
    });

    it('C4: a call that leaves while the one before it is granted asks for nothing more', () => {
      run(({ flush }) => {
        const limiter = new RateLimiter({ limits: per(10, 1) });
        const second = new Subscriber<unknown>();
        const events: string[] = [];
        at(10, () => limiter.acquire().subscribe(second)); // before the timer of the head in this ms
        limiter.tryAcquire();
        limiter.acquire().subscribe(() => second.unsubscribe());
        limiter.events$.subscribe(({ type }) => events.push(type));
        flush();
        expect(events).toEqual(['granted']);
        expect(limiter.state.waiting).toBe(0);
      });
    });

    it.each<[string, (limiter: RateLimiter) => void]>([
      ['acquire',    (limiter) => limiter.acquire().subscribe()],
      ['tryAcquire', (limiter) => limiter.tryAcquire()],
    ])('Q1: dates what %s grants when it is granted, though those before it took their time', (_, ask) => {
      const scheduler = new FakeScheduler();
      const limiter = new RateLimiter({ limits: per(10, 2), scheduler });
      limiter.tryAcquire();
      limiter.tryAcquire();
      limiter.acquire().subscribe(() => {
        scheduler.elapsed += 7;
      });
      scheduler.elapsed = 10; // the timer of the head is late
      ask(limiter);
      scheduler.elapsed = 26;
      expect(limiter.state.limits.requests[0]!.used).toBe(1);
      scheduler.elapsed = 27;
      expect(limiter.state.limits.requests[0]!.used).toBe(0);
    });

    it('uses the scheduler that it was given', () => {
      run(() => {
        const schedule = vi.fn(asyncScheduler.schedule.bind(asyncScheduler));
        const limiter = new RateLimiter({ maxConcurrent: 1, maxQueue: 0, scheduler: { now: () => 7, schedule: schedule as never } });
        limiter.tryAcquire();
        limiter.acquire().subscribe({ error: () => {} }).unsubscribe();
        expect(schedule).toHaveBeenCalledTimes(1);
        limiter.pause(3);
        expect(limiter.state.pausedUntil).toBe(10);
      });
    });
  });
});
