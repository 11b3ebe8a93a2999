import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { lastValueFrom, of, throwError } from 'rxjs';
import { perDay, ResilientClient } from '../../../src/index';
import { RedisCircuitBreaker, RedisRateLimiter, RedisTokenBudget } from '../../../src/redis';

// Makes calls that cost less than was estimated, and a last one that fails; then drains its client and ends at once.
const [url, kind, key] = process.argv.slice(2) as [string, string, string];
const redis = kind === 'ioredis' ? new Redis(url) : await createClient({ url }).connect();
const limits = perDay(1_000_000);
const client = new ResilientClient({
  rateLimit: new RedisRateLimiter(redis, { key, limits: { tokens: limits } }),
  tokenBudget: new RedisTokenBudget(redis, { key, limits }),
  circuitBreak: new RedisCircuitBreaker(redis, { key, failureThreshold: 1 }),
});
const tokens = { input: 500, output: 1_000 };
process.send!('ready');
await Promise.all(
  Array.from({ length: 17 }, () =>
    lastValueFrom(client.call(() => of({ usage: { input_tokens: 40, output_tokens: 10 } }), { tokens })),
  ),
);
await lastValueFrom(
  client.call(() => throwError(() => Object.assign(new Error('down'), { status: 503 })), { tokens }),
).catch(() => undefined);
await lastValueFrom(client.drain(), { defaultValue: undefined });
process.exit(0);
