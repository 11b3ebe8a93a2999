import { of, throwError } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import type { Breaker } from '../../src/circuit/breaker';
import { BreakerGuard } from '../../src/circuit/breaker-guard';
import { CircuitBreaker } from '../../src/circuit/circuit-breaker';
import { resilient } from '../../src/client/resilient';
import { chainOfOne } from '../../src/guard/guard-chain';
import { guarded } from '../../src/guard/guarded';
import { RateLimiter } from '../../src/limiter/rate-limiter';
import { perSecond } from '../../src/quota/limits';
import { VirtualTime } from './virtual-time';

const failing = (breaker: Breaker, retryAfter?: (error: unknown) => number | undefined) => {
  const errors: unknown[] = [];
  const guard = guarded(chainOfOne(new BreakerGuard(breaker, false, undefined, retryAfter)), () => ({}));
  throwError(() => 'down').pipe(guard).subscribe({ error: (error) => errors.push(error) });
  return errors;
};

const breakerOf = () => new CircuitBreaker({ failureThreshold: 1, recoveryTimeout: 10, scheduler: new VirtualTime() });

describe('BreakerGuard', () => {
  it('R11: reads the hint of a failure as its caller does', () => {
    const breaker = breakerOf();
    expect(failing(breaker, (error) => (error === 'down' ? 25 : undefined))).toEqual(['down']);
    expect(breaker.state.openUntil).toBe(25);
  });

  it('R11, C5: sends what that reading throws to the error channel of the call', () => {
    const breaker = breakerOf();
    const broken = new Error('broken');
    expect(failing(breaker, () => { throw broken; })).toEqual([broken]);
    expect([breaker.state.status, breaker.isIdle]).toEqual(['closed', false]);
  });

  it('tells a breaker of somebody else the error and nothing more', () => {
    const fail = vi.fn();
    failing({ admit: () => ({ value: vi.fn(), succeed: vi.fn(), fail, ignore: vi.fn() }) }, () => 25);
    expect(fail.mock.calls).toEqual([['down']]);
  });

  it('S1: a probe whose time is over when the permit comes is given back, and the breaker is asked again', () => {
    const scheduler = new VirtualTime();
    const circuitBreak = new CircuitBreaker({ failureThreshold: 1, recoveryTimeout: 10, scheduler });
    const rateLimit = new RateLimiter({ limits: perSecond(5), scheduler });
    circuitBreak.admit().fail('down');
    scheduler.pass(10);
    const told: string[] = [];
    circuitBreak.events$.subscribe(({ type }) => told.push(type));
    rateLimit.events$.subscribe(({ type }) => type === 'granted' && circuitBreak.reset());
    const values: string[] = [];
    of('a').pipe(resilient({ rateLimit, circuitBreak, whenOpen: 'wait', scheduler })).subscribe((value) => values.push(value));
    expect(values).toEqual(['a']);
    expect(told).toEqual(['half-opened', 'closed', 'ignored', 'success']);
    expect(circuitBreak.state).toMatchObject({ status: 'closed', calls: 0 });
  });
});
