import OpenAI from 'openai';
import { concat, defer, EMPTY, firstValueFrom, lastValueFrom, NEVER, Observable, of, range, Subject, take, throwError, toArray } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { classifyError, type FromStreamOptions, fromStream, isFinalChunk, StreamTruncatedError } from '../../src/index';
import { follow } from '../support/follow';
import { run } from '../support/run';

/** Lets promises that are settled already have their say. */
const microtasks = async () => {
  for (let round = 0; round < 30; round += 1) {
    await Promise.resolve();
  }
};

async function* letters(...values: string[]) {
  yield* values;
}

/** A stream whose pieces the test delivers, and which records how it is treated. */
class ManualStream {
  returned = 0;
  #waiting: { resolve(result: IteratorResult<string>): void; reject(error: unknown): void } | undefined;

  constructor(readonly controller?: AbortController) {}

  push(value: string): void {
    this.#waiting?.resolve({ done: false, value });
  }

  end(): void {
    this.#waiting?.resolve({ done: true, value: undefined });
  }

  fail(error: unknown): void {
    this.#waiting?.reject(error);
  }

  [Symbol.asyncIterator](): AsyncIterator<string> {
    return {
      next: () =>
        new Promise((resolve, reject) => {
          this.#waiting = { resolve, reject };
        }),
      return: async () => {
        this.returned += 1;
        return { done: true, value: undefined };
      },
    };
  }
}

const readable = (...values: string[]) =>
  new ReadableStream<string>({
    start(controller) {
      for (const value of values) {
        controller.enqueue(value);
      }
      controller.close();
    },
  });

/** As browsers without async iteration have it. */
function withoutIterator<T>(stream: ReadableStream<T>): ReadableStream<T> {
  return Object.defineProperty(stream, Symbol.asyncIterator, { value: undefined });
}

describe('fromStream', () => {
  describe('what open returns', () => {
    it('S2: an async iterable is a stream, returned or promised', async () => {
      expect(await lastValueFrom(fromStream(() => letters('a', 'b')).pipe(toArray()))).toEqual(['a', 'b']);
      expect(await lastValueFrom(fromStream(async () => letters('a', 'b')).pipe(toArray()))).toEqual(['a', 'b']);
    });

    it('S2: a ReadableStream is a stream, with and without asyncIterator, returned or promised', async () => {
      expect(await lastValueFrom(fromStream(() => readable('a', 'b')).pipe(toArray()))).toEqual(['a', 'b']);
      expect(await lastValueFrom(fromStream(async () => readable('a')).pipe(toArray()))).toEqual(['a']);
      const old = () => withoutIterator(readable('a', 'b'));
      expect(await lastValueFrom(fromStream(old).pipe(toArray()))).toEqual(['a', 'b']);
      expect(await lastValueFrom(fromStream(async () => old()).pipe(toArray()))).toEqual(['a', 'b']);
    });

    it('S2: an Observable is subscribed synchronously', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const chunks = cold(' a-b-(c|)');
        const expected = '    a-b-(c|)';

        expectObservable(fromStream(() => chunks)).toBe(expected);
        expectSubscriptions(chunks.subscriptions).toBe('^---!');
      });
      expect(follow(fromStream(() => of(1, 2))).seen).toEqual([1, 2, '|']);
    });

    it('S2: a promised Observable is a stream', async () => {
      expect(await lastValueFrom(fromStream(async () => of(1, 2)).pipe(toArray()))).toEqual([1, 2]);
    });

    it('S2: strings, arrays, objects, functions and Responses are one value, returned or promised', async () => {
      const response = new Response('body');
      const work = () => 1;
      for (const value of ['text', '', ['a', 'b'], { a: 1 }, new Map([['a', 1]]), response, 0, null, false, work]) {
        expect(follow(fromStream(() => value)).seen).toEqual([value, '|']);
        const promised = follow(fromStream(async () => value));
        await microtasks();
        expect(promised.seen).toEqual([value, '|']);
      }
      expect(await response.text()).toBe('body');
    });

    it('S2: a function that can be iterated is a stream', async () => {
      const stream = Object.assign(() => 1, {
        async *[Symbol.asyncIterator]() {
          yield 'a';
        },
      });
      expect(await lastValueFrom(fromStream(() => stream).pipe(toArray()))).toEqual(['a']);
    });

    it('S2: what open throws is known to its call as a mistake, and to no other', async () => {
      const error = new Error('x');
      const kinds: string[] = [];
      const fail = (thrown: unknown) => fromStream(() => { throw thrown; }).subscribe({ error: (seen) => kinds.push(classifyError(seen)) });
      fail(error);
      fail({ status: 429 });
      fail('x');
      fromStream(() => undefined).subscribe({ error: (seen) => kinds.push(classifyError(seen)) });
      fromStream(() => throwError(() => error)).subscribe({ error: (seen) => kinds.push(classifyError(seen)) });
      fail(Object.freeze(new Error('x')));
      fail(new DOMException('x', 'AbortError'));
      expect(kinds).toEqual(['fatal', 'throttled', 'unknown', 'fatal', 'unknown', 'unknown', 'transient']);
    });

    it('S2: an abort is a timeout unless the signal of the call was aborted', async () => {
      const ended = (open: () => unknown) => lastValueFrom(fromStream(open)).then(() => undefined, classifyError);
      const abort = () => new DOMException('x', 'AbortError');
      expect(await ended(() => Promise.reject(abort()))).toBe('transient');
      expect(await ended(async function* () { yield 1; throw abort(); })).toBe('transient');
      expect(await ended(() => throwError(abort))).toBe('transient');
      expect(await ended(() => Promise.reject(new Error('x')))).toBe('unknown');
    });

    it('S2: undefined returned is a TypeError of that call, undefined promised is a value', async () => {
      const { seen } = follow(fromStream(() => undefined));
      expect(seen).toEqual([{ error: expect.any(TypeError) }]);
      expect(seen).toEqual([{ error: expect.objectContaining({ message: expect.stringContaining('undefined') }) }]);
      const promised = follow(fromStream(async () => undefined));
      await microtasks();
      expect(promised.seen).toEqual([undefined, '|']);
    });

    it('S2: never and empty streams are what they are', async () => {
      expect(follow(fromStream(() => NEVER)).seen).toEqual([]);
      expect(follow(fromStream(() => EMPTY)).seen).toEqual(['|']);
      expect(await lastValueFrom(fromStream(() => letters()).pipe(toArray()))).toEqual([]);
      expect(await lastValueFrom(fromStream(() => readable()).pipe(toArray()))).toEqual([]);
    });

    it('C8: errors pass as they are: thrown, rejected, of the stream before and after values', async () => {
      const cut = new Error('cut');
      async function* broken(...values: string[]) {
        yield* values;
        throw cut;
      }
      const fails = (): string => {
        throw cut;
      };
      expect(follow(fromStream(fails)).seen).toEqual([{ error: cut }]);
      expect(follow(fromStream(() => throwError(() => cut))).seen).toEqual([{ error: cut }]);
      for (const source of [fromStream(async () => fails()), fromStream(() => broken()), fromStream(async () => broken())]) {
        const { seen } = follow<string>(source);
        await microtasks();
        expect(seen).toEqual([{ error: cut }]);
      }
      const { seen } = follow(fromStream(() => broken('a')));
      await microtasks();
      expect(seen).toEqual(['a', { error: cut }]);
      expect((seen[1] as { error: unknown }).error).toBe(cut);
      const torn = new ReadableStream({ pull: (controller) => controller.error(cut) });
      const read = follow(fromStream(() => torn));
      await microtasks();
      expect(read.seen).toEqual([{ error: cut }]);
    });

    it('S2: a stream that is locked already is an error of that call', async () => {
      const stream = readable('a');
      stream.getReader();
      const { seen } = follow(fromStream(() => stream));
      expect(seen).toEqual([{ error: expect.any(TypeError) }]);
    });

    it('S2: a thenable that breaks in then is an error of that call', () => {
      const cut = new Error('cut');
      const thenable = { then: () => { throw cut; } } as unknown as Promise<string>;
      expect(follow(fromStream(() => thenable)).seen).toEqual([{ error: cut }]);
    });
  });

  describe('unsubscribing', () => {
    it('S2: aborts the signal at once and returns the iterator, even while the stream is stalled', async () => {
      const stream = new ManualStream();
      let signal: AbortSignal | undefined;
      const { seen, subscription } = follow(
        fromStream((given) => {
          signal = given;
          return stream;
        }),
      );
      stream.push('a');
      await microtasks();
      expect(seen).toEqual(['a']);
      expect(signal?.aborted).toBe(false);
      subscription.unsubscribe();
      expect(signal?.aborted).toBe(true);
      expect(stream.returned).toBe(1);
      stream.push('late');
      await microtasks();
      expect(seen).toEqual(['a']);
    });

    it('S2: swallows a late rejection of the stream', async () => {
      const stream = new ManualStream();
      const { seen, subscription } = follow(fromStream(() => stream));
      subscription.unsubscribe();
      stream.fail(new Error('late'));
      await microtasks();
      expect(seen).toEqual([]);
    });

    it('S2: swallows what ending the stream throws or rejects with', async () => {
      const next = () => new Promise<never>(() => undefined);
      const throws = () => {
        throw new Error('no');
      };
      const rejects = async () => throws();
      for (const end of [throws, rejects, undefined]) {
        const stream = { [Symbol.asyncIterator]: () => ({ next, return: end }) } as unknown as AsyncIterable<string>;
        follow(fromStream(() => stream)).subscription.unsubscribe();
        await microtasks();
      }
    });

    it('S2: cancels a ReadableStream that stalls', async () => {
      const cancel = vi.fn();
      const { subscription } = follow(fromStream(() => new ReadableStream({ cancel })));
      await microtasks();
      subscription.unsubscribe();
      await microtasks();
      expect(cancel).toHaveBeenCalledOnce();
    });

    it('S2: aborts before the stream is there, and cancels a stream that arrives late', async () => {
      const cancel = vi.fn();
      const stream = new ManualStream();
      const observable = new Observable(() => {
        throw new Error('is not subscribed');
      });
      for (const late of [stream, new ReadableStream({ cancel }), observable, 'value']) {
        const signals: AbortSignal[] = [];
        const { seen, subscription } = follow(
          fromStream(async (signal) => {
            signals.push(signal);
            return late;
          }),
        );
        subscription.unsubscribe();
        expect(signals[0]?.aborted).toBe(true);
        await microtasks();
        expect(seen).toEqual([]);
      }
      expect(stream.returned).toBe(1);
      expect(cancel).toHaveBeenCalledOnce();
    });

    it('S2: swallows a rejection of open that comes late', async () => {
      const { seen, subscription } = follow(
        fromStream(async () => {
          throw new Error('late');
        }),
      );
      subscription.unsubscribe();
      await microtasks();
      expect(seen).toEqual([]);
    });

    it('S2: aborts when the consumer has enough, inside next', async () => {
      const stream = new ManualStream();
      const signals: AbortSignal[] = [];
      const first = firstValueFrom(
        fromStream((signal) => {
          signals.push(signal);
          return stream;
        }),
      );
      stream.push('a');
      expect(await first).toBe('a');
      expect(signals[0]?.aborted).toBe(true);
      expect(stream.returned).toBe(1);
    });

    it('S2: leaves an Observable and aborts the signal', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const chunks = cold('  a-b-c');
        const unsubscribe = '  ---! ';
        const expected = '     a-b--';
        const signals: AbortSignal[] = [];

        const stream = fromStream((signal) => {
          signals.push(signal);
          return chunks;
        });
        expectObservable(stream, unsubscribe).toBe(expected);
        expectSubscriptions(chunks.subscriptions).toBe('^--!');
        cold('-----|').subscribe({ complete: () => expect(signals[0]?.aborted).toBe(true) });
      });
    });

    it('S2: does not abort after a single value, nor after a stream that has ended', async () => {
      const signals: AbortSignal[] = [];
      const spying = <X>(value: X) => fromStream((signal) => {
        signals.push(signal);
        return value;
      });
      spying('value').pipe(take(1)).subscribe();
      spying(of('a')).subscribe();
      spying(Promise.resolve('value')).pipe(take(1)).subscribe();
      const { subscription } = follow(spying(letters('a')));
      await microtasks();
      subscription.unsubscribe();
      expect(signals.map(({ aborted }) => aborted)).toEqual([false, false, false, false]);
    });

    it('S2: aborts a stream of one value under take(1), for it may have more', () => {
      const signals: AbortSignal[] = [];
      fromStream((signal) => {
        signals.push(signal);
        return concat(of('a'), NEVER);
      }).pipe(take(1)).subscribe();
      expect(signals[0]?.aborted).toBe(true);
    });

    it('S2: aborts what an SDK stream holds that was never read', async () => {
      const controller = new AbortController();
      const { subscription } = follow(fromStream(async () => new ManualStream(controller)));
      subscription.unsubscribe();
      await microtasks();
      expect(controller.signal.aborted).toBe(true);
    });

    it('C4: does not open for a consumer that has gone already', () => {
      const open = vi.fn(() => of(2));
      const late = new Observable<number>((subscriber) => {
        subscriber.next(1);
        subscriber.add(fromStream(open).subscribe(subscriber));
      });
      expect(follow(late.pipe(take(1))).seen).toEqual([1, '|']);
      expect(open).not.toHaveBeenCalled();
    });
  });

  describe('isFinal', () => {
    const isFinal = (letter: string) => letter === 'z';

    it('S2: completing without a final value is a StreamTruncatedError', async () => {
      const truncated = new StreamTruncatedError({ emitted: 2 });
      run(({ cold, expectObservable }) => {
        expectObservable(fromStream(() => cold('a-b|'), { isFinal })).toBe('a-b#', undefined, truncated);
        expectObservable(fromStream(() => cold('a-z|'), { isFinal })).toBe('a-z|');
        expectObservable(fromStream(() => cold('z-a|'), { isFinal })).toBe('z-a|');
        expectObservable(fromStream(() => cold('a-b#'), { isFinal })).toBe('a-b#');
        expectObservable(fromStream(() => EMPTY, { isFinal })).toBe('#', undefined, new StreamTruncatedError({ emitted: 0 }));
      });
      const { seen } = follow(fromStream(() => letters('a', 'b'), { isFinal }));
      await microtasks();
      expect(seen).toEqual(['a', 'b', { error: truncated }]);
      expect((seen[2] as { error: StreamTruncatedError }).error).toMatchObject({ emitted: 2, name: 'StreamTruncatedError' });
      expect(classifyError(truncated)).toBe('transient');
    });

    it('S2: a single value has to be final too', () => {
      expect(follow(fromStream(() => 'z', { isFinal })).seen).toEqual(['z', '|']);
      expect(follow(fromStream(() => 'a', { isFinal })).seen).toEqual(['a', { error: expect.any(StreamTruncatedError) }]);
    });

    it('C5: what it throws is the error of the call, and stops the stream', async () => {
      const cut = new Error('cut');
      const stream = new ManualStream();
      const throws = () => {
        throw cut;
      };
      const { seen } = follow(fromStream(() => stream, { isFinal: throws }));
      stream.push('a');
      await microtasks();
      expect(seen).toEqual([{ error: cut }]);
      expect(stream.returned).toBe(1);
    });
  });

  describe('a stream that is aborted from outside', () => {
    it('S2: never looks like completion', async () => {
      const controller = new AbortController();
      const stream = new ManualStream(controller);
      const { seen } = follow(fromStream(() => stream));
      stream.push('a');
      await microtasks();
      controller.abort();
      stream.end();
      await microtasks();
      expect(seen).toEqual(['a', { error: expect.objectContaining({ name: 'AbortError', message: 'The stream was aborted' }) }]);
      expect(classifyError((seen[1] as { error: unknown }).error)).toBe('transient');
    });

    it('S2: is complete if the final value had come', async () => {
      const controller = new AbortController();
      const stream = new ManualStream(controller);
      const { seen } = follow(fromStream(() => stream, { isFinal: (letter) => letter === 'z' }));
      stream.push('z');
      await microtasks();
      controller.abort();
      stream.end();
      await microtasks();
      expect(seen).toEqual(['z', '|']);
    });

    it('S2: a stream of the openai package errors when its controller is aborted, and completes when it ends', async () => {
      const chunk = (content: string, reason: string | null) =>
        `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content }, finish_reason: reason }] })}\n\n`;
      const bodies: ReadableStreamDefaultController<Uint8Array>[] = [];
      const fetch = async (_url: unknown, init?: { signal?: AbortSignal | null }) => {
        const body = new ReadableStream<Uint8Array>({
          start: (controller) => {
            bodies.push(controller);
            init?.signal?.addEventListener('abort', () => controller.error(new DOMException('aborted', 'AbortError')));
          },
        });
        return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
      };
      const openai = new OpenAI({ apiKey: 'none', maxRetries: 0, fetch });
      const encoder = new TextEncoder();
      const ask = () => {
        const aborts: AbortController[] = [];
        const received: string[] = [];
        const ended = new Promise<unknown>((resolve) => {
          fromStream(
            async (signal) => {
              
              const stream = await openai.chat.completions.create({ model: 'm', messages: [], stream: true }, { signal });
              aborts.push(stream.controller);
              return stream;
            },
          ).subscribe({
            next: (value) => received.push(value.choices[0]?.delta.content ?? ''),
            error: resolve,
            complete: () => resolve('|'),
          });
        });
        return { aborts, received, ended };
      };

      const aborted = ask();
      await vi.waitFor(() => expect(bodies).toHaveLength(1));
      bodies[0]?.enqueue(encoder.encode(chunk('a', null)));
      await vi.waitFor(() => expect(aborted.received).toEqual(['a']));
      aborted.aborts[0]?.abort();
      expect(await aborted.ended).toMatchObject({ name: 'AbortError' });

      const whole = ask();
      await vi.waitFor(() => expect(bodies).toHaveLength(2));
      bodies[1]?.enqueue(encoder.encode(`${chunk('b', 'stop')}data: [DONE]\n\n`));
      bodies[1]?.close();
      expect(await whole.ended).toBe('|');
      expect(whole.received).toEqual(['b']);
    });
  });

  it('C1: each subscription opens with a signal of its own', () => {
    const signals: AbortSignal[] = [];
    const stream = fromStream((signal) => {
      signals.push(signal);
      return NEVER;
    });
    expect(signals).toEqual([]);
    const first = stream.subscribe();
    const second = stream.subscribe();
    first.unsubscribe();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    second.unsubscribe();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  });

  it('C2: refuses bad options, naming option and value', () => {
    expect(() => fromStream('text' as unknown as () => string)).toThrow('fromStream: open must be a function, got "text"');
    expect(() => fromStream(() => 1, { isFinal: 5 } as unknown as FromStreamOptions<number>)).toThrow(/isFinal .* got 5/);
    expect(() => fromStream(() => 1, { failure: true } as unknown as FromStreamOptions<number>)).toThrow(/failure must be a function or false, got true/);
    expect(() => fromStream(() => 1, { failure: undefined })).not.toThrow();
    const unknown = { final: isFinalChunk } as FromStreamOptions<number>;
    expect(() => fromStream(() => 1, unknown)).toThrow(/^fromStream: unknown option final/);
    expect(() => fromStream(() => 1, null as unknown as FromStreamOptions<number>)).toThrow(TypeError);
  });

  it('C5: a synchronous source under take(3) is pulled three times', () => {
    let pulled = 0;
    const source = new Observable<number>((subscriber) => {
      while (!subscriber.closed && pulled < 1_000) {
        pulled += 1;
        subscriber.next(pulled);
      }
    });
    expect(follow(fromStream(() => source).pipe(take(3))).seen).toEqual([1, 2, 3, '|']);
    expect(pulled).toBe(3);
  });

  it('C5: an async iterable under take(3) is pulled three times and returned', async () => {
    let pulled = 0;
    let isReturned = false;
    async function* source() {
      try {
        while (true) {
          pulled += 1;
          yield pulled;
        }
      } finally {
        isReturned = true;
      }
    }
    const { seen } = follow(fromStream(source).pipe(take(3)));
    await microtasks();
    expect(seen).toEqual([1, 2, 3, '|']);
    expect(pulled).toBe(3);
    expect(isReturned).toBe(true);
  });

  it('C6: passes a million synchronous values', () => {
    let count = 0;
    fromStream(() => range(0, 1_000_000)).subscribe(() => {
      count += 1;
    });
    expect(count).toBe(1_000_000);
  });

  it('C11: a consumer that subscribes again inside complete opens anew', async () => {
    const opened = vi.fn(() => letters('a'));
    const stream = fromStream(opened);
    expect(await lastValueFrom(concat(stream, defer(() => stream)).pipe(toArray()))).toEqual(['a', 'a']);
    expect(opened).toHaveBeenCalledTimes(2);
  });

  it('passes values on in order when the source re-enters', () => {
    const source = new Subject<number>();
    const seen: number[] = [];
    fromStream(() => source).subscribe((value) => {
      seen.push(value);
      if (value === 1) {
        source.next(2);
      }
    });
    source.next(1);
    expect(seen).toEqual([1, 2]);
  });
});
