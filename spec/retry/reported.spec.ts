import { concat, defer, ignoreElements, mergeMap, of, throwError, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { perMinute, RateLimiter, type RetryBackoffConfig, rateLimit, retryBackoff } from '../../src/index';
import { apiError, endlessTime } from '../support/timeline';

// What people reported in public of other libraries, in small versions of our own.

describe('a 429', () => {
  const tooLarge = () => apiError(429, { code: 'rate_limit_exceeded', message: 'Request too large on tokens per min (TPM): Limit 40000, Requested 41210.' });
  const exhausted = () => apiError(429, {}, { 'x-ratelimit-limit-tokens': '30000', 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '13s' });

  it('R9: of a request that is larger than the limit is not tried again', () => {
    const scheduler = endlessTime();
    const attempts: number[] = [];
    let failedAt: number | undefined;
    const call = defer(() => {
      attempts.push(scheduler.now());
      return throwError(tooLarge);
    });
    call.pipe(retryBackoff({ scheduler })).subscribe({ error: () => { failedAt = scheduler.now(); } });
    scheduler.flush();
    expect([attempts, failedAt]).toEqual([[0], 0]);
  });

  it.each([false, true])('R4: whose hint stands only in a reset is waited out, with a limiter that knows tokens: %s', (isLimited) => {
    const scheduler = endlessTime();
    const limiter = new RateLimiter({ limits: { requests: perMinute(500), tokens: perMinute(30_000) }, scheduler });
    const attempts: number[] = [];
    const call = defer(() => (attempts.push(scheduler.now()) === 1 ? throwError(exhausted) : of(1)));
    const guarded = isLimited ? call.pipe(rateLimit(limiter, { cost: { tokens: 15_000 } })) : call;
    guarded.pipe(retryBackoff({ scheduler, jitter: 'none' })).subscribe();
    scheduler.flush();
    expect(attempts).toEqual([0, 13_000]);
  });
});

describe('a stream that lives for hours and drops now and then', () => {
  it.each<RetryBackoffConfig<number>>([{ maxRetries: 3 }, { maxRetries: Number.POSITIVE_INFINITY }])('begins retries and backoff anew each time: %j', (config) => {
    const scheduler = endlessTime();
    const begun: number[] = [];
    const live = defer(() => {
      const drop = timer(3_600_000, scheduler).pipe(mergeMap(() => throwError(() => new Error('dropped'))), ignoreElements());
      return begun.push(scheduler.now()) > 8 ? of(0) : concat(timer(500, scheduler), drop);
    });
    let end: string | undefined;
    live.pipe(retryBackoff<number>({ scheduler, jitter: 'none', afterValues: 'restart', resetAfter: 60_000, ...config })).subscribe({ complete: () => { end = 'complete'; } });
    scheduler.flush();
    expect(end).toBe('complete');
    expect(begun.slice(1).map((at, index) => at - begun[index]! - 3_600_500)).toEqual(Array(8).fill(1_000));
  });
});
