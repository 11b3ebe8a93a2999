import { Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { RetryBudget, type RetryBudgetEvent, retryBackoff } from '../../src/index';
import { VirtualTime } from '../circuit/virtual-time';
import { NaiveClock } from '../support/naive-clock';
import { fc, runs } from '../support/property';

/** Shares and rates as fractions of whole numbers, so that the naive count is exact. */
const rule = fc.record({ percent: fc.constantFrom(0, 1, 7, 10, 20, 29, 30, 33, 58, 100, 150), perMinute: fc.constantFrom(0, 1, 5, 6, 7, 12, 30) });
type Rule = typeof rule extends fc.Arbitrary<infer Value> ? Value : never;

const budgetOf = ({ percent, perMinute }: Rule, scheduler: VirtualTime) =>
  new RetryBudget({ ratio: percent / 100, minPerSecond: perMinute / 60, scheduler });

/** Attempts and retries as lists of times. */
class NaiveRetryBudget {
  readonly #attempts: number[] = [];
  readonly #retries: number[] = [];

  constructor(private readonly rule: Rule) {}

  attempt(now: number): void {
    this.#attempts.push(now);
  }

  tryRetry(now: number): boolean {
    const isAllowed = this.#isAllowed(this.#recent(this.#retries, now) + 1, now);
    if (isAllowed) {
      this.#retries.push(now);
    }
    return isAllowed;
  }

  state(now: number) {
    const retries = this.#recent(this.#retries, now);
    let remaining = 0;
    while (this.#isAllowed(retries + remaining + 1, now)) {
      remaining += 1;
    }
    return { firstAttempts: this.#recent(this.#attempts, now), retries, remaining };
  }

  #isAllowed(retries: number, now: number): boolean {
    const { percent, perMinute } = this.rule;
    return retries * 100 <= percent * this.#recent(this.#attempts, now) || retries * 60 <= perMinute * 10;
  }

  #recent(times: readonly number[], now: number): number {
    return times.filter((at) => at + 10_000 > now).length;
  }
}

type Step =
  | { readonly do: 'attempt' | 'retry'; readonly times: number }
  | { readonly do: 'pass' | 'clock'; readonly ms: number; readonly isSeen: boolean };

const acting: fc.Arbitrary<Step> = fc.record({ do: fc.constantFrom('attempt' as const, 'retry' as const), times: fc.integer({ min: 1, max: 12 }) });
const span = fc.oneof(fc.integer({ min: 0, max: 4_000 }), fc.constantFrom(1, 4_999, 5_000, 9_999, 10_000));
const passing: fc.Arbitrary<Step> = fc.record({ do: fc.constant('pass' as const), ms: span, isSeen: fc.boolean() });
const turning: fc.Arbitrary<Step> = fc.record({ do: fc.constant('clock' as const), ms: fc.integer({ min: -12_000, max: 12_000 }), isSeen: fc.boolean() });
const trace = (...steps: readonly fc.WeightedArbitrary<Step>[]) => fc.array(fc.oneof(...steps), { maxLength: 60, size: 'max' });
const plain = [{ weight: 4, arbitrary: acting }, { weight: 3, arbitrary: passing }];

describe('RetryBudget and a naive count of the last 10 s', { timeout: runs(60_000) }, () => {
  it('C7, C9, C10: agree on every answer, state and event, whatever happens and whatever the clock does', () => {
    fc.assert(
      fc.property(rule, trace(...plain, { weight: 1, arbitrary: turning }), (rule, steps) => {
        const time = new VirtualTime();
        const clock = new NaiveClock();
        const budget = budgetOf(rule, time);
        const naive = new NaiveRetryBudget(rule);
        const [events, expected]: [RetryBudgetEvent[], object[]] = [[], []];
        budget.events$.subscribe((event) => events.push(event));
        const compare = () => {
          const state = naive.state(clock.now());
          expect([budget.state, budget.isIdle, time.timers]).toEqual([state, state.firstAttempts + state.retries === 0, 0]);
        };
        compare();
        for (const step of steps) {
          if (step.do === 'pass') {
            time.pass(step.ms);
            clock.pass(step.ms);
          } else if (step.do === 'clock') {
            time.offset += step.ms;
            clock.pass(step.ms);
          }
          for (let count = 0; 'times' in step && count < step.times; count += 1) {
            if (step.do === 'attempt') {
              budget.attempt();
              naive.attempt(clock.now());
            } else {
              const isAllowed = naive.tryRetry(clock.now());
              expect(budget.tryRetry()).toBe(isAllowed);
              expected.push({ policy: 'retry', type: isAllowed ? 'allowed' : 'refused', at: time.now() });
            }
          }
          if (!('isSeen' in step) || step.isSeen) {
            compare();
          }
        }
        expect(events).toEqual(expected);
      }),
      { numRuns: runs(200) },
    );
  });

  it('C9, C10: who watches sees every change at its time; no timer is held while nobody does', () => {
    fc.assert(
      fc.property(rule, trace(...plain), (rule, steps) => {
        const time = new VirtualTime();
        const budget = budgetOf(rule, time);
        const seen: [at: number, state: object][] = [];
        const watching = budget.state$.subscribe((state) => seen.push([time.frame, state]));
        const naive = new NaiveRetryBudget(rule);
        const expected: [at: number, state: object][] = [[0, naive.state(0)]];
        const look = (at: number) => {
          const state = naive.state(at);
          if (JSON.stringify(state) !== JSON.stringify(expected.at(-1)![1])) {
            expected.push([at, state]);
          }
        };
        const changes = new Set<number>();
        for (const step of steps) {
          if ('ms' in step) {
            const end = time.frame + step.ms;
            for (const at of [...changes].filter((each) => each <= end).sort((one, other) => one - other)) {
              look(at);
              changes.delete(at);
            }
            time.pass(step.ms);
          } else {
            changes.add(time.frame + 10_000);
            for (let count = 0; count < step.times; count += 1) {
              step.do === 'attempt' ? budget.attempt() : budget.tryRetry();
              step.do === 'attempt' ? naive.attempt(time.frame) : naive.tryRetry(time.frame);
              look(time.frame);
            }
          }
          expect(seen).toEqual(expected);
          expect(time.timers).toBe(budget.isIdle ? 0 : 1);
        }
        watching.unsubscribe();
        expect(time.timers).toBe(0);
      }),
      { numRuns: runs(60) },
    );
  });

  it('every retry of the calls that share it was allowed by it, and what it refuses ends the call with its last error', () => {
    const calls = fc.array(
      fc.record({ at: fc.integer({ min: 0, max: 30_000 }), delay: fc.integer({ min: 0, max: 3_000 }), leavesAfter: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.integer({ min: 0, max: 9_000 })) }),
      { minLength: 1, maxLength: 40, size: 'max' },
    );
    fc.assert(
      fc.property(rule, calls, fc.integer({ min: 0, max: 6 }), (rule, calls, maxRetries) => {
        const time = new VirtualTime();
        const retryBudget = budgetOf(rule, time);
        const naive = new NaiveRetryBudget(rule);
        const answers: [seen: string, expected: string][] = [];
        let [allowed, retries, left] = [0, 0, 0];
        retryBudget.events$.subscribe(({ at, type }) => {
          answers.push([type, naive.tryRetry(at) ? 'allowed' : 'refused']);
          allowed += Number(type === 'allowed');
        });
        const ends: boolean[] = [];
        calls.forEach(({ at, delay, leavesAfter }, call) => {
          let attempts = 0;
          const source = new Observable<never>((subscriber) => {
            attempts += 1;
            retries += Number(attempts > 1);
            if (attempts === 1) {
              naive.attempt(time.frame);
            }
            subscriber.error(`${call}, attempt ${attempts}`);
          });
          const guarded = source.pipe(retryBackoff({ maxRetries, baseDelay: delay, maxDelay: delay, jitter: 'none', retryBudget, scheduler: time }));
          time.schedule(() => {
            const running = guarded.subscribe({
              error: (error) => ends.push(error === `${call}, attempt ${attempts}`),
            });
            time.schedule(() => {
              left += Number(!running.closed);
              running.unsubscribe();
            }, leavesAfter === Number.POSITIVE_INFINITY ? 100_000 : leavesAfter);
          }, at);
        });
        time.pass(200_000);
        expect(answers.filter(([seen, expected]) => seen !== expected)).toEqual([]);
        expect([ends.length + left, ends.every(Boolean)]).toEqual([calls.length, true]);
        expect(retries).toBeLessThanOrEqual(allowed);
        expect(retries).toBeGreaterThanOrEqual(allowed - left);
        expect(time.timers).toBe(0);
      }),
      { numRuns: runs(60) },
    );
  });
});
