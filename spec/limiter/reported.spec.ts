import { defer, mergeMap, of, throwError, timer } from 'rxjs';
import { expect, it } from 'vitest';
import { perMinute, perSecond, RateLimiter, rateLimit, retryBackoff } from '../../src/index';
import { apiError, endlessTime } from '../support/timeline';

// What people reported in public of other libraries, in small versions of our own.

/** When the requests of three callers are made, of whom the first ones are told these errors. */
function requestsAfter(...errors: readonly Error[]): number[] {
  const scheduler = endlessTime();
  const limiter = new RateLimiter({ limits: perMinute(1_000), pace: false, scheduler });
  const requests: number[] = [];
  const call = defer(() => {
    const error = errors[requests.push(scheduler.now()) - 1];
    return error === undefined ? of('ok') : throwError(() => error);
  }).pipe(rateLimit(limiter), retryBackoff({ scheduler, random: () => 0 }));
  for (const at of [0, 1_000, 2_000]) {
    timer(at, scheduler).pipe(mergeMap(() => call)).subscribe();
  }
  scheduler.flush();
  return requests;
}

it.each([
  ['a 429', apiError(429, {}, { 'retry-after': '25' })],
  ['a 503', apiError(503, {}, { 'retry-after': '25' })],
  ['a 529', apiError(529, { type: 'error', error: { type: 'overloaded_error' } }, { 'retry-after': '25' })],
])('L6: one caller is told to stay away, and all others do: %s', (_, error) => {
  expect(requestsAfter(error)).toEqual([0, 25_000, 25_000, 25_000]);
});

it('L6: a second hint that is longer keeps all of them away for longer', () => {
  const [first, second, ...others] = requestsAfter(apiError(429, {}, { 'retry-after': '3' }), apiError(429, {}, { 'retry-after': '10' }));
  expect([first, second]).toEqual([0, 3_000]);
  expect(Math.min(...others)).toBeGreaterThanOrEqual(13_000);
});

it('L4: what the limiter of all refuses has cost its user nothing', () => {
  const scheduler = endlessTime();
  const [user, all] = [6, 2].map((limit) => new RateLimiter({ limits: perSecond(limit), scheduler })) as [RateLimiter, RateLimiter];
  let made = 0;
  const refusals: string[] = [];
  for (let call = 0; call < 6; call++) {
    const guarded = defer(() => of(++made)).pipe(rateLimit(all, { maxWait: 0 }), rateLimit(user));
    guarded.subscribe({ error: ({ reason }) => refusals.push(reason) });
  }
  scheduler.flush();
  expect([made, refusals, user.state.limits.requests?.[0]?.used]).toEqual([2, Array(4).fill('wait-too-long'), 2]);
});
