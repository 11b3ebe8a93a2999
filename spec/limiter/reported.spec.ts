import { defer, mergeMap, of, throwError, timer } from 'rxjs';
import { expect, it } from 'vitest';
import { perMinute, RateLimiter, rateLimit, retryBackoff } from '../../src/index';
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
