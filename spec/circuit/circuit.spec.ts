import { describe, expect, it } from 'vitest';
import { Circuit, type CircuitConfig } from '../../src/circuit/circuit';
import { consecutiveFailures, failureRate, slowCallRate } from '../../src/circuit/trip';

const circuitOf = (config: Partial<CircuitConfig> = {}) =>
  new Circuit({ trips: [consecutiveFailures(1)], recoveryTimeout: 10, maxHint: 60_000, probes: 1, probeFailures: 1, ...config });

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
