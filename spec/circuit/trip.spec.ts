import { describe, expect, it } from 'vitest';
import { checkTrip, consecutiveFailures, failureRate, slowCallRate, type Trip } from '../../src/circuit/trip';

const rate = { threshold: 0.5, minimumCalls: 2, calls: 10 };

describe('trip conditions', () => {
  it('are plain, frozen descriptions', () => {
    expect(consecutiveFailures(3)).toEqual({ kind: 'consecutive-failures', failures: 3 });
    expect(failureRate(rate)).toEqual({ kind: 'failure-rate', ...rate });
    expect(slowCallRate({ ...rate, slowerThan: 0 })).toEqual({ kind: 'slow-call-rate', ...rate, slowerThan: 0 });
    expect(Object.isFrozen(failureRate(rate))).toBe(true);
  });

  it('take a window instead of a number of calls', () => {
    expect(failureRate({ threshold: 1, minimumCalls: 20, window: 0.5 }).window).toBe(0.5);
  });

  it.each<[string, () => unknown, typeof RangeError | typeof TypeError, RegExp]>([
    ['no failures',       () => consecutiveFailures(0),                               RangeError, /consecutiveFailures: failures .*got 0/],
    ['NaN failures',      () => consecutiveFailures(Number.NaN),                      RangeError, /failures .*got NaN/],
    ['half a failure',    () => consecutiveFailures(1.5),                             RangeError, /failures .*got 1.5/],
    ['endless failures',  () => consecutiveFailures(Number.POSITIVE_INFINITY),        RangeError, /failures .*got Infinity/],
    ['no number',         () => consecutiveFailures('3' as never),                    TypeError,  /failures .*got "3"/],
    ['nothing',           () => consecutiveFailures(undefined as never),              TypeError,  /failures must be given/],
    ['threshold 0',       () => failureRate({ ...rate, threshold: 0 }),               RangeError, /failureRate: threshold .*got 0/],
    ['threshold above 1', () => failureRate({ ...rate, threshold: 1.1 }),             RangeError, /threshold .*got 1.1/],
    ['threshold NaN',     () => failureRate({ ...rate, threshold: Number.NaN }),      RangeError, /threshold .*got NaN/],
    ['no threshold',      () => failureRate({ minimumCalls: 1, calls: 1 } as never),  TypeError,  /threshold must be given/],
    ['minimumCalls 0',    () => failureRate({ ...rate, minimumCalls: 0 }),            RangeError, /minimumCalls .*got 0/],
    ['no minimumCalls',   () => failureRate({ threshold: 1, calls: 1 } as never),     TypeError,  /minimumCalls must be given/],
    ['calls 2.5',         () => failureRate({ ...rate, calls: 2.5 }),                 RangeError, /calls .*got 2.5/],
    ['window 0',          () => failureRate({ threshold: 1, minimumCalls: 1, window: 0 }), RangeError, /window .*got 0/],
    ['neither',           () => failureRate({ threshold: 1, minimumCalls: 1 }),       TypeError,  /either calls or window/],
    ['both',              () => failureRate({ ...rate, window: 10 }),                 TypeError,  /got calls: 10, window: 10/],
    ['never enough',      () => failureRate({ ...rate, minimumCalls: 11 }),           RangeError, /minimumCalls .*at most calls, 10, got 11/],
    ['unknown name',      () => failureRate({ ...rate, slowerThan: 5 } as never),     TypeError,  /unknown option slowerThan: 5/],
    ['slowerThan -1',     () => slowCallRate({ ...rate, slowerThan: -1 }),            RangeError, /slowCallRate: slowerThan .*got -1/],
    ['no slowerThan',     () => slowCallRate(rate as never),                          TypeError,  /slowerThan must be given/],
    ['no condition',      () => checkTrip('X', 5 as never),                           TypeError,  /X: a trip condition .*got 5/],
    ['unknown kind',      () => checkTrip('X', { kind: 'toString' } as never),        TypeError,  /X: a trip condition/],
    ['null',              () => checkTrip('X', null as unknown as Trip),              TypeError,  /X: a trip condition .*got null/],
  ])('C2: refuses %s and says which value', (_title, make, error, message) => {
    expect(make).toThrow(error);
    expect(make).toThrow(message);
  });
});
