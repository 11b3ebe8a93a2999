// The types of both entry points: what is inferred, and what must not compile.
import { type Observable, of } from 'rxjs';
import {
  fromStream,
  keyed,
  perMinute,
  RateLimiter,
  ResilientClient,
  rateLimit,
  retryBackoff,
  TokenBudget,
} from 'rxjs-resilience';
import { type RedisClient, RedisRateLimiter, RedisTokenBudget } from 'rxjs-resilience/redis';

const limiter = new RateLimiter({ limits: { requests: perMinute(5), tokens: perMinute(1000) } });
export const text: Observable<string> = of('a').pipe(retryBackoff(), rateLimit(limiter, { cost: { tokens: 5 } }));
export const client = new ResilientClient({
  rateLimit: { limits: perMinute(5) },
  tokenBudget: keyed(() => new TokenBudget({ limits: perMinute(5) })),
});
// @ts-expect-error a typo in a dimension does not compile
of('a').pipe(rateLimit(limiter, { cost: { tokenz: 5 } }));

async function* answer(_signal: AbortSignal) {
  yield 'a';
}
export const streamed: Observable<string> = fromStream(answer);
export const called: Observable<string> = client.call((signal) => answer(signal), { tokens: 5, key: 'ada' });
// @ts-expect-error the budget is keyed, so the call needs a key
client.call((signal) => answer(signal), { tokens: 5 });

declare const redis: RedisClient;
const shared = new RedisRateLimiter(redis, { key: 'a', limits: { requests: perMinute(5), tokens: perMinute(1000) } });
export const limited = new ResilientClient({
  rateLimit: shared,
  tokenBudget: new RedisTokenBudget(redis, { key: 'a', limits: perMinute(5) }),
});
// @ts-expect-error a typo in a dimension does not compile
of('a').pipe(rateLimit(shared, { cost: { tokenz: 5 } }));
