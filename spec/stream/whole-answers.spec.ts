import { Readable } from 'node:stream';
import { concat, NEVER, type Observable, of, throwError } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { classifyError, type FromStreamOptions, failureOf, fromStream, isFinalChunk, ProviderFailureError, StreamTruncatedError } from '../../src/index';
import { streamReaders } from '../../src/provider';
import { EndReader, StreamEnd } from '../../src/stream/stream-end';
import { fc, runs } from '../support/property';
import { run } from '../support/run';

const says = (content: string) => ({ choices: [{ index: 0, delta: { content }, finish_reason: null }] });
const role = { choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }] };
const stop = { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] };
const last = { choices: [{ index: 0, delta: { content: 'c' }, finish_reason: 'stop' }] };
const usage = { choices: [], usage: { prompt_tokens: 1, completion_tokens: 1 } };
const overloaded = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
const letters = { r: role, a: says('a'), b: says('b'), c: last, s: stop, u: usage, f: overloaded };
const emptyAnswer = expect.objectContaining({ name: 'ProviderFailureError', code: 'empty-answer' });
const failed = expect.objectContaining({ name: 'ProviderFailureError', message: 'Overloaded' });

/** What a stream that is drawn comes to. */
function expectStream(drawn: string, expected: string, options?: FromStreamOptions<unknown>, error: unknown = 'error') {
  run(({ cold, expectObservable }) => {
    expectObservable(fromStream(() => cold(drawn, letters), options)).toBe(expected, letters, error);
  });
}

/** How it ends, now or after some microtasks. */
function ending(source: Observable<unknown>): Promise<unknown> {
  return new Promise((resolve) => {
    source.subscribe({ error: resolve, complete: () => resolve('|') });
  });
}

describe('fromStream, once a final value has come,', () => {
  it('S2: completes instead of erring', () => {
    expectStream('r-a-s-#', 'r-a-s-|');
    expectStream('a-s-u-#', 'a-s-u-|');
    expectStream('c-#', 'c-|');
    expectStream('a-s-#', 'a-s-|', { isFinal: isFinalChunk });
    expectStream('a-s-#', 'a-s-|', { isFinal: isFinalChunk, failure: false });
    expectStream('a-s-#', 'a-s-|', { isFinal: (value) => value === stop });
    expectStream('a-s-#', 'a-s-|', { isFinal: (value) => value === stop, failure: false });
  });

  it('S2: completes instead of failing by a value that reports a failure, and stops the source', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const chunks = cold(' a-s-f--a', letters);
      const expected = '    a-s-|';
      const signals: AbortSignal[] = [];

      expectObservable(fromStream((signal) => {
        signals.push(signal);
        return chunks;
      })).toBe(expected, letters);
      expectSubscriptions(chunks.subscriptions).toBe('^---!');
      cold('-----|').subscribe({ complete: () => expect(signals[0]?.aborted).toBe(true) });
    });
  });

  it('S2: is unfinished again if content follows', () => {
    expectStream('s-a-#', 's-a-#');
    expectStream('a-s-b-#', 'a-s-b-#');
    expectStream('a-s-b-s-#', 'a-s-b-s-|');
    expectStream('a-s-b-|', 'a-s-b-|', { isFinal: isFinalChunk }); // it has seen a final value
    expectStream('a-s-b-|', 'a-s-b-|');
  });

  it('S2: completes where an SDK aborts, or throws, or its ReadableStream breaks', async () => {
    async function* breaks(thrown: unknown) {
      yield says('a');
      yield stop;
      throw thrown;
    }
    const controller = new AbortController();
    async function* ends() {
      yield last;
      controller.abort();
    }
    let pieces = [says('a'), stop];
    const torn = new ReadableStream({
      pull: (pipe) => (pieces.length === 0 ? pipe.error(new TypeError('terminated')) : pipe.enqueue(pieces.shift())),
    }, { highWaterMark: 0 });

    expect(await ending(fromStream(() => breaks(new DOMException('aborted', 'AbortError'))))).toBe('|');
    expect(await ending(fromStream(async () => breaks(new Error('ECONNRESET'))))).toBe('|');
    expect(await ending(fromStream(() => Object.assign(ends(), { controller })))).toBe('|');
    expect(await ending(fromStream(() => torn))).toBe('|');
    pieces = [];
  });

  it('S2: is read from nothing with `failure: false` and no `isFinal`', () => {
    expectStream('a-s-#', 'a-s-#', { failure: false });
    expectStream('f-s-|', 'f-s-|', { failure: false });
    const end = new StreamEnd(new EndReader<unknown>(undefined, false, streamReaders));
    const untouched = new Proxy({}, { get: () => expect.unreachable(), ownKeys: () => expect.unreachable(), getPrototypeOf: () => expect.unreachable() });
    end.read(untouched);
    expect(end).toMatchObject({ failure: undefined, isWhole: false });
    expect(end.missing()).toBeUndefined();
  });

  it('C5: is undone by a callback that throws: that is the error of the call', () => {
    const cut = new Error('cut');
    let count = 0;
    const isFinal = () => {
      count += 1;
      if (count === 2) {
        throw cut;
      }
      return true;
    };
    expectStream('a-u', 'a-#', { isFinal }, cut);
  });
});

describe('fromStream({ failure })', () => {
  it('S8: fails with what a value reports, which is not emitted, once the source has been stopped', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const chunks = cold(' r-a-f--', letters);
      expectObservable(fromStream(() => chunks)).toBe('r-a-#', letters, failed);
      expectSubscriptions(chunks.subscriptions).toBe('^---!');
    });
    expectStream('f', '#', { failure: failureOf }, failed);
    expectStream('f-|', 'f-|', { failure: false });
  });

  it('S8: aborts the request before it tells of the failure', async () => {
    const order: string[] = [];
    const stream = fromStream(async function* (signal) {
      signal.addEventListener('abort', () => order.push('aborted'));
      yield overloaded;
    });
    await new Promise<void>((resolve) => {
      stream.subscribe({ error: () => resolve(void order.push('told')) });
    });
    expect(order).toEqual(['aborted', 'told']);
  });

  it('S8: takes a function, for which undefined, null and false are no failure', () => {
    const cut = new Error('cut');
    for (const nothing of [undefined, null, false]) {
      expectStream('a-f-b-s-|', 'a-f-b-s-|', { failure: () => nothing });
    }
    expectStream('a-b-', 'a-#', { failure: (value) => value === letters.b && cut }, cut);
    expectStream('a-b-', 'a-#', { failure: (value) => (value === letters.b ? 'a text' : null) }, 'a text');
    expectStream('a-', '#', { failure: () => { throw cut; } }, cut);
  });

  it('S8: asks for a failure before it asks what is final', () => {
    const isFinal = vi.fn(() => true);
    expectStream('f', '#', { isFinal }, failed);
    expect(isFinal).not.toHaveBeenCalled();
  });

  it('S8: a single value may report a failure, and may be empty', async () => {
    expect(await ending(fromStream(() => Promise.resolve({ error: { message: 'Overloaded' } })))).toEqual(failed);
    const completion = (content: string) => ({ choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }] });
    expect(await ending(fromStream(() => completion('')))).toEqual(emptyAnswer);
    expect(await ending(fromStream(() => completion('Hi')))).toBe('|');
  });

  it('S8: an answer that ends without content has failed', () => {
    expectStream('r-s-|', 'r-s-#', {}, emptyAnswer);
    expectStream('s-u-|', 's-u-#', { isFinal: isFinalChunk }, emptyAnswer);
    expectStream('s-|', 's-#', { isFinal: (value) => value === stop, failure: () => undefined }, emptyAnswer);
    expectStream('r-s-|', 'r-s-|', { failure: false });
    expectStream('r-s-|', 'r-s-|', { failure: false, isFinal: isFinalChunk });
    expect(classifyError(new ProviderFailureError({ code: 'empty-answer', value: undefined }))).toBe('unknown');
  });

  it('S8: an error after an answer without content passes on as it is', () => {
    expectStream('r-s-#', 'r-s-#');
  });

  it('S2: without isFinal every completion is believed, with a failure or not', () => {
    expectStream('a-|', 'a-|');
    expectStream('r-|', 'r-|');
    expectStream('|', '|');
  });

  it('S2: how many values had come does not count the one that reports a failure', () => {
    const end = new StreamEnd(new EndReader<unknown>(isFinalChunk, failureOf, streamReaders));
    for (const value of [letters.a, letters.f, letters.a]) {
      end.read(value);
    }
    expect(end.missing()).toMatchObject({ emitted: 2 });
    expect(end.failure).toBeUndefined();
  });

  it('counts every value as content that is no chunk, a text too', async () => {
    expect(await ending(fromStream(() => concat(of('a', 'z'), throwError(() => 'cut')), { isFinal: (value) => value === 'z' }))).toBe('|');
    expect(await ending(fromStream(() => of(1), { isFinal: () => true }))).toBe('|');
  });
});

/** What is known of an answer by its drawing. */
function outcome(drawn: readonly (keyof typeof letters)[], end: 'complete' | 'error' | 'open', hasFinal: boolean) {
  let [isEnded, isEnding] = [false, false];
  let hasContent = false;
  const emitted: unknown[] = [];
  for (const letter of drawn) {
    if (letter === 'f') {
      return { emitted, end: isEnded && hasContent ? 'complete' : 'failure' };
    }
    emitted.push(letters[letter]);
    const isContent = 'abc'.includes(letter);
    hasContent ||= isContent;
    isEnding ||= 'cs'.includes(letter);
    isEnded = 'cs'.includes(letter) || (isEnded && !isContent);
  }
  if (end === 'open') {
    return { emitted, end: 'open' };
  }
  const isWhole = isEnded && hasContent;
  if (end === 'error') {
    return { emitted, end: isWhole ? 'complete' : 'cut' };
  }
  return { emitted, end: hasFinal && !isEnding ? 'truncated' : isEnding && !hasContent ? 'empty' : 'complete' };
}

it('S2, S8: any order of values, ends and unsubscribing comes to what the rules say, for every kind of stream', async () => {
  const cut = new Error('cut');
  const kinds = ['observable', 'iterable', 'readable', 'promised'] as const;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...(Object.keys(letters) as (keyof typeof letters)[])), { maxLength: 6 }),
      fc.constantFrom('complete' as const, 'error' as const, 'open' as const),
      fc.boolean(),
      fc.constantFrom(...kinds),
      fc.option(fc.nat(6), { nil: undefined }),
      async (drawn, end, hasFinal, kind, most) => {
        const values = drawn.map((letter) => letters[letter]);
        async function* generator(signal: AbortSignal) {
          yield* values;
          if (end === 'error') {
            throw cut;
          }
          if (end === 'open') {
            await new Promise((resolve) => signal.addEventListener('abort', resolve));
          }
        }
        const opens = {
          observable: () => concat(of(...values), end === 'error' ? throwError(() => cut) : end === 'open' ? NEVER : of()),
          iterable: generator,
          readable: (signal: AbortSignal) => Readable.toWeb(Readable.from(generator(signal))),
          promised: async (signal: AbortSignal) => generator(signal),
        };
        const seen: unknown[] = [];
        let ended = 'open';
        let signal: AbortSignal | undefined;
        const open = (given: AbortSignal): Observable<unknown> => {
          signal = given;
          return opens[kind](given) as Observable<unknown>;
        };
        const subscription = fromStream(open, hasFinal ? { isFinal: isFinalChunk } : {}).subscribe({
          next: (value) => {
            seen.push(value);
            if (seen.length === most) {
              queueMicrotask(() => subscription.unsubscribe());
            }
          },
          complete: () => { ended = 'complete'; },
          error: (error) => {
            ended = error === cut ? 'cut' : error instanceof StreamTruncatedError ? 'truncated' : error.code === 'empty-answer' ? 'empty' : 'failure';
          },
        });
        await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
        const expected = outcome(drawn, end, hasFinal);
        const isLeft = most !== undefined && most > 0 && expected.emitted.length >= most && kind !== 'observable';
        if (isLeft) {
          expect(seen).toEqual(expected.emitted.slice(0, seen.length));
        } else {
          expect({ emitted: seen, end: ended }).toEqual(expected);
        }
        subscription.unsubscribe();
        const isStopped = ended !== 'complete' || end !== 'complete' || drawn.includes('f');
        expect(signal?.aborted || !isStopped || ended === 'truncated' || ended === 'empty').toBe(true);
      },
    ),
    { numRuns: runs(300) },
  );
});
