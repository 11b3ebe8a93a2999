import { describe, expect, it } from 'vitest';
import { perMinute, RateLimiter } from '../../src';
import { VirtualTime } from '../circuit/virtual-time';

describe('a fair limiter that gets other limits', () => {
  it('L11, L13: refuses of every tenant who can never be granted any more, retries as well', () => {
    const scheduler = new VirtualTime();
    const limiter = new RateLimiter({ limits: perMinute(5), fair: true, scheduler });
    const reasons: unknown[] = [];
    const ask = (requests: number, tenant: string, retry = false) =>
      limiter.acquire({ requests }, { tenant, retry }).subscribe({ error: ({ reason }) => reasons.push(`${tenant}: ${reason}`) });
    ask(5, 'ada');
    ask(3, 'ada', true);
    ask(4, 'bob');
    ask(1, 'bob');
    limiter.update({ limits: perMinute(2) });
    scheduler.pass(0);
    expect([reasons.sort(), limiter.state.waiting]).toEqual([['ada: cost-too-large', 'bob: cost-too-large'], 1]);
  });
});
