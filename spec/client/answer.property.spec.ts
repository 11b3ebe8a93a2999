import { type Observable, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type Answer, type Attempt, ResilientClient, slidingWindow } from '../../src/index';
import { VirtualScheduler } from '../../src/testing';
import { fc, runs } from '../support/property';

const down = Object.assign(new Error('down'), { status: 503 });

/** The words of one attempt, how long each takes, and how it ends. */
const attempt = fc.record({
  gaps: fc.array(fc.integer({ min: 0, max: 80 }), { maxLength: 12 }),
  end: fc.constantFrom('fails', 'fails', 'completes'),
});
const traces = fc.record({
  attempts: fc.array(attempt, { minLength: 1, maxLength: 5 }),
  afterValues: fc.constantFrom('error', 'restart', 'continue'),
  smooth: fc.boolean(),
  interval: fc.integer({ min: 1, max: 120 }),
  isLimited: fc.boolean(),
});
type Trace = typeof traces extends fc.Arbitrary<infer T> ? T : never;

/** Plays a call whose words name their attempt and their place: `1.0 1.1 2.0 …`. Tells what was seen, and what had come. */
function play({ attempts, afterValues, smooth, interval, isLimited }: Trace) {
  const scheduler = new VirtualScheduler();
  const client = new ResilientClient({
    retryBackoff: { maxRetries: attempts.length - 1, baseDelay: 30 },
    ...(isLimited ? { rateLimit: { limits: slidingWindow({ limit: 1, window: 150 }) } } : {}),
    scheduler,
  });
  let opened = 0;
  let came = '';
  const open = (signal: AbortSignal, { number, delivered }: Attempt): Observable<string> => {
    opened = number;
    came = delivered.join('');
    const source = new Subject<string>();
    const { gaps, end } = attempts[number - 1]!;
    let at = 0;
    const later = (work: () => void) => scheduler.schedule(() => signal.aborted || work(), at);
    gaps.forEach((gap, place) => {
      at += gap;
      later(() => {
        came += `${number}.${place} `;
        source.next(`${number}.${place} `);
      });
    });
    later(() => (end === 'fails' ? source.error(down) : source.complete()));
    return source;
  };
  const seen: { readonly at: number; readonly answer: Answer<string>; readonly opened: number; readonly came: string }[] = [];
  let isComplete = false;
  client.answer(open, { afterValues, smooth, interval }).subscribe({
    next: (answer) => seen.push({ at: scheduler.now(), answer, opened, came }),
    complete: () => {
      isComplete = true;
    },
  });
  scheduler.flush();
  return { seen, came, isComplete };
}

/** Which attempts have words in a text. */
const attemptsIn = (text: string) => [...new Set([...text.matchAll(/(\d)\.\d+/g)].map(([, number]) => Number(number)))];

describe('answer, whatever fails when', () => {
  it('U2: shows nothing of an earlier attempt after a later one has begun that starts over', () => {
    fc.assert(
      fc.property(traces, (trace) => {
        for (const { answer, opened } of play(trace).seen) {
          if (trace.afterValues !== 'continue' && answer.text !== '') {
            expect(attemptsIn(answer.text)).toEqual([opened]);
            expect(answer.attempt).toBe(opened);
          }
        }
      }),
      { numRuns: runs(400) },
    );
  });

  it('U2: shows what has been delivered, all of it unless it is smooth or waits for its interval', () => {
    fc.assert(
      fc.property(traces, (trace) => {
        for (const { answer, came } of play(trace).seen) {
          expect(came.startsWith(answer.text)).toBe(true);
          // An attempt that starts over has emptied it before it is opened.
          expect(trace.smooth || answer.text === came || (answer.text === '' && answer.phase === 'connecting')).toBe(true);
        }
      }),
      { numRuns: runs(400) },
    );
  });

  it('U1, U2: ends with the whole answer, or with what had come of it, and completes', () => {
    fc.assert(
      fc.property(traces, (trace) => {
        const { seen, came, isComplete } = play(trace);
        const { answer } = seen.at(-1)!;
        expect(isComplete).toBe(true);
        expect(answer.text).toBe(came);
        expect(['done', 'failed']).toContain(answer.phase);
        expect(answer.isPartial).toBe(answer.phase === 'failed' && came !== '');
      }),
      { numRuns: runs(400) },
    );
  });

  it('U1: changes at most once per interval but for its phase and its attempt', () => {
    fc.assert(
      fc.property(traces, (trace) => {
        const { seen } = play(trace);
        seen.slice(1).forEach(({ at, answer }, place) => {
          const before = seen[place]!;
          const isSame = answer.phase === before.answer.phase && answer.attempt === before.answer.attempt && answer.phase !== 'waiting';
          expect(isSame && at - before.at < trace.interval).toBe(false);
        });
      }),
      { numRuns: runs(400) },
    );
  });
});
