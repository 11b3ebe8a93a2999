import { Observable, type ObservableInput, type Subscriber, type Subscription, type TeardownLogic, take } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type RetryBackoffConfig, type RetryContext, retryBackoff } from '../../src/index';
import { VirtualTime } from '../circuit/virtual-time';
import { fc, runs } from '../support/property';
import { type Came, type Ended, type NaivePlan, naiveRetries, type Part, type Settings } from './naive-retries';

const gap = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.integer({ min: 0, max: 20 }) });
const hint = fc.oneof(
  { weight: 4, arbitrary: fc.constant(undefined) },
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 200 }) },
  { weight: 1, arbitrary: fc.constantFrom(100.5, 3e9) },
);
const ended: fc.Arbitrary<Ended> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('error' as const), gap, isRetryable: fc.constant(true), hint }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('error' as const), gap, isRetryable: fc.constant(false), hint }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('complete' as const), gap }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('never' as const), gap }) },
);
const values = fc.array(fc.record({ gap, isContent: fc.boolean() }), { maxLength: 4 });
const headers = fc.array(fc.record({ gap: fc.constant(0), isContent: fc.constant(false) }), { minLength: 14, maxLength: 19, size: 'max' });
const part: fc.Arbitrary<Part> = fc.record({
  values: fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, { weight: 4, arbitrary: values }, { weight: 1, arbitrary: headers }),
  end: ended,
});
const parts = fc.array(part, { minLength: 1, maxLength: 7 });

const settings: fc.Arbitrary<Settings> = fc.record({
  maxRetries: fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constant(Number.POSITIVE_INFINITY)),
  baseDelay: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 100 }), fc.constant(0.3)),
  maxDelay: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.constant(1e5)),
  exponentialBase: fc.constantFrom(0.5, 1, 2, 3, 1e200),
  jitter: fc.constantFrom('equal' as const, 'full' as const, 'proportional' as const, 'decorrelated' as const, 'none' as const),
  maxRetryAfter: fc.oneof(fc.integer({ min: 0, max: 200 }), fc.constant(Number.POSITIVE_INFINITY)),
  onLongRetryAfter: fc.constantFrom('error' as const, 'clamp' as const, 'wait' as const),
  maxElapsed: fc.oneof({ weight: 2, arbitrary: fc.constant(Number.POSITIVE_INFINITY) }, { weight: 1, arbitrary: fc.integer({ min: 0, max: 500 }) }),
  afterValues: fc.constantFrom('error' as const, 'restart' as const, 'continue' as const),
  holdsBack: fc.boolean(),
});
const shares = fc.array(fc.oneof({ weight: 4, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) }, { weight: 1, arbitrary: fc.constantFrom(0, 1, 0.999) }), { minLength: 1, maxLength: 12 });
const plan: fc.Arbitrary<NaivePlan> = fc.record({ settings, parts, shares });

/** A call that follows a plan, and all that can be seen of it. */
class Rig {
  readonly subscribedAt: number[] = [];
  readonly heard: Came[] = [];
  readonly retries: RetryContext[] = [];
  /** What a function was shown of the values, each time. */
  readonly shown: (readonly unknown[])[] = [];
  /** How many values had been pulled out of the source when each was heard. */
  readonly pulledByValue: number[] = [];
  drawn = 0;
  pulled = 0;
  active = 0;
  mostActive = 0;
  #attempts = 0;

  constructor(private readonly plan: NaivePlan, readonly time = new VirtualTime()) {}

  get config(): RetryBackoffConfig<string> {
    const { holdsBack, afterValues, ...rest } = this.plan.settings;
    return {
      ...rest,
      afterValues: afterValues === 'continue' ? (retry) => this.#continued(retry) : afterValues,
      ...(holdsBack ? { isContent: (value: string) => value.startsWith('content') } : {}),
      retryIf: (error) => (error as { isRetryable: boolean }).isRetryable,
      retryAfter: (error) => (error as { hint: number | undefined }).hint,
      onRetry: (retry) => this.retries.push(retry),
      random: () => {
        const { shares } = this.plan;
        this.drawn += 1;
        return shares[(this.drawn - 1) % shares.length]!;
      },
      scheduler: this.time,
    };
  }

  /** @param most of the values that are wanted */
  subscribe(most = Number.POSITIVE_INFINITY): Subscription {
    const at = () => this.time.frame;
    return this.#source.pipe(retryBackoff(this.config), take(most)).subscribe({
      next: (value) => {
        this.heard.push({ at: at(), value });
        this.pulledByValue.push(this.pulled);
      },
      error: (error) => this.heard.push({ at: at(), error }),
      complete: () => this.heard.push({ at: at(), isComplete: true }),
    });
  }

  get #source(): Observable<string> {
    return new Observable((subscriber) => this.#play(subscriber));
  }

  #continued(retry: RetryContext & { readonly values: readonly string[] }): ObservableInput<string> {
    this.shown.push(retry.values);
    expect(retry.emitted).toBe(retry.values.length);
    return this.#source;
  }

  /** Plays the next part, synchronously where no time lies between; then its teardown is not known yet when it fails. */
  #play(subscriber: Subscriber<string>): TeardownLogic {
    const attempt = this.#attempts;
    this.#attempts += 1;
    const { values, end } = this.plan.parts[attempt % this.plan.parts.length]!;
    this.subscribedAt.push(this.time.frame);
    this.active += 1;
    this.mostActive = Math.max(this.mostActive, this.active);
    const after = (gap: number, work: () => void) => (gap === 0 ? work() : subscriber.add(this.time.schedule(work, gap)));
    const say = (index: number): void => {
      const value = values[index];
      if (subscriber.closed) {
        return;
      }
      if (value !== undefined) {
        after(value.gap, () => {
          this.pulled += 1;
          subscriber.next(`${value.isContent ? 'content' : 'header'} ${attempt}.${index}`);
          say(index + 1);
        });
      } else if (end.kind !== 'never') {
        after(end.gap, () => (end.kind === 'complete' ? subscriber.complete() : subscriber.error(end)));
      }
    };
    say(0);
    return () => {
      this.active -= 1;
    };
  }
}

/** Long enough for every plan: some wait for weeks, which a timer must take in pieces. */
const ages = 1e12;

describe('retryBackoff and a naive list of what must happen', { timeout: runs(60_000) }, () => {
  it('R1, R2, R3, R4, R5, R6, R7, R8, R10, C3, C8, C10: every attempt, delay, value and error is the one of the rules, at its time', () => {
    fc.assert(
      fc.property(plan, (plan) => {
        const rig = new Rig(plan);
        const expected = naiveRetries(plan, 40);
        fc.pre(!expected.isEndless);
        rig.subscribe();
        rig.time.pass(ages);
        expect(rig.subscribedAt).toEqual(expected.subscribedAt);
        expect(rig.heard).toEqual(expected.heard);
        expect(rig.heard.at(-1)?.error).toBe(expected.heard.at(-1)?.error); // the same object
        expect(rig.retries).toEqual(expected.retries);
        expect(rig.shown).toEqual(expected.shown);
        expect([rig.drawn, rig.mostActive, rig.active, rig.time.timers]).toEqual([expected.drawn, 1, Number(expected.hangs), 0]);
      }),
      { numRuns: runs(700) },
    );
  });

  it('R2, R3, R4, R5: every delay is within the bounds of its jitter, and never below what the server asks', () => {
    fc.assert(
      fc.property(plan, ({ settings, ...rest }) => {
        const rig = new Rig({ ...rest, settings: { ...settings, maxRetries: Math.min(20, settings.maxRetries) } });
        const call = rig.subscribe();
        rig.time.pass(ages);
        call.unsubscribe();
        const { baseDelay, maxDelay, exponentialBase, jitter, onLongRetryAfter, maxRetryAfter } = settings;
        rig.retries.forEach(({ attempt, delay, error, retriesLeft }) => {
          const backoff = Math.min(maxDelay, baseDelay === 0 ? 0 : baseDelay * exponentialBase ** (attempt - 1));
          const [floor, cap] = {
            none: [backoff, backoff],
            full: [0, backoff],
            equal: [backoff / 2, backoff],
            proportional: [backoff / 2, backoff * 1.5],
            decorrelated: [Math.min(baseDelay, maxDelay), maxDelay],
          }[jitter] as [number, number];
          const { hint = 0 } = error as { hint: number | undefined };
          const heeded = onLongRetryAfter === 'clamp' ? Math.min(hint, maxRetryAfter) : hint;
          const isRefused = onLongRetryAfter === 'error' && hint > maxRetryAfter;
          expect([delay >= Math.max(floor, heeded), delay <= Math.ceil(Math.max(cap, heeded * 1.1)), Number.isInteger(delay), isRefused, retriesLeft >= 0]).toEqual([true, true, true, false, true]);
        });
        expect(rig.subscribedAt.length).toBeLessThanOrEqual(rig.retries.length + 1);
      }),
      { numRuns: runs(500) },
    );
  });

  it('C4, C10: unsubscribed at any moment it stops at once and leaves no timer', () => {
    fc.assert(
      fc.property(plan, fc.oneof(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 1_000 })), (plan, moment) => {
        const whole = naiveRetries(plan, 40);
        fc.pre(!whole.isEndless);
        const rig = new Rig(plan);
        const call = rig.subscribe();
        rig.time.pass(moment);
        call.unsubscribe();
        expect([rig.active, rig.time.timers]).toEqual([0, 0]);
        const seen = [...rig.heard, ...rig.subscribedAt, ...rig.shown];
        rig.time.pass(ages);
        expect([...rig.heard, ...rig.subscribedAt, ...rig.shown]).toEqual(seen);
        expect(rig.heard).toEqual(whole.heard.filter(({ at }) => at <= moment));
        expect(rig.subscribedAt).toEqual(whole.subscribedAt.filter((at) => at <= moment));
      }),
      { numRuns: runs(400) },
    );
  });

  it('C4, C5: unsubscribed inside next, the source is pulled no further', () => {
    fc.assert(
      fc.property(plan, fc.integer({ min: 1, max: 6 }), (plan, most) => {
        const values = naiveRetries(plan, 40).heard.filter(({ value }) => value !== undefined);
        fc.pre(values.length >= most);
        const rig = new Rig(plan);
        rig.subscribe(most);
        rig.time.pass(ages);
        expect(rig.heard).toEqual([...values.slice(0, most), { at: values[most - 1]!.at, isComplete: true }]);
        expect([rig.pulled, rig.active, rig.time.timers]).toEqual([rig.pulledByValue[most - 1], 0, 0]);
      }),
      { numRuns: runs(300) },
    );
  });

  it('the same trace has the same delays, whatever runs beside it', () => {
    fc.assert(
      fc.property(plan, plan, fc.integer({ min: 0, max: 50 }), (plan, other, later) => {
        fc.pre(!naiveRetries(plan, 40).isEndless && !naiveRetries(other, 40).isEndless);
        const alone = new Rig(plan);
        alone.subscribe();
        alone.time.pass(ages);
        const beside = new Rig(plan, new VirtualTime());
        new Rig(other, beside.time).subscribe();
        beside.subscribe();
        const again = new Rig(plan, beside.time);
        beside.time.schedule(() => again.subscribe(), later);
        beside.time.pass(ages);
        expect([beside.heard, beside.retries]).toEqual([alone.heard, alone.retries]);
        expect([again.heard.map(({ at, ...rest }) => ({ at: at - later, ...rest })), again.retries]).toEqual([alone.heard, alone.retries]);
      }),
      { numRuns: runs(200) },
    );
  });

  it('C3, C7: steps of the wall clock make no wait longer than it was told, and elapsed time never negative', () => {
    const steps = fc.array(fc.record({ at: fc.integer({ min: 0, max: 300 }), ms: fc.oneof(fc.integer({ min: -500, max: 500 }), fc.constantFrom(-1e6, 1e6, -1, -2, 1)) }), { maxLength: 6 });
    fc.assert(
      fc.property(plan, steps, ({ settings, ...rest }, steps) => {
        const plan = { ...rest, settings: { ...settings, maxElapsed: Number.POSITIVE_INFINITY } };
        const whole = naiveRetries(plan, 40);
        fc.pre(!whole.isEndless);
        const rig = new Rig(plan);
        for (const { at, ms } of steps) {
          rig.time.schedule(() => {
            rig.time.offset += ms;
          }, at);
        }
        rig.subscribe();
        rig.time.pass(ages);
        expect(rig.retries.map(({ delay }) => delay)).toEqual(whole.retries.map(({ delay }) => delay));
        // A clock that is set back by up to 2 ms looks like a timer that fired early: it is armed again, once a step.
        const grace = 2 * steps.length;
        whole.subscribedAt.forEach((at, index) => {
          expect([rig.subscribedAt[index]! >= at, rig.subscribedAt[index]! <= at + grace]).toEqual([true, true]);
        });
        let last = 0;
        for (const { elapsed } of rig.retries) {
          expect(elapsed).toBeGreaterThanOrEqual(last);
          last = elapsed;
        }
      }),
      { numRuns: runs(300) },
    );
  });
});
