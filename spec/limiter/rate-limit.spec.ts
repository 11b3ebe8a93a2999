import { catchError, concat, defer, EMPTY, finalize, map, mergeMap, NEVER, of, range, Subject, take, tap, throwError } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { ResilientClient } from '../../src/client/resilient-client';
import type { Limiter } from '../../src/limiter/limiter';
import { PermitRefusedError } from '../../src/limiter/permit-refused-error';
import { rateLimit } from '../../src/limiter/rate-limit';
import { RateLimiter } from '../../src/limiter/rate-limiter';
import { perHour } from '../../src/quota/limits';
import { VirtualTime } from '../circuit/virtual-time';
import { at, per, refusal } from '../support/limiting';
import { mirrored } from '../support/mirrored';
import { run } from '../support/run';

const one = () => new RateLimiter({ limits: per(5, 1) });
const used = (limiter: RateLimiter<'tokens'> | RateLimiter<'requests' | 'tokens'>) =>
  (limiter as RateLimiter<'tokens'>).state.limits.tokens[0]!.used;

describe('rateLimit', () => {
  it.each(mirrored)('L2: mirrors a source that it subscribes synchronously if a permit is free: %s', (_, marbles, subscription) => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(marbles.trim());
      expectObservable(source.pipe(rateLimit(one())), '^------!').toBe(marbles.trim());
      expectSubscriptions(source.subscriptions).toBe(subscription.trim());
    });
  });

  it('L2: waits for the permit, then subscribes the source', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const limiter = one();
      const source = cold('           a-b|');
      const guarded = source.pipe(rateLimit(limiter));
      const subs = ['                 ^--!', '-----^--!', '----------^--!'];
      expectObservable(guarded).toBe('a-b|');
      expectObservable(guarded).toBe('-----a-b|');
      expectObservable(guarded).toBe('----------a-b|');
      expectSubscriptions(source.subscriptions).toBe(subs.map((each) => each.trim()));
    });
  });

  it('L2: emits synchronously what a source emits synchronously, if a permit is free', () => {
    const seen: number[] = [];
    range(1, 3).pipe(rateLimit(one())).subscribe((value) => seen.push(value));
    expect(seen).toEqual([1, 2, 3]);
  });

  it('L3: passes the refusal on and never subscribes the source', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const limiter = one();
      const source = cold('a|');
      limiter.tryAcquire();
      expectObservable(source.pipe(rateLimit(limiter, { maxWait: 3 })), '-^').toBe('-#', {}, refusal('wait-too-long', 4));
      expectObservable(source.pipe(rateLimit(limiter, { cost: 2 })), '--^').toBe('--#', {}, refusal('cost-too-large', undefined, { requests: 2 }));
      expectSubscriptions(source.subscriptions).toBe([]);
    });
  });

  it('L1: takes its priority along', () => {
    run(({ cold, expectObservable }) => {
      const limiter = one();
      limiter.tryAcquire();
      expectObservable(cold('a|').pipe(rateLimit(limiter))).toBe('----------a|');
      expectObservable(cold('b|').pipe(rateLimit(limiter, { priority: 1 }))).toBe('-----b|');
    });
  });

  describe('when it is unsubscribed', () => {
    it('L4: costs nothing while it waits, and never subscribes the source', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const limiter = one();
        const source = cold('a|');
        limiter.tryAcquire();
        expectObservable(source.pipe(rateLimit(limiter)), '-^--!').toBe('-----');
        expectObservable(source.pipe(rateLimit(limiter)), '--^').toBe('-----a|');
        expectSubscriptions(source.subscriptions).toBe('-----^!');
      });
    });

    it('L4: spends its request once the source is subscribed', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const limiter = one();
        const source = cold('---a');
        expectObservable(source.pipe(rateLimit(limiter)), '^-!').toBe('---');
        expectObservable(cold('b|').pipe(rateLimit(limiter)), '--^').toBe('-----b|');
        expectSubscriptions(source.subscriptions).toBe('^-!');
      });
    });

    it('C4: before the first value, mid-stream and inside next: the source is left at once and the permit settled', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const limiter = new RateLimiter({ maxConcurrent: 1 });
        const source = cold('-a-b-c|');
        const guarded = source.pipe(rateLimit(limiter));
        expectObservable(guarded, '^!').toBe('-');
        expectObservable(guarded, '-^--!').toBe('--a-');
        expectObservable(guarded.pipe(take(2)), '----^').toBe('-----a-(b|)');
        expectObservable(guarded.pipe(take(1)), '-------^').toBe('--------(a|)');
        expectSubscriptions(source.subscriptions).toBe(['^!', '-^--!', '----^--!', '-------^!']);
        at(9, () => expect(limiter.isIdle).toBe(true));
      });
    });

    it('C4: gives everything back when a listener unsubscribes it in the moment of the grant', () => {
      run(({ cold, expectSubscriptions }) => {
        const limiter = one();
        const source = cold('a|');
        limiter.pause(3);
        const call = source.pipe(rateLimit(limiter)).subscribe();
        limiter.events$.subscribe(({ type }) => type === 'granted' && call.unsubscribe());
        at(4, () => expect(limiter.isIdle).toBe(true));
        expectSubscriptions(source.subscriptions).toBe([]);
      });
    });
  });

  it('C5: pulls a synchronous source under take(3) three times', () => {
    let pulled = 0;
    const source = range(0, 1_000).pipe(tap(() => { pulled += 1; }));
    source.pipe(rateLimit(one()), take(3)).subscribe();
    expect(pulled).toBe(3);
  });

  it('passes 1,000,000 synchronous values', () => {
    let count = 0;
    range(0, 1_000_000).pipe(rateLimit(one())).subscribe(() => { count += 1; });
    expect(count).toBe(1_000_000);
  });

  it('C1: asks anew for each subscription, with a cost asked anew', () => {
    run(({ cold, expectObservable }) => {
      const cost = vi.fn().mockReturnValueOnce(1).mockReturnValueOnce({ requests: 2 }).mockReturnValue(undefined);
      const guarded = cold('a|').pipe(rateLimit(new RateLimiter({ limits: per(5, 2) }), { cost }));
      expect(cost).not.toHaveBeenCalled();
      expectObservable(guarded).toBe('a|');
      expectObservable(guarded).toBe('-----a|');
      expectObservable(guarded).toBe('----------a|');
    });
  });

  it('shares its limiter with other calls, inside mergeMap', () => {
    run(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const limiter = new RateLimiter({ limits: per(10, 2) });
      const call = cold('   a|');
      const prompts = hot(' xxx|');
      expectObservable(prompts.pipe(mergeMap(() => call.pipe(rateLimit(limiter))))).toBe('aa--------a|');
      expectSubscriptions(call.subscriptions).toBe(['^!', '-^!', '----------^!']);
    });
  });

  it('L9: holds its place in flight until the source ends', () => {
    run(({ cold, expectObservable }) => {
      const limiter = new RateLimiter({ maxConcurrent: 1 });
      expectObservable(cold('--a--|').pipe(rateLimit(limiter))).toBe('--a--|');
      expectObservable(cold('--#').pipe(rateLimit(limiter))).toBe('-------#');
      expectObservable(cold('-a|').pipe(rateLimit(limiter))).toBe('--------a|');
    });
  });

  describe('usage', () => {
    type Report = { tokens: number } | undefined;
    const plan = { a: undefined, b: { tokens: 40 }, c: { tokens: 7 } };
    const cost = { tokens: 10 };
    const settledTo = (marbles: string, unsubscribed: string | undefined) => {
      let total = -1;
      run(({ cold, expectObservable }) => {
        const limiter = new RateLimiter({ limits: { requests: per(1_000, 9), tokens: per(1_000, 100) } });
        const values = cold<Report>(marbles, plan);
        expectObservable(values.pipe(rateLimit(limiter, { cost, usage: (report) => report }), finalize(() => {}), map(() => 0), catchError(() => EMPTY)), unsubscribed);
        at(20, () => {
          total = used(limiter);
          expect(limiter.state).toMatchObject({ inFlight: 0, limits: { requests: [{ used: 1 }] } });
        });
      });
      return total;
    };

    it.each<[string, string, string | undefined, number]>([
      ['complete without values', '                      -|     ', undefined, 10],
      ['complete without a report', '                    -a-a|  ', undefined, 10],
      ['complete, reported more', '                      -a-b|  ', undefined, 40],
      ['complete, reported less', '                      -a-c|  ', undefined, 7],
      ['complete, of several reports the last', '        -b-c|  ', undefined, 7],
      ['complete, a report and then a value without', '  -c-a|  ', undefined, 7],
      ['error before any value', '                       --#    ', undefined, 0],
      ['error after values without a report', '          -a#    ', undefined, 10],
      ['error after values, reported more', '            -b#    ', undefined, 40],
      ['error after values, reported less', '            -c#    ', undefined, 10],
      ['unsubscribed before any value', '                ----a  ', '^-!', 10],
      ['unsubscribed without a report', '                -a---a ', '^--!', 10],
      ['unsubscribed, reported more', '                  -b---a ', '^--!', 40],
      ['unsubscribed, reported less', '                  -c---a ', '^--!', 10],
    ])('L5: settles a call: %s', (_, marbles, unsubscribed, tokens) => {
      expect(settledTo(marbles.trim(), unsubscribed)).toBe(tokens);
    });

    it('L5: keeps for each dimension the last report, ignores `requests`, and keeps what was reserved of the others', () => {
      run(() => {
        const tokens = per(1_000, 100);
        const limiter = new RateLimiter({ limits: { requests: per(1_000, 9), inputTokens: tokens, outputTokens: tokens, tokens } });
        const reports = [{ inputTokens: 5, outputTokens: 1 }, { outputTokens: 30, requests: 7 }, { tokens: undefined as never }];
        of(...reports)
          .pipe(rateLimit(limiter, { cost: { inputTokens: 20, outputTokens: 20, tokens: 20 }, usage: (report) => report }))
          .subscribe();
        expect(limiter.state.limits).toMatchObject({
          requests: [{ used: 1 }],
          inputTokens: [{ used: 5 }],
          outputTokens: [{ used: 30 }],
          tokens: [{ used: 20 }],
        });
      });
    });

    it('L5: takes null and undefined for no report', () => {
      const limiter = new RateLimiter({ limits: { tokens: per(1_000, 100) } });
      of(null, undefined).pipe(rateLimit(limiter, { cost: { tokens: 3 }, usage: (value) => value as undefined })).subscribe();
      expect(used(limiter)).toBe(3);
    });

    it.each([
      ['an unknown dimension', { tokns: 5 }, /usage.*tokns/],
      ['a bare number', 5, /usage.*5/],
      ['nothing like an amount', { tokens: Number.NaN }, /usage\.tokens.*NaN/],
    ])('C5: sends a usage that is %s to the call, which is settled', (_, report, message) => {
      const limiter = new RateLimiter({ limits: { tokens: per(1_000, 100) }, maxConcurrent: 1 });
      const error = vi.fn();
      of('a').pipe(rateLimit(limiter, { cost: { tokens: 3 }, usage: () => report as never })).subscribe({ error });
      expect(error.mock.calls[0]![0].message).toMatch(message);
      expect(limiter.state).toMatchObject({ inFlight: 0, limits: { tokens: [{ used: 3 }] } });
    });
  });

  describe('callbacks that throw', () => {
    const thrown = new Error('callback');
    const fail = () => {
      throw thrown;
    };

    it('C5: cost: the call errors, nothing is taken, and the source is not subscribed', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const limiter = one();
        const source = cold('a|');
        expectObservable(source.pipe(rateLimit(limiter, { cost: fail }))).toBe('#', {}, thrown);
        expectObservable(source.pipe(rateLimit(limiter, { cost: () => -1 })).pipe(catchError((error) => of(error.name)))).toBe('(e|)', { e: 'RangeError' });
        expectSubscriptions(source.subscriptions).toBe([]);
        at(1, () => expect(limiter.isIdle).toBe(true));
      });
    });

    it('C5: usage: the call errors, the source is left, and the tokens of the value that came are not given back', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const limiter = new RateLimiter({ limits: { tokens: per(50, 10) } });
        const source = cold('-a-b|');
        expectObservable(source.pipe(rateLimit(limiter, { cost: { tokens: 4 }, usage: fail }))).toBe('-#', {}, thrown);
        expectSubscriptions(source.subscriptions).toBe('^!');
        at(2, () => expect(used(limiter)).toBe(4));
      });
    });
  });

  describe('an error that says when to come again', () => {
    const throttled = (headers: Record<string, string>, status = 429) => ({ status, headers });
    const failing = (error: unknown) => throwError(() => error);
    const ignored = { error: () => {} };

    it('L6: pauses the shared limiter for a throttled call, and passes the same error on', () => {
      run(({ cold, expectObservable }) => {
        const limiter = new RateLimiter({ limits: per(100, 9) });
        const error = throttled({ 'retry-after-ms': '7' });
        expectObservable(cold('-#', {}, error).pipe(rateLimit(limiter))).toBe('-#', {}, error);
        expectObservable(cold('a|').pipe(rateLimit(limiter)), '--^').toBe('--------a|');
      });
    });

    it('L6: lets nobody slip in between the error and the pause', () => {
      run(({ cold, expectObservable }) => {
        const limiter = new RateLimiter({ maxConcurrent: 1 });
        expectObservable(cold('-#', {}, throttled({ 'retry-after-ms': '7' })).pipe(rateLimit(limiter), catchError(() => EMPTY))).toBe('-|');
        expectObservable(cold('a|').pipe(rateLimit(limiter))).toBe('--------a|');
      });
    });

    it('L6: pauses for maxPause at most', () => {
      run(({ cold, expectObservable }) => {
        const limiter = new RateLimiter({ limits: per(100, 9), maxPause: 5 });
        failing(throttled({ 'retry-after': '86400' })).pipe(rateLimit(limiter)).subscribe(ignored);
        expectObservable(cold('a|').pipe(rateLimit(limiter))).toBe('-----a|');
      });
    });

    it.each([503, 529])('L6: pauses for a hint of a server that is overloaded: %i', (status) => {
      run(({ cold, expectObservable }) => {
        const limiter = new RateLimiter({ limits: per(100, 9) });
        failing(throttled({ 'retry-after-ms': '7' }, status)).pipe(rateLimit(limiter)).subscribe(ignored);
        expectObservable(cold('a|').pipe(rateLimit(limiter))).toBe('-------a|');
      });
    });

    it.each([500, 502, 504, 408, 409])('L6: does not pause for a hint of a transient error: %i', (status) => {
      run(() => {
        const limiter = new RateLimiter({ limits: per(100, 9) });
        failing(throttled({ 'retry-after-ms': '7' }, status)).pipe(rateLimit(limiter)).subscribe(ignored);
        expect(limiter.state.pausedUntil).toBe(0);
      });
    });

    it('R11: reads the hint of an error with the `retryAfter` of its client', () => {
      run(({ cold, expectObservable }) => {
        const retryAfter = (error: unknown) => (error as { comeBackIn?: number }).comeBackIn;
        const client = new ResilientClient({ retryAfter, rateLimit: { limits: per(100, 9) } });
        const error = { ...throttled({ 'retry-after-ms': '2' }), comeBackIn: 7 };
        expectObservable(cold('-#', {}, error).pipe(client.guard())).toBe('-#', {}, error);
        expectObservable(cold('a|').pipe(client.guard()), '--^').toBe('--------a|');
      });
    });

    it('R11: reads the hint with the `retryAfter` of the retry, if the client has none of its own', () => {
      run(({ cold, expectObservable }) => {
        const retryAfter = () => 7;
        const client = new ResilientClient({ retryBackoff: { maxRetries: 0, retryAfter }, rateLimit: { limits: per(100, 9) } });
        const error = throttled({});
        expectObservable(cold('-#', {}, error).pipe(client.guard())).toBe('-#', {}, error);
        expectObservable(cold('a|').pipe(client.guard()), '--^').toBe('--------a|');
      });
    });

    it.each([
      ['whose quota is used up', { ...throttled({ 'retry-after': '9' }), code: 'insufficient_quota' }, {}],
      ['with pauseOnThrottle off', throttled({ 'retry-after': '9' }), { pauseOnThrottle: false }],
      ['that is a refusal of ours', new PermitRefusedError({ reason: 'queue-full', cost: {}, retryAfter: 9 }), {}],
    ])('L6: does not pause for an error %s', (_, error, options) => {
      run(() => {
        const limiter = new RateLimiter({ limits: per(100, 9) });
        failing(error).pipe(rateLimit(limiter, options)).subscribe(ignored);
        expect(limiter.state.pausedUntil).toBe(0);
      });
    });

    it('L6: syncs the limiter with the headers of an error, also with pauseOnThrottle off', () => {
      run(({ cold, expectObservable }) => {
        const limiter = new RateLimiter({ limits: per(1_000, 100) });
        const headers = { 'x-ratelimit-limit-requests': '10', 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '50ms' };
        failing(throttled(headers)).pipe(rateLimit(limiter, { pauseOnThrottle: false })).subscribe(ignored);
        expectObservable(cold('a|').pipe(rateLimit(limiter))).toBe('-----a|');
      });
    });
  });

  describe('C11: a consumer that subscribes again', () => {
    it('inside complete finds the permit settled', () => {
      run(({ cold, expectObservable }) => {
        const limiter = new RateLimiter({ maxConcurrent: 1, maxQueue: 0 });
        const guarded = cold('-a|').pipe(rateLimit(limiter));
        expectObservable(concat(guarded, guarded)).toBe('-a-a|');
      });
    });

    it('inside error finds the permit settled, and what was reserved given back', () => {
      run(({ cold, expectObservable }) => {
        const limiter = new RateLimiter({ limits: { tokens: per(100, 5) }, maxConcurrent: 1, maxQueue: 0 });
        const guarded = cold('-#').pipe(rateLimit(limiter, { cost: { tokens: 5 } }));
        expectObservable(guarded.pipe(catchError(() => guarded))).toBe('--#');
      });
    });
  });

  it('asks any Limiter, and hands the source its permit', () => {
    const permit = { cost: { requests: 1, tokens: 5 }, settle: vi.fn(), refund: vi.fn() };
    const acquire = vi.fn(() => of(permit));
    const limiter: Limiter = { acquire };
    of('a').pipe(rateLimit(limiter, { cost: { tokens: 5 }, priority: 2, maxWait: 9, usage: () => ({ tokens: 3 }) })).subscribe();
    expect(acquire.mock.calls).toEqual([[{ tokens: 5 }, { priority: 2, maxWait: 9 }]]);
    expect(permit.settle.mock.calls).toEqual([[{ tokens: 3 }]]);
    expect(permit.refund).not.toHaveBeenCalled();
  });

  it('leaves the line of any Limiter', () => {
    const left = vi.fn();
    const source = vi.fn(() => NEVER);
    const limiter: Limiter = { acquire: () => new Subject<never>().pipe(finalize(left)) };
    defer(source).pipe(rateLimit(limiter)).subscribe().unsubscribe();
    expect(left).toHaveBeenCalledTimes(1);
    expect(source).not.toHaveBeenCalled();
  });

  it.each<[string, unknown, unknown, ErrorConstructor, RegExp]>([
    ['a config for a limiter', { limits: per(5, 1) }, {}, TypeError, /rateLimit: limiter .* not a config.*outside of the pipe/s],
    ['nothing for a limiter', undefined, {}, TypeError, /rateLimit: limiter .*undefined/s],
    ['options of null', one(), null, TypeError, /rateLimit: options .*null/],
    ['an unknown option', one(), { maxwait: 5 }, TypeError, /maxwait.*5/],
    ['a negative maxWait', one(), { maxWait: -1 }, RangeError, /maxWait .*-1/],
    ['a priority that is NaN', one(), { priority: Number.NaN }, RangeError, /priority .*NaN/],
    ['a usage that is no function', one(), { usage: 5 }, TypeError, /usage .*5/],
    ['a pauseOnThrottle that is no boolean', one(), { pauseOnThrottle: 'yes' }, TypeError, /pauseOnThrottle .*yes/],
    ['a negative cost', one(), { cost: -1 }, RangeError, /cost .*-1/],
    ['a cost in an unknown dimension', one(), { cost: { tokens: 1 } }, TypeError, /cost .*tokens/],
  ])('C2: refuses %s when it is created', (_, limiter, options, kind, message) => {
    const create = () => rateLimit(limiter as Limiter, options as object);
    expect(create).toThrow(kind);
    expect(create).toThrow(message);
  });

  it('C2: a dimension that a limiter does not have is refused, also through a limiter around it', () => {
    const inner = new RateLimiter({ limits: { tokens: perHour(3) }, scheduler: new VirtualTime() });
    const around: Limiter = { acquire: (cost, options) => inner.acquire(cost as never, options) };
    const seen: string[] = [];
    of(1).pipe(rateLimit(around, { cost: { tokns: 5 }, priority: 1 })).subscribe({ error: ({ message }) => seen.push(message) });
    expect(seen).toEqual([expect.stringContaining('tokns')]);
  });
});
