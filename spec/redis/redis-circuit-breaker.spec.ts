import { defer, of, throwError } from 'rxjs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { circuitBreak } from '../../src/index';
import { RedisCircuitBreaker, type RedisCircuitBreakerConfig } from '../../src/redis';
import { RedisServer } from './support/redis-server';
import { VirtualRedis } from './support/virtual-redis';

let server: RedisServer;
let redis: VirtualRedis;
let key: string;
let keys = 0;
beforeAll(async () => {
  server = await RedisServer.start();
});
beforeEach(() => {
  redis = new VirtualRedis(server.ioredis());
  keys += 1;
  key = `breaker ${process.pid} ${keys}`;
});
afterAll(() => server.stop());

const breakerOf = (config: Partial<RedisCircuitBreakerConfig> = {}) =>
  new RedisCircuitBreaker(redis, { key, failureThreshold: 2, recoveryTimeout: 5_000, scheduler: redis.scheduler, ...config });

/** What comes of a call that does this. */
async function call(breaker: RedisCircuitBreaker, what: 'succeeds' | 'fails' = 'succeeds') {
  const heard: unknown[] = [];
  const source = defer(() => (what === 'succeeds' ? of('answer') : throwError(() => Object.assign(new Error('down'), { status: 503 }))));
  source.pipe(circuitBreak(breaker)).subscribe({ next: (value) => heard.push(value), error: (error) => heard.push(error.name === 'CircuitOpenError' ? 'refused' : 'failed') });
  await redis.settled();
  return heard[0];
}

async function open(breaker: RedisCircuitBreaker) {
  await call(breaker, 'fails');
  await call(breaker, 'fails');
  expect(breaker.state.status).toBe('open');
}

describe('D8: an opening', () => {
  it('is told to all: they are open until the same time', async () => {
    const [one, other] = [breakerOf(), breakerOf()];
    await call(other);
    await open(one);
    const { openUntil } = one.state;
    await redis.pass(1_001, 91);
    expect(await call(other)).toBe('refused');
    expect(other.state).toMatchObject({ status: 'open', openUntil, openings: 1 });
    await redis.pass(5_000, 500);
    expect([one.state.status, other.state.status]).toEqual(['half-open', 'half-open']);
  });

  it('one probe, and closed for all', async () => {
    const [one, other] = [breakerOf(), breakerOf()];
    await call(other);
    await open(one);
    await redis.pass(5_000, 100);
    expect(await call(other)).toBe('refused');
    expect(await call(one)).toBe('refused');
    expect(await call(other)).toBe('answer');
    await redis.pass(1_001, 91);
    expect(await call(one)).toBe('answer');
    expect(one.state).toMatchObject({ status: 'closed', openings: 0 });
  });
});
