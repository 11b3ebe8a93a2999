import { describe, expect, it } from 'vitest';
import type { Admission } from '../../src/circuit/breaker';
import { CircuitBreaker } from '../../src/circuit/circuit-breaker';
import { consecutiveFailures, failureRate, type RateOptions, slowCallRate, type Trip } from '../../src/circuit/trip';
import { fc } from '../support/property';
import { NaiveBreaker, type NaiveCall } from './naive-breaker';
import { VirtualTime } from './virtual-time';

const rates: fc.Arbitrary<RateOptions> = fc.record({ threshold: fc.constantFrom(0.3, 0.5, 1), minimumCalls: fc.integer({ min: 1, max: 3 }) })
  .chain((rate) => fc.oneof(
    fc.integer({ min: 3, max: 5 }).map((calls) => ({ ...rate, calls })),
    fc.integer({ min: 1, max: 30 }).map((window) => ({ ...rate, window })),
  ));
const trips: fc.Arbitrary<Trip> = fc.oneof(
  fc.integer({ min: 1, max: 4 }).map(consecutiveFailures),
  rates.map(failureRate),
  fc.tuple(rates, fc.integer({ min: 0, max: 12 })).map(([rate, slowerThan]) => slowCallRate({ ...rate, slowerThan })),
);
const settings = fc.record({
  trip: fc.array(trips, { minLength: 1, maxLength: 3 }),
  recovery: fc.integer({ min: 0, max: 15 }),
  halfOpen: fc.integer({ min: 1, max: 4 }).chain((calls) => fc.record({ calls: fc.constant(calls), failures: fc.integer({ min: 1, max: calls }) })),
  timeout: fc.integer({ min: 1, max: 20 }),
  successOn: fc.constantFrom('complete' as const, 'first-value' as const),
  isWatched: fc.boolean(),
});

type Step =
  | { readonly do: 'admit' | 'reset' | 'snapshot' }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'value' | 'succeed' | 'fail' | 'ignore'; readonly which: number };

const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ do: 'admit' as const }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('value' as const, 'succeed' as const, 'ignore' as const), which: fc.nat(5) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('fail' as const), which: fc.nat(5) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 20 }) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'reset' as const }) },
);

describe('CircuitBreaker and a naive model', () => {
  it('B1 to B7: agree on every state, whatever happens in whatever order', () => {
    fc.assert(
      fc.property(settings, fc.array(steps, { minLength: 20, maxLength: 80 }), ({ halfOpen, recovery, isWatched, ...rest }, all) => {
        const time = new VirtualTime();
        const { timeout, successOn, trip } = rest;
        const breaker = new CircuitBreaker({
          trip, successOn, scheduler: time, recoveryTimeout: (openings) => recovery * openings, halfOpen: { ...halfOpen, timeout },
        });
        const naive = new NaiveBreaker({ ...rest, ...halfOpen, recovery });
        const calls: { call: Admission; model: NaiveCall }[] = [];
        let watched: unknown;
        if (isWatched) {
          breaker.state$.subscribe((state) => {
            expect(state).not.toEqual(watched);
            watched = state;
          });
        }
        for (const step of all) {
          if (step.do === 'admit') {
            const model = naive.admit();
            expect(breaker.check() === undefined).toBe(model !== undefined);
            if (model !== undefined) {
              calls.push({ call: breaker.admit(), model });
            }
          } else if (step.do === 'pass') {
            naive.pass(step.ms);
            time.pass(step.ms);
          } else if (step.do === 'reset') {
            naive.reset();
            breaker.reset();
          } else if ('which' in step && calls.length > 0) {
            // One of the latest, for most of the old ones are decided.
            const { call, model } = calls[Math.max(0, calls.length - 1 - step.which)]!;
            call[step.do]();
            step.do === 'value' ? naive.value(model) : naive.end(model, step.do);
          }
          expect(breaker.state).toEqual(naive.state);
          if (isWatched) {
            expect(watched).toEqual(naive.state);
          }
        }
      }),
      { numRuns: 500 },
    );
  }, 60_000);

  it('B8: a restart at any moment changes nothing but for calls in flight', () => {
    fc.assert(
      fc.property(settings, fc.array(steps, { minLength: 10, maxLength: 60 }), fc.nat(40), ({ halfOpen, recovery, timeout, successOn, trip }, all, later) => {
        const time = new VirtualTime();
        const config = { trip, successOn, scheduler: time, recoveryTimeout: (openings: number) => recovery * openings, halfOpen: { ...halfOpen, timeout } };
        const breaker = new CircuitBreaker(config);
        const calls: Admission[] = [];
        for (const step of all) {
          if (step.do === 'admit' && breaker.check() === undefined) {
            calls.push(breaker.admit());
          } else if (step.do === 'pass') {
            time.pass(step.ms);
          } else if ('which' in step) {
            calls.at(-1 - step.which)?.[step.do]();
          }
        }
        const copy = new CircuitBreaker({ ...config, initial: JSON.parse(JSON.stringify(breaker.snapshot())) });
        for (const call of calls) {
          call.ignore();
        }
        expect(copy.state).toEqual(breaker.state);
        time.pass(later);
        expect(copy.state).toEqual(breaker.state);
        for (let round = 0; round < 5; round += 1) {
          for (const each of [copy, breaker]) {
            if (each.check() === undefined) {
              each.admit().fail();
            }
          }
          expect(copy.state).toEqual(breaker.state);
        }
      }),
      { numRuns: 500 },
    );
  }, 60_000);
});
