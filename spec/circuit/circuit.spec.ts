import { describe, expect, it } from 'vitest';
import { Circuit, type CircuitConfig } from '../../src/circuit/circuit';
import type { HalfOpen } from '../../src/circuit/generation';
import { consecutiveFailures, failureRate, slowCallRate } from '../../src/circuit/trip';

const circuitOf = (config: Partial<CircuitConfig> = {}) =>
  new Circuit({ owner: 'CircuitBreaker', trips: [consecutiveFailures(1)], recoveryTimeout: 10, maxHint: 60_000, probes: 1, probeFailures: 1, ...config });

/** A circuit that has just become half-open. */
function halfOpen(probes: number, probeFailures: number): Circuit {
  const circuit = circuitOf({ probes, probeFailures });
  circuit.fail(circuit.admit(), 'down', 0);
  circuit.advance(10);
  return circuit;
}

/** All words of up to so many letters. */
function wordsOf(letters: string, length: number): string[] {
  const shorter = length === 0 ? [] : wordsOf(letters, length - 1);
  const longest = shorter.filter((word) => word.length === length - 1);
  return length === 0 ? [''] : [...shorter, ...longest.flatMap((word) => [...letters].map((letter) => word + letter))];
}

/** What becomes of a half-open circuit, said as the rule says it: one probe after the other. */
function decisionOf(word: string, calls: number, failures: number): { status: string; used: number } {
  let [succeeded, failed, used] = [0, 0, 0];
  for (const letter of word) {
    used += 1;
    succeeded += Number(letter === 'S');
    failed += Number(letter === 'F');
    const toCome = calls - succeeded - failed;
    if (failed >= failures) {
      return { status: 'open', used };
    }
    if (failed + toCome < failures) {
      return { status: 'closed', used };
    }
  }
  return { status: 'half-open', used };
}

function playedOut(word: string, calls: number, failures: number): { status: string; used: number } {
  const circuit = halfOpen(calls, failures);
  let used = 0;
  for (const letter of word) {
    if (!circuit.admits(10)) {
      return { status: 'wedged', used };
    }
    used += 1;
    const period = circuit.admit();
    if (letter === 'i') {
      circuit.release(period);
    }
    const transition = letter === 'S' ? circuit.succeed(period, 10) : letter === 'F' ? circuit.fail(period, 'down', 10) : undefined;
    if (transition !== undefined) {
      return { status: circuit.status(10) === transition.to ? transition.to : 'confused', used };
    }
  }
  return { status: circuit.status(10), used };
}

describe('Circuit', () => {
  it('B2: reads half-open from exactly openUntil on', () => {
    const circuit = circuitOf();
    expect(circuit.fail(circuit.admit(), 'down', 5)).toEqual({ to: 'open', until: 15, reason: '1 consecutive failures' });
    expect([circuit.status(14.999), circuit.admits(14.999)]).toEqual(['open', false]);
    expect([circuit.status(15), circuit.admits(15)]).toEqual(['half-open', true]);
    expect(circuit.advance(14)).toBeUndefined();
    expect(circuit.advance(15)).toEqual({ to: 'half-open' });
    expect(circuit.advance(15)).toBeUndefined();
  });

  it('B2: counts the same whether or not somebody has noticed that it is half-open', () => {
    const circuit = circuitOf();
    circuit.fail(circuit.admit(), 'down', 0);
    expect(circuit.counts(9)).toEqual({ calls: 1, failures: 1, slowCalls: 0 });
    expect(circuit.counts(10)).toEqual({ calls: 0, failures: 0, slowCalls: 0 });
    circuit.advance(10);
    expect(circuit.counts(10)).toEqual({ calls: 0, failures: 0, slowCalls: 0 });
  });

  it('B3: decides as soon as the result is certain, for every run of up to 6 outcomes of up to 5 probes', () => {
    const words = wordsOf('SFi', 6).filter((word) => word.length === 6);
    const surprises: string[] = [];
    for (let calls = 1; calls <= 5; calls += 1) {
      for (let failures = 1; failures <= calls; failures += 1) {
        for (const word of words) {
          const actual = JSON.stringify(playedOut(word, calls, failures));
          const expected = JSON.stringify(decisionOf(word, calls, failures));
          if (actual !== expected) {
            surprises.push(`${word} of ${calls}/${failures}: ${actual} instead of ${expected}`);
          }
        }
      }
    }
    expect(surprises).toEqual([]);
  });

  it.each([[1, 1], [3, 1], [3, 2], [5, 5]])('B3: admits %i probes in total, however they end before the decision', (calls, failures) => {
    const circuit = halfOpen(calls, failures);
    const admitted = [];
    while (circuit.admits(10)) {
      admitted.push(circuit.admit());
    }
    expect(admitted).toHaveLength(calls);
    expect(circuit.counts(10)).toEqual({ calls, failures: 0, slowCalls: 0 });
    circuit.release(admitted[0]!);
    expect(circuit.admits(10)).toBe(true);
  });

  it('B3: counts its openings until it closes, for the recovery curve', () => {
    const asked: number[] = [];
    const circuit = circuitOf({ recoveryTimeout: (openings) => asked.push(openings) * 10 });
    circuit.fail(circuit.admit(), 'down', 0);
    circuit.advance(10);
    expect(circuit.fail(circuit.admit(), 'down', 10)).toEqual({ to: 'open', until: 30, reason: 'a probe failed' });
    circuit.advance(30);
    expect(circuit.openings).toBe(2);
    expect(circuit.succeed(circuit.admit(), 30)).toEqual({ to: 'closed' });
    expect(circuit.openings).toBe(0);
    circuit.fail(circuit.admit(), 'down', 31);
    expect(asked).toEqual([1, 2, 1]);
  });

  it('B3: clears its counters on closing', () => {
    const circuit = circuitOf({ trips: [consecutiveFailures(2)] });
    circuit.fail(circuit.admit(), 'down', 0);
    circuit.fail(circuit.admit(), 'down', 0);
    circuit.advance(10);
    circuit.succeed(circuit.admit(), 10);
    expect(circuit.fail(circuit.admit(), 'down', 11)).toBeUndefined();
    expect(circuit.counts(11)).toEqual({ calls: 1, failures: 1, slowCalls: 0 });
  });

  it('B6: counts an outcome only in the period that admitted it', () => {
    const circuit = circuitOf();
    const [one, early] = [circuit.admit(), circuit.admit()];
    circuit.fail(one, 'down', 0);
    for (const now of [5, 10]) {
      circuit.advance(now);
      expect(circuit.succeed(early, now)).toBeUndefined();
      expect(circuit.fail(early, 'late', now)).toBeUndefined();
      circuit.release(early);
    }
    expect(circuit.counts(10)).toEqual({ calls: 0, failures: 0, slowCalls: 0 });
    const probe = circuit.admit();
    circuit.succeed(probe, 11);
    expect(circuit.fail(probe, 'late', 12)).toBeUndefined();
    expect(circuit.status(12)).toBe('closed');
  });

  it.each<[string, (openings: number) => number]>([
    ['throws', () => { throw new RangeError('no recovery'); }],
    ['returns NaN', () => Number.NaN],
    ['returns Infinity', () => Number.POSITIVE_INFINITY],
    ['returns a negative number', () => -1],
  ])('C5: stays as it was if recoveryTimeout %s', (_title, broken) => {
    let recoveryTimeout = broken;
    const circuit = circuitOf({ trips: [consecutiveFailures(2)], recoveryTimeout: (openings) => recoveryTimeout(openings) });
    circuit.fail(circuit.admit(), 'down', 0);
    expect(() => circuit.fail(circuit.admit(), 'down', 0)).toThrow(RangeError);
    expect([circuit.status(0), circuit.openings]).toEqual(['closed', 0]);
    recoveryTimeout = () => 10;
    expect(circuit.fail(circuit.admit(), 'down', 0)).toMatchObject({ to: 'open', reason: '3 consecutive failures' });
    circuit.advance(10);
    recoveryTimeout = broken;
    const probe = circuit.admit();
    expect(() => circuit.fail(probe, 'down', 10)).toThrow(RangeError);
    expect(circuit.counts(10)).toEqual({ calls: 1, failures: 0, slowCalls: 0 });
    expect(circuit.openings).toBe(1);
  });

  it('B1: opens by any of several conditions', () => {
    const slow = slowCallRate({ slowerThan: 5, threshold: 1, minimumCalls: 2, calls: 2 });
    const trips = [consecutiveFailures(3), failureRate({ threshold: 0.5, minimumCalls: 4, window: 100 }), slow];
    const byRate = circuitOf({ trips });
    for (const bad of [true, false, true]) {
      bad ? byRate.fail(byRate.admit(), 'down', 0) : byRate.succeed(byRate.admit(), 0);
    }
    expect(byRate.succeed(byRate.admit(), 0)).toMatchObject({ reason: '2 of 4 calls failed' });
    const bySlowness = circuitOf({ trips });
    expect(bySlowness.countSlow(slow, true, bySlowness.generation, 0)).toBeUndefined();
    expect(bySlowness.counts(0)).toEqual({ calls: 1, failures: 0, slowCalls: 1 });
    expect(bySlowness.countSlow(slow, true, bySlowness.generation, 0)).toMatchObject({ reason: '2 of 2 calls were slow' });
    expect(bySlowness.countSlow(slow, true, bySlowness.generation, 0)).toBeUndefined();
  });

  it('B10: a probe that fails after its content is withdrawn while it is half-open', () => {
    const circuit = halfOpen(3, 2);
    const [one, two] = [circuit.admit() as HalfOpen, circuit.admit()];
    expect(circuit.succeed(one, 10)).toBeUndefined();
    expect(circuit.withdraw(one, 'late', 11)).toBeUndefined();
    expect(circuit.counts(11)).toEqual({ calls: 2, failures: 1, slowCalls: 0 });
    expect(circuit.succeed(two, 12)).toBeUndefined(); // with the first one it would have closed
    expect(circuit.withdraw(two as HalfOpen, 'late', 13)).toMatchObject({ to: 'open', reason: 'a probe failed' });
    expect(circuit.openings).toBe(2);
  });

  it('B10: each probe that has closed it opens it again if it fails, while that closed time lasts', () => {
    for (const which of [0, 1]) {
      const circuit = halfOpen(3, 2);
      const probes = [circuit.admit() as HalfOpen, circuit.admit() as HalfOpen];
      circuit.succeed(probes[0]!, 10);
      expect(circuit.succeed(probes[1]!, 11)).toEqual({ to: 'closed' });
      circuit.succeed(circuit.admit(), 11);
      expect(circuit.withdraw(probes[which]!, 'late', 12)).toEqual({ to: 'open', until: 22, reason: 'a probe failed' });
      expect([circuit.openings, circuit.cause]).toEqual([1, 'late']);
      expect(circuit.withdraw(probes[1 - which]!, 'later', 13)).toBeUndefined();
    }
  });

  it('B10: later that failure counts nowhere', () => {
    const circuit = halfOpen(1, 1);
    const probe = circuit.admit() as HalfOpen;
    circuit.succeed(probe, 10);
    circuit.reset();
    expect(circuit.withdraw(probe, 'late', 11)).toBeUndefined();
    expect([circuit.status(11), circuit.counts(11).failures]).toEqual(['closed', 0]);
  });

  it('B10, C5: withdraws nothing if recoveryTimeout throws', () => {
    let isBroken = false;
    const circuit = circuitOf({ probes: 3, probeFailures: 1, recoveryTimeout: () => (isBroken ? Number.NaN : 10) });
    circuit.fail(circuit.admit(), 'down', 0);
    circuit.advance(10);
    const probe = circuit.admit() as HalfOpen;
    circuit.succeed(probe, 10);
    isBroken = true;
    expect(() => circuit.withdraw(probe, 'late', 11)).toThrow(RangeError);
    circuit.succeed(circuit.admit(), 12);
    expect(circuit.succeed(circuit.admit(), 12)).toEqual({ to: 'closed' });
  });

  it.each([
    ['a hint that is longer', 25, 25],
    ['a hint that is shorter', 5, 10],
    ['a hint of 0', 0, 10],
    ['a hint longer than maxHint', 1e9, 40],
    ['no hint', undefined, 10],
  ])('B11: %s prolongs an opening as far as it may', (_title, hint, expected) => {
    const circuit = circuitOf({ maxHint: 40 });
    expect(circuit.fail(circuit.admit(), 'down', 3, () => hint)).toMatchObject({ until: 3 + expected });
    circuit.advance(100);
    expect(circuit.fail(circuit.admit(), 'down', 100, () => hint)).toMatchObject({ until: 100 + expected });
    circuit.advance(200);
    const probe = circuit.admit() as HalfOpen;
    circuit.succeed(probe, 200);
    expect(circuit.withdraw(probe, 'down', 200, () => hint)).toMatchObject({ until: 200 + expected });
  });

  it('B11: maxHint shortens no recoveryTimeout, and may be Infinity', () => {
    const short = circuitOf({ recoveryTimeout: 30, maxHint: 0 });
    expect(short.fail(short.admit(), 'down', 0, () => 50)).toMatchObject({ until: 30 });
    const patient = circuitOf({ maxHint: Number.POSITIVE_INFINITY });
    expect(patient.fail(patient.admit(), 'down', 0, () => 1e9)).toMatchObject({ until: 1e9 });
  });

  it('B11: asks for the hint of no failure but the one that opens it, and changes nothing if that throws', () => {
    const asked: string[] = [];
    const circuit = circuitOf({ trips: [consecutiveFailures(2)] });
    circuit.fail(circuit.admit(), 'one', 0, () => asked.push('one'));
    for (const hint of [Number.NaN, -1, Number.POSITIVE_INFINITY]) {
      expect(() => circuit.fail(circuit.admit(), 'two', 0, () => hint)).toThrow(/CircuitBreaker: retryAfter must be/);
      expect([circuit.status(0), circuit.openings]).toEqual(['closed', 0]);
    }
    circuit.fail(circuit.admit(), 'three', 0, () => asked.push('three'));
    expect(asked).toEqual(['three']);
  });

  it('B11: tells recoveryTimeout which error opens it', () => {
    const told: unknown[] = [];
    const trips = [consecutiveFailures(2), failureRate({ threshold: 0.5, minimumCalls: 2, calls: 2 })];
    const circuit = circuitOf({ trips, recoveryTimeout: (...all) => { told.push(all); return 10; } });
    circuit.fail(circuit.admit(), 'down', 0);
    circuit.succeed(circuit.admit(), 0);
    circuit.advance(10);
    circuit.fail(circuit.admit(), 'again', 10);
    expect(told).toEqual([[1, undefined], [2, 'again']]);
  });

  it.each<[string, Partial<CircuitConfig>, number]>([
    ['30 s',                     { trips: [consecutiveFailures(2)] },                                                                30_000],
    ['recoveryTimeout',          { trips: [consecutiveFailures(2)], recoveryTimeout: 50_000 },                                       50_000],
    ['30 s, in a ring',          { trips: [failureRate({ threshold: 1, minimumCalls: 2, calls: 2 })] },                              30_000],
    ['its window',               { trips: [failureRate({ threshold: 1, minimumCalls: 2, window: 90_000 })] },                        90_000],
    ['a window, then forgotten', { trips: [failureRate({ threshold: 1, minimumCalls: 2, window: 50 })], recoveryTimeout: 50_000 },   50],
    ['the longest of several',   { trips: [consecutiveFailures(2), failureRate({ threshold: 1, minimumCalls: 2, window: 90_000 })] }, 90_000],
  ])('B12: what it has counted is of use for %s', (_title, config, age) => {
    const circuit = circuitOf(config);
    expect(circuit.isQuiet(0)).toBe(true);
    circuit.fail(circuit.admit(), 'down', 7);
    const copy = circuitOf(config);
    copy.load(JSON.parse(JSON.stringify(circuit.save(1_000, 8))), -1_000, 8);
    for (const each of [circuit, copy]) {
      expect([each.isQuiet(7 + age - 1), each.isQuiet(7 + age)]).toEqual([false, true]);
    }
  });

  it('B12: remembers a recoveryTimeout that a function has given, and forgets by closing', () => {
    const circuit = circuitOf({ trips: [consecutiveFailures(2)], recoveryTimeout: () => 40_000 });
    circuit.fail(circuit.admit(), 'down', 0);
    expect(circuit.isQuiet(30_000)).toBe(true);
    circuit.fail(circuit.admit(), 'down', 30_000);
    expect([circuit.isQuiet(70_000), circuit.isQuiet(1e9)]).toEqual([false, false]);
    circuit.advance(70_000);
    circuit.succeed(circuit.admit(), 70_000);
    expect(circuit.isQuiet(70_000)).toBe(true);
    circuit.fail(circuit.admit(), 'down', 70_000);
    expect([circuit.isQuiet(109_999), circuit.isQuiet(110_000)]).toEqual([false, true]);
  });

  it('B8, B12: takes a snapshot without the time of its counts for counted now', () => {
    const circuit = circuitOf({ trips: [consecutiveFailures(2)] });
    circuit.load({ status: 'closed', openings: 0, tallies: [1] }, 0, 500);
    expect([circuit.isQuiet(30_499), circuit.isQuiet(30_500)]).toEqual([false, true]);
  });

  it('keeps the error that opened it', () => {
    const circuit = circuitOf();
    const error = new Error('503');
    circuit.fail(circuit.admit(), error, 0);
    expect(circuit.cause).toBe(error);
    circuit.reset();
    expect(circuit.cause).toBeUndefined();
  });

  it('B8: does not wedge on a snapshot of a breaker that let more probes through', () => {
    const old = halfOpen(5, 3);
    for (const isGood of [true, false, true]) {
      isGood ? old.succeed(old.admit(), 10) : old.fail(old.admit(), 'down', 10);
    }
    const same = circuitOf({ probes: 5, probeFailures: 3 });
    same.load(old.save(0, 10), 0, 10);
    expect(same.counts(10)).toEqual({ calls: 3, failures: 1, slowCalls: 0 });
    for (const [probes, probeFailures] of [[3, 2], [1, 1], [4, 1]] as const) {
      const other = circuitOf({ probes, probeFailures });
      other.load(old.save(0, 10), 0, 10);
      expect(other.counts(10)).toEqual({ calls: 0, failures: 0, slowCalls: 0 });
      expect(other.admits(10)).toBe(true);
    }
  });
});
