import { readFileSync } from 'node:fs';
import { asyncScheduler, defer, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  classifyError, KeyLimitError, keyed, perDay, perHour, perMinute, RateLimiter, ResilientClient, rateLimitOf, retryAfterOf, retryBackoff, TokenBudget,
} from '../src/index';
import { filesBelow } from './support/examples';
import { fc } from './support/property';
import { run } from './support/run';

const day = 86_400_000;
const junk = [
  '', ' ', '-1', '-99999', '-5s', '-0', '1e309', '-1e309', 'NaN', 'Infinity', '0', '0.0000001', '9'.repeat(400), '2147483648', '99999999999999999999',
  '99999999h', 'Fri, 31 Dec 9999 23:59:59 GMT', 'Thu, 01 Jan 1970 00:00:00 GMT', '__proto__', '{"a":1}', '1, 2, 999999999', '\u0000', '"x";r=0;t=999999999999999',
  'true', '2999-01-01T00:00:00Z', '0001-01-01T00:00:00Z',
];
const names = [
  'retry-after', 'retry-after-ms', 'x-ms-retry-after-ms', 'x-should-retry', 'date', 'ratelimit', 'ratelimit-policy', '__proto__', 'constructor',
  ...['limit', 'remaining', 'reset'].flatMap((what) => [`x-ratelimit-${what}-requests`, `anthropic-ratelimit-requests-${what}`]),
];
const headers = fc.dictionary(fc.constantFrom(...names), fc.constantFrom(...junk), { maxKeys: 8 });

describe('hostile headers', () => {
  it('end a call with its error in bounded time, after no more than its attempts', () => {
    fc.assert(
      fc.property(headers, fc.constantFrom(429, 500, 529), (given, status) => {
        run(({ flush }) => {
          const client = new ResilientClient({ retryBackoff: {}, rateLimit: { limits: perMinute(10) }, circuitBreak: {} });
          const failure = { status, headers: given };
          let attempts = 0;
          let endedAt = Number.NaN;
          client
            .call(() => defer(() => {
              attempts += 1;
              return throwError(() => failure);
            }))
            .subscribe({ error: (error) => {
              expect(error).toBe(failure);
              endedAt = asyncScheduler.now();
            } });
          flush();
          expect(attempts).toBeLessThanOrEqual(4);
          expect(endedAt).toBeLessThanOrEqual(3 * (day + 2 * 60_000));
        });
      }),
      { numRuns: 500 },
    );
  });

  it('do not keep the callers of a shared limiter waiting for more than a day, or for more than maxPause without rate limit headers', () => {
    fc.assert(
      fc.property(headers, (given) => {
        run(({ flush }) => {
          const limiter = new RateLimiter({ limits: perMinute(10) });
          const client = new ResilientClient({ rateLimit: limiter });
          client.call(() => throwError(() => ({ status: 429, headers: given }))).subscribe({ error: () => undefined });
          let grantedAt = Number.NaN;
          limiter.acquire().subscribe(() => {
            grantedAt = asyncScheduler.now();
          });
          flush();
          const tells = rateLimitOf(given, 0).requests?.remaining !== undefined;
          expect(grantedAt).toBeLessThanOrEqual(tells ? day : 60_000);
        });
      }),
      { numRuns: 500 },
    );
  });

  it('do not make retries spin: after a hint of nothing the backoff is waited all the same', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const throttled = { status: 429, headers: { 'retry-after': '0', 'x-should-retry': 'true' } };
      const call = cold('#', undefined, throttled);
      expectObservable(call.pipe(retryBackoff({ maxRetries: 2, random: () => 0 }))).toBe('1500ms #', undefined, throttled);
      expectSubscriptions(call.subscriptions).toBe(['(^!)', '500ms (^!)', '1500ms (^!)']);
    });
  });

  it('of 10 MB are read in reasonable time, and say nothing', { timeout: 60_000 }, () => {
    for (const piece of ['9', '-', ' ', '1h', '"a";r=1,', ',', '(', 'Fri, ', '1, ', '\\"']) {
      const long = piece.repeat(10_000_000 / piece.length);
      const all = Object.fromEntries(names.map((name) => [name, long]));
      const begin = process.cpuUsage();
      classifyError({ status: 429, headers: all });
      const hint = retryAfterOf({ status: 429, headers: all }, 0);
      rateLimitOf(all, 0);
      const { user } = process.cpuUsage(begin);
      expect(user / 1e6, `seconds for ${piece}`).toBeLessThan(20);
      expect(hint === undefined || (hint >= 0 && Number.isFinite(hint))).toBe(true);
    }
  });

  it('give their names to nothing but their own entries', () => {
    const info = rateLimitOf({ ratelimit: '"__proto__";r=1, "constructor";r=2', 'ratelimit-policy': '"toString";q=3' });
    expect(Object.keys(info.policies!).sort()).toEqual(['__proto__', 'constructor', 'toString']);
    expect(Object.getPrototypeOf(info.policies)).toBe(Object.prototype);
    expect(({} as { r?: unknown }).r).toBeUndefined();
  });
});

describe('hostile keys', () => {
  const reserved = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', ''];

  it('have a budget each, also those with names of the language', () => {
    const budgets = keyed(() => new TokenBudget({ limits: perHour(100) }));
    reserved.forEach((key, index) => {
      budgets.get(key).record(index + 1);
    });
    expect(reserved.map((key) => budgets.get(key).remaining)).toEqual(reserved.map((_, index) => 99 - index));
    expect(({} as { remaining?: unknown }).remaining).toBeUndefined();
  });

  it('that look alike are not the same', () => {
    const lookAlikes = ['ada', 'Ada', 'ada ', 'ada\u0000', '\u0061da', 'a\u0301da', '\u00e1da', 'аda'];
    const budgets = keyed(() => new TokenBudget({ limits: perHour(100) }));
    budgets.get('ada').record(100);
    const exhausted = lookAlikes.filter((key) => budgets.get(key).remaining === 0);
    expect(exhausted).toEqual(['ada', '\u0061da']);
  });

  it('through a client draw on their own budget only', () => {
    run(({ flush, expectObservable, cold }) => {
      const client = new ResilientClient({ tokenBudget: keyed(() => new TokenBudget({ limits: perDay(100) })) });
      const call = (key: string) => client.call(() => cold('a|'), { key, tokens: 100, usage: () => 100 });
      for (const key of reserved) {
        expectObservable(call(key)).toBe('a|');
      }
      flush();
      expectObservable(call('__proto__')).toBe('-#', undefined, expect.objectContaining({ name: 'TokenBudgetExceededError' }));
    });
  });

  it('in a flood of 1,000,000 new ones reset nobody, and take no more room than maxKeys', { timeout: 60_000 }, () => {
    const budgets = keyed(() => new TokenBudget({ limits: perDay(100) }), { maxKeys: 1_000 });
    const ada = budgets.get('ada');
    ada.record(100);
    for (let key = 0; key < 1_000_000; key += 1) {
      budgets.get(`new ${key}`);
    }
    expect(budgets.size).toBe(1_000);
    expect(budgets.get('ada')).toBe(ada);
    expect(ada.remaining).toBe(0);
  });

  it('that are all in use keep new ones out, and are not forgotten for them', () => {
    const budgets = keyed(() => new TokenBudget({ limits: perDay(100) }), { maxKeys: 200 });
    for (let key = 0; key < 200; key += 1) {
      budgets.get(String(key)).record(key + 1);
    }
    for (let key = 0; key < 10_000; key += 1) {
      expect(() => budgets.get(`new ${key}`)).toThrow(KeyLimitError);
    }
    expect(Array.from({ length: 200 }, (_, key) => budgets.get(String(key)).remaining)).toEqual(Array.from({ length: 200 }, (_, key) => 99 - key));
  });
});

describe('names of limits', () => {
  it.each(['constructor', 'toString', 'hasOwnProperty', 'valueOf'])('%s is refused as a dimension when the limiter is made', (name) => {
    expect(() => new RateLimiter({ limits: { [name]: perMinute(1) } })).toThrow(
      `RateLimiter: limits.${name}: a dimension must not have the name of a member of Object.prototype`,
    );
  });
});

describe('the sources', () => {
  it('execute no text and look into no prototype', () => {
    // A method eval is a Redis client's, which runs our scripts on its server.
    const suspicious = /(?<!\.)\beval\s*\(|new Function\b|\bimport\s*\(|__proto__|setPrototypeOf|\bwith\s*\(/;
    const command = 'src/lab/cli/load-scenario.ts'; // imports the file that whoever runs it has named
    expect(filesBelow('src', '.ts').filter((file) => file !== command && suspicious.test(readFileSync(file, 'utf8')))).toEqual([]);
  });
});
