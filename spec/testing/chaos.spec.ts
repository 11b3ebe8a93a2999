import { NEVER, range, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { classifyError, failureOf, retryAfterOf } from '../../src/index';
import { chaos, type Faults, seededRandom } from '../../src/testing';
import { run } from '../support/run';

/** What comes of ten values, a hundred times. */
function outcomes(faults: Faults, count = 10) {
  const operator = chaos<number>(faults, { random: seededRandom(5) });
  return Array.from({ length: 100 }, () => {
    const seen = { values: [] as unknown[], error: undefined as unknown, isComplete: false };
    range(0, count).pipe(operator).subscribe({
      next: (value) => seen.values.push(value),
      error: (error) => { seen.error = error; },
      complete: () => { seen.isComplete = true; },
    });
    return seen;
  });
}

describe('chaos', () => {
  it('mirrors its source where nothing goes wrong', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-a-b-|');
      expectObservable(source.pipe(chaos({}))).toBe('-a-b-|');
      expectObservable(source.pipe(chaos({ cut: 0 })), '--!').toBe('-a');
      expectObservable(cold('-a#').pipe(chaos({}))).toBe('-a#');
      expectSubscriptions(source.subscriptions).toBe(['^----!', '^-!']);
    });
  });

  it('throttles and fails without subscribing', () => {
    run(({ cold, expectSubscriptions, flush }) => {
      const source = cold('a|');
      const errors: unknown[] = [];
      source.pipe(chaos({ throttle: 1 })).subscribe({ error: (error) => errors.push(error) });
      source.pipe(chaos({ serverError: 1 })).subscribe({ error: (error) => errors.push(error) });
      flush();
      expect(errors.map(classifyError)).toEqual(['throttled', 'transient']);
      expect(errors.map((error) => retryAfterOf(error))).toEqual([1_000, undefined]);
      expectSubscriptions(source.subscriptions).toBe([]);
    });
  });

  it('lets the first value come 10 s later, or never if it is unsubscribed before', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('                               a|');
      expectObservable(source.pipe(chaos({ slowFirst: 1 }))).toBe('10s a|');
      expectObservable(source.pipe(chaos({ slowFirst: 1 })), '5s !').toBe('');
      expectSubscriptions(source.subscriptions).toBe('10s ^!');
    });
  });

  it('cuts and garbles after 0 to 7 values, or at the end of a shorter source', () => {
    for (const [kind, error] of [['cut', TypeError], ['garble', SyntaxError]] as const) {
      const all = outcomes({ [kind]: 1 });
      expect(all.every((seen) => seen.error instanceof error && classifyError(seen.error) === 'transient')).toBe(true);
      expect([...new Set(all.map(({ values }) => values.length))].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
      expect([...new Set(outcomes({ [kind]: 1 }, 2).map(({ values }) => values.length))].sort()).toEqual([0, 1, 2]);
    }
  });

  it('fails inside of the stream, which then completes', () => {
    const all = outcomes({ failInside: 1 });
    expect(all.every(({ isComplete, values }) => isComplete && classifyError(failureOf(values.at(-1))) === 'transient')).toBe(true);
  });

  it('stalls, and stops the source when it is unsubscribed', () => {
    const all = outcomes({ stall: 1 });
    expect(all.some(({ isComplete, error }) => isComplete || error !== undefined)).toBe(false);
    const source = new Subject<number>();
    const subscription = source.pipe(chaos({ stall: 1 })).subscribe();
    source.next(1);
    expect(source.observed).toBe(true);
    subscription.unsubscribe();
    expect(source.observed).toBe(false);
  });

  it('stops its source when a fault strikes', () => {
    const source = new Subject<number>();
    source.pipe(chaos({ cut: 1 })).subscribe({ error: () => undefined });
    for (let n = 0; n < 8; n += 1) source.next(n);
    expect(source.observed).toBe(false);
  });

  it('passes an error of the source on as it is, before a fault strikes', () => {
    const reasons: unknown[] = [];
    new Subject().pipe(chaos({ cut: 1 })).subscribe();
    const source = new Subject();
    source.pipe(chaos({ cut: 1 })).subscribe({ error: (error) => reasons.push(error) });
    source.error('its own');
    expect(reasons).toEqual(['its own']);
  });

  it('gives a function the ms since it was made', () => {
    run(({ cold, time, expectObservable }) => {
      const source = cold('a|');
      const troubled = source.pipe(chaos({ slowFirst: (elapsed) => (elapsed < 20 ? 1 : 0) }));
      expectObservable(troubled, ' ------------------------------ 10s -').toBe('10s a|');
      expectObservable(troubled, '                    20ms ^').toBe('20ms a|');
      expect(time('--|')).toBe(2);
    });
  });

  it('refuses options that it does not know', () => {
    expect(() => chaos({ cut: -1 })).toThrow('chaos: cut must be a number of at least 0, got -1');
    expect(() => chaos({}, { seed: 1 } as object)).toThrow('chaos: unknown option seed: 1');
    let reason: unknown;
    NEVER.pipe(chaos({ cut: () => 2 })).subscribe({ error: (error) => { reason = error; } });
    expect(reason).toMatchObject({ message: 'chaos: cut must be a share from 0 to 1, got 2' });
  });
});
