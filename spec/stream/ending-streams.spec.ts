import { PassThrough, Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { lastValueFrom, type Observable, toArray } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { classifyError, fromStream } from '../../src/index';
import { follow } from '../support/follow';

/** What nobody has caught. */
const uncaught: unknown[] = [];
const note = (error: unknown) => uncaught.push(error);

beforeEach(() => {
  uncaught.length = 0;
  process.on('unhandledRejection', note).on('uncaughtException', note);
});

afterEach(async () => {
  await turn();
  await turn();
  process.off('unhandledRejection', note).off('uncaughtException', note);
  expect(uncaught).toEqual([]);
});

const never = () => new Promise<never>(() => undefined);

describe('leaving a stream', () => {
  it.each(['abort', 'destroy'])('S2: ends an iterator that has no return() by its %s()', async (name) => {
    const end = vi.fn();
    const iterator = { next: never, [name]: end };
    const iterable = { ...iterator, [Symbol.asyncIterator]() { return this; } };
    follow(fromStream(() => ({ [Symbol.asyncIterator]: () => iterator }))).subscription.unsubscribe();
    expect(end).toHaveBeenCalledTimes(1);
    expect(end.mock.contexts).toEqual([iterator]);
    follow(fromStream(() => iterable)).subscription.unsubscribe();
    expect(end).toHaveBeenCalledTimes(2);
    follow(fromStream(async () => iterable)).subscription.unsubscribe();
    await turn();
    expect(end).toHaveBeenCalledTimes(3);
  });

  it('S2: ends an iterator that has both by return() alone', () => {
    const abort = vi.fn();
    const iterator = { next: never, return: vi.fn(never), abort, [Symbol.asyncIterator]() { return this; } };
    follow(fromStream(() => iterator)).subscription.unsubscribe();
    expect(iterator.return).toHaveBeenCalledOnce();
    expect(abort).not.toHaveBeenCalled();
  });

  it('S2: ends a stream whose generator waits by its abort(), as that of Ollama has it', async () => {
    class AbortableStream {
      isEnded = false;
      readonly #aborter = new AbortController();

      abort() {
        this.#aborter.abort();
      }

      async *[Symbol.asyncIterator]() {
        try {
          yield 'a';
          await new Promise((_, reject) => this.#aborter.signal.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError'))));
        } finally {
          this.isEnded = true;
        }
      }
    }
    const stream = new AbortableStream();
    const { seen, subscription } = follow(fromStream(async () => stream));
    await turn();
    expect(seen).toEqual(['a']);
    subscription.unsubscribe();
    await turn();
    expect(stream.isEnded).toBe(true);
    expect(seen).toEqual(['a']);
  });

  it('S2: destroys a Readable at once that does not know the signal', async () => {
    const readable = new PassThrough({ encoding: 'utf8' });
    const { seen, subscription } = follow(fromStream(() => readable));
    readable.write('a');
    await vi.waitFor(() => expect(seen).toEqual(['a']));
    expect(readable.destroyed).toBe(false);
    subscription.unsubscribe();
    expect(readable.destroyed).toBe(true);
  });

  it('S2: destroys a Readable that comes late, though it emits an error of the signal that nobody listens to', async () => {
    const readables: Readable[] = [];
    const { seen, subscription } = follow(
      fromStream(async (signal) => {
        await turn();
        readables.push(new Readable({ signal, read: () => undefined }));
        return readables[0]!;
      }),
    );
    subscription.unsubscribe();
    await turn();
    await turn();
    expect(readables.map(({ destroyed }) => destroyed)).toEqual([true]);
    expect(seen).toEqual([]);
  });

  it('S2: leaves a Readable alone that has ended', async () => {
    const readable = Readable.from(['a', 'b'], { autoDestroy: false });
    const destroy = vi.spyOn(readable, 'destroy');
    expect(await lastValueFrom(fromStream(() => readable).pipe(toArray()))).toEqual(['a', 'b']);
    const calls = destroy.mock.calls.length;
    await turn();
    expect(destroy.mock.calls.length).toBe(calls);
  });

  it('S2: swallows what every way of ending throws or rejects with, now and late', async () => {
    const cut = () => { throw new Error('no'); };
    const rejects = async () => cut();
    for (const fails of [cut, rejects]) {
      for (const name of ['return', 'abort', 'destroy']) {
        const stream = { next: never, [name]: fails, on: fails, controller: { abort: fails }, [Symbol.asyncIterator]() { return this; } };
        follow(fromStream(() => stream)).subscription.unsubscribe();
        follow(fromStream(async () => stream)).subscription.unsubscribe();
      }
      const readable = { getReader: () => ({ read: never, cancel: fails }) };
      follow(fromStream(() => readable)).subscription.unsubscribe();
      follow(fromStream(async () => readable)).subscription.unsubscribe();
      follow(fromStream(async () => ({ [Symbol.asyncIterator]: cut }))).subscription.unsubscribe();
    }
    await turn();
  });

  it('S2: swallows a read that rejects late', async () => {
    let reject: ((error: unknown) => void) | undefined;
    const next = () => new Promise<never>((_, no) => { reject = no; });
    const { seen, subscription } = follow(fromStream(() => ({ [Symbol.asyncIterator]: () => ({ next }) })));
    subscription.unsubscribe();
    reject?.(new Error('late'));
    await turn();
    expect(seen).toEqual([]);
  });

  it('reports a teardown that throws as RxJS does, not as a rejection', async () => {
    const { config } = await import('rxjs');
    const cut = new Error('cut');
    const reported: unknown[] = [];
    config.onUnhandledError = (error) => reported.push(error);
    const fails = (stream: Observable<unknown>) => {
      const subscription = stream.subscribe({ error: () => undefined });
      subscription.add(() => { throw cut; });
    };
    fails(fromStream(async () => 'a'));
    fails(fromStream(async () => { throw new Error('x'); }));
    fails(fromStream(async function* () { yield 'a'; }));
    fails(fromStream(() => ({ [Symbol.asyncIterator]: () => ({ next: async () => { throw new Error('x'); } }) })));
    await vi.waitFor(() => expect(reported).toHaveLength(4), 5_000);
    config.onUnhandledError = null;
    expect(reported.map(String).every((text) => text.includes('cut'))).toBe(true);
  });
});

describe('what is read of a value', () => {
  /** As the result object of an SDK, whose getters begin work and promise what fails. */
  class Result {
    readonly touched: string[];
    readonly model = 'm';
    readonly promised = { then: 'a text' };

    constructor(touched: string[]) {
      this.touched = touched;
    }

    #reject(name: string): Promise<never> {
      this.touched.push(name);
      return Promise.reject(new Error(name));
    }

    get text() { return this.#reject('text'); }
    get usage() { return this.#reject('usage'); }
    get finishReason() { return this.#reject('finishReason'); }
    get content() { return this.#reject('content'); }
    get error(): never { this.touched.push('error'); throw new Error('error'); }
    get type() { return this.#reject('type'); }
    get choices() { return this.#reject('choices'); }
    get candidates() { return this.#reject('candidates'); }
    get data() { return this.#reject('data'); }
    get controller() { return this.#reject('controller'); }
    get lift() { return this.#reject('lift'); }
    get subscribe() { return this.#reject('subscribe'); }
    get abort() { return this.#reject('abort'); }
    get destroy() { return this.#reject('destroy'); }
    get on() { return this.#reject('on'); }
  }

  class StreamedResult extends Result {
    async *[Symbol.asyncIterator]() {
      yield new Result(this.touched);
      await never();
    }
  }

  it('S2: no getter of a single value, promised or not', async () => {
    const touched: string[] = [];
    const result = new Result(touched);
    expect(follow(fromStream(() => result)).seen).toEqual([result, '|']);
    expect(await lastValueFrom(fromStream(async () => result))).toBe(result);
    expect(touched).toEqual([]);
  });

  it('S2: no getter of a stream or of its values, also when it is left', async () => {
    const touched: string[] = [];
    const { seen, subscription } = follow(fromStream(() => new StreamedResult(touched), { isFinal: () => false }));
    await turn();
    expect(seen).toHaveLength(1);
    subscription.unsubscribe();
    await turn();
    expect(touched).toEqual([]);
  });

  it('S2: no promise in it', async () => {
    const then = vi.fn();
    const value = { text: { then }, usage: { then }, finishReason: { then }, content: { then }, error: { then } };
    expect(await lastValueFrom(fromStream(async () => value))).toBe(value);
    expect(follow(fromStream(() => value)).seen).toEqual([value, '|']);
    expect(then).not.toHaveBeenCalled();
  });

  it.each(['text', 'usage', 'output', 'object', 'error', 'content', 'reasoning', 'toolCalls', 'steps', 'response'])('S2: not its own getter %s', (name) => {
    const getter = vi.fn(() => { throw new Error('touched'); });
    const value = Object.defineProperty({ model: 'm' }, name, { get: getter, enumerable: true });
    follow(fromStream(() => value)).subscription.unsubscribe();
    expect(getter).not.toHaveBeenCalled();
  });
});

it('S2: a stream whose iterator throws, or gives what is no result, is an error of that call', async () => {
  const cut = new Error('cut');
  const broken = [
    { [Symbol.asyncIterator]: () => { throw cut; } },
    { [Symbol.asyncIterator]: () => ({ next: () => { throw cut; } }) },
    { [Symbol.asyncIterator]: () => ({ next: async () => { throw cut; } }) },
  ];
  for (const stream of broken) {
    const { seen } = follow(fromStream(() => stream as unknown as AsyncIterable<string>));
    await turn();
    expect(seen).toEqual([{ error: cut }]);
  }
  const { seen } = follow(fromStream(() => ({ [Symbol.asyncIterator]: () => ({ next: async () => undefined }) })));
  await turn();
  expect(seen).toEqual([{ error: expect.any(TypeError) }]);
});

it('S2: a Readable that is destroyed from outside never looks like completion', async () => {
  const readable = new PassThrough({ encoding: 'utf8' });
  const { seen } = follow(fromStream(() => readable));
  readable.write('a');
  await vi.waitFor(() => expect(seen).toEqual(['a']));
  readable.destroy();
  await vi.waitFor(() => expect(seen).toHaveLength(2));
  expect(classifyError((seen[1] as { error: unknown }).error)).toBe('transient');
});
