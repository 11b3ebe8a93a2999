import { of, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { CircuitBreaker, keyed, perHour, RateLimiter, ResilientClient } from '../../src';
import { VirtualTime } from '../circuit/virtual-time';

describe("whenOpen: 'wait' with a limiter for each tenant", () => {
  /** A client whose breaker is open for 10 s, and whose tenant `busy` has used up its hour. */
  function outage() {
    const scheduler = new VirtualTime();
    const client = new ResilientClient({
      rateLimit: keyed(() => new RateLimiter({ limits: perHour(1), scheduler })),
      circuitBreak: new CircuitBreaker({ failureThreshold: 1, recoveryTimeout: 10_000, scheduler }),
      whenOpen: 'wait',
      scheduler,
    });
    client.call(() => of('answer'), { key: 'busy' }).subscribe();
    client.call(() => throwError(() => new Error('down')), { key: 'other' }).subscribe({ error: () => undefined });
    const answered: [string, number][] = [];
    const call = (key: string) =>
      client.call(() => of(key), { key, maxWait: 7_200_000 }).subscribe((value) => answered.push([value, scheduler.now()]));
    return { scheduler, client, call, answered };
  }

  it('S1: a caller who waits in its own line gives its probe to the next', () => {
    const { scheduler, call, answered } = outage();
    for (const key of ['busy', 'a', 'b', 'c']) {
      call(key);
    }
    scheduler.pass(10_100);
    expect(answered).toEqual([['a', 10_000], ['b', 10_000], ['c', 10_000]]);
    scheduler.pass(3_600_000);
    expect(answered.at(-1)).toEqual(['busy', 3_600_000]);
  });

  it('S1: one whose permit comes asks the breaker again, and returns to the look if that has opened', () => {
    const { scheduler, client, call, answered } = outage();
    call('busy');
    scheduler.pass(10_100);
    const release = client.breaker.isolate();
    scheduler.pass(3_600_000);
    expect(answered).toEqual([]);
    release();
    scheduler.pass(3_600_000);
    expect(answered.map(([key]) => key)).toEqual(['busy']);
  });
});
