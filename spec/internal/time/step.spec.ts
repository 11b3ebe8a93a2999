import { asyncScheduler, NEVER, type SchedulerLike } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { CircuitBreaker, perDay, perMinute, RateLimiter, resilient, TokenBudget } from '../../../src/index';
import { readTime, stepBegins, stepEnds } from '../../../src/internal/time/step';

/** A scheduler whose clock goes on by a ms with every look. */
function ticking(): SchedulerLike & { looks: number } {
  return {
    looks: 0,
    now() {
      this.looks += 1;
      return this.looks;
    },
    schedule: asyncScheduler.schedule.bind(asyncScheduler),
  };
}

afterEach(stepEnds);

describe('a step', () => {
  it('reads each clock once', () => {
    const [one, other] = [ticking(), ticking()];
    stepBegins();
    expect([readTime(one), readTime(one)]).toEqual([1, 1]);
    stepBegins();
    expect(readTime(one)).toBe(1);
    expect(readTime(other)).toBe(1);
    stepEnds();
    expect([readTime(other), readTime(other)]).toEqual([2, 3]);
  });

  it('is what a call asks of all its guards before its source is subscribed', () => {
    const scheduler = ticking();
    const policies = {
      rateLimit: new RateLimiter({ limits: perMinute(10), scheduler }),
      circuitBreak: new CircuitBreaker({ scheduler }),
      tokenBudget: new TokenBudget({ limits: perDay(1_000), scheduler }),
    };
    NEVER.pipe(resilient({ ...policies, scheduler }, { tokens: 10 })).subscribe().unsubscribe();
    scheduler.looks = 0;
    const call = NEVER.pipe(resilient({ ...policies, scheduler }, { tokens: 10 })).subscribe();
    expect(scheduler.looks).toBe(1);
    call.unsubscribe();
  });

  it('ends where a listener is told, which may take time', () => {
    const scheduler = ticking();
    const limiter = new RateLimiter({ limits: perMinute(10), scheduler });
    const tokenBudget = new TokenBudget({ limits: perDay(1_000), scheduler });
    const times: number[] = [];
    limiter.events$.subscribe(() => {
      scheduler.looks += 100;
    });
    tokenBudget.events$.subscribe(({ at }) => times.push(at));
    const call = NEVER.pipe(resilient({ rateLimit: limiter, tokenBudget, scheduler }, { tokens: 10 })).subscribe();
    expect(times[0]).toBeGreaterThan(100);
    call.unsubscribe();
  });
});
