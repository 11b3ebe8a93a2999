import { throwError } from 'rxjs';
import { expect, it } from 'vitest';
import { perHour, ResilientClient } from '../../src/index';
import { VirtualScheduler } from '../../src/testing';

it('R11: asks retryAfter once for each error, so that limiter, breaker and retry go by the same wait', () => {
  const scheduler = new VirtualScheduler();
  let asked = 0;
  const retryAfter = () => {
    asked += 1;
    return 10;
  };
  const client = new ResilientClient({ retryAfter, retryBackoff: { maxRetries: 2 }, rateLimit: { limits: perHour(100) }, circuitBreak: { failureThreshold: 3 }, scheduler });
  client.call(() => throwError(() => Object.assign(new Error('slow down'), { status: 429 }))).subscribe({ error: () => undefined });
  scheduler.flush();
  expect(asked).toBe(3);
});
