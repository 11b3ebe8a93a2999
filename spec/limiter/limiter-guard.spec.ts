import { throwError } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import type { Ending } from '../../src/guard/guard';
import type { Limiter, Permit } from '../../src/limiter/limiter';
import { type Hearing, type LimitAsking, LimiterGuard, type UnitsReading } from '../../src/limiter/limiter-guard';
import type { Taking } from '../../src/limiter/taking';
import { limiterReaders } from '../../src/provider';
import type { Units } from '../../src/quota/limits';

type Reported = UnitsReading & { units: Units | undefined };
const taking: Taking<Reported> = { costOf: (cost) => cost, unitsOf: ({ units }) => units };

function fake(limiter: Partial<Limiter> = {}) {
  const permit = { cost: { requests: 1, tokens: 10 }, settle: vi.fn(), refund: vi.fn() } satisfies Permit;
  const shared = { acquire: () => throwError(() => new Error('unused')), scheduler: { now: () => 0, schedule: vi.fn() }, ...limiter };
  const use = (hears: Hearing = 'all') => {
    const guard = new LimiterGuard(shared as Limiter, hears, taking, limiterReaders);
    const reading = { units: undefined as Units | undefined, isUnitsFinal: false };
    const attempt = { hasValue: false, reading, readOnce };
    return {
      delivered: (units?: Units, isFinal = false) => {
        attempt.hasValue = true;
        if (units !== undefined) {
          attempt.reading = { units, isUnitsFinal: isFinal };
        }
      },
      end: (ending: Ending, error?: unknown) => guard.end(permit, ending, error, attempt as unknown as LimitAsking<Reported>),
    };
  };
  return { permit, use };
}

const readOnce = (error: unknown, read: (error: unknown) => unknown) => read(error);
const throttled = (headers: Record<string, string>) => ({ status: 429, headers });

describe('LimiterGuard', () => {
  it('L5: takes a report that is final for the cost, although the call was cut off after it', () => {
    const { permit, use } = fake();
    const used = use();
    used.delivered({ tokens: 3 }, true);
    used.delivered();
    used.end('unsubscribe');
    expect(permit.settle.mock.calls).toEqual([[{ tokens: 3 }]]);
  });

  it('L6: settles the permit although the limiter fails to learn from the error', () => {
    const pause = () => {
      throw new Error('pause');
    };
    const { permit, use } = fake({ pause });
    expect(() => use().end('error', throttled({ 'retry-after-ms': '5' }))).toThrow('pause');
    expect(permit.settle).toHaveBeenCalledTimes(1);
  });

  it('L6: pauses before it settles, for that lets the next one begin; for 60 s at most where the limiter says nothing', () => {
    const order: unknown[] = [];
    const { permit, use } = fake({ pause: (ms) => order.push(ms), sync: () => order.push('sync') });
    permit.settle.mockImplementation(() => order.push('settle'));
    use().end('error', throttled({ 'retry-after': '7200', 'x-ratelimit-remaining-requests': '0' }));
    expect(order).toEqual([60_000, 'sync', 'settle']);
  });

  it('L6: does without a limiter that can pause or learn', () => {
    const { permit, use } = fake();
    use().end('error', throttled({ 'retry-after': '1', 'x-ratelimit-remaining-requests': '0' }));
    expect(permit.settle).toHaveBeenCalledTimes(1);
  });

  it('L6: takes the date of an error by the scheduler of the limiter, else by asyncScheduler', () => {
    const pause = vi.fn();
    const error = throttled({ 'retry-after': 'Thu, 01 Jan 1970 00:00:05 GMT' });
    fake({ pause }).use().end('error', error);
    fake({ pause, scheduler: undefined as never }).use().end('error', error);
    expect(pause.mock.calls).toEqual([[5_000], [0]]);
  });
});
