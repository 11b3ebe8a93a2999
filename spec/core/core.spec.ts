import { lastValueFrom, of, throwError, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { bareReaders, bareRetryReaders, bareStreamReaders } from '../../src/core/bare-readers';
import { coalesceTime, fromStream, retryBackoff, StreamTruncatedError, smoothText } from '../../src/core/index';
import { AnswerRejectedError } from '../../src/index';
import { ChunkReading } from '../../src/provider/chunks/chunk-reading';
import { run } from '../support/run';

const down = Object.assign(new Error('down'), { status: 503 });
const retryIf = () => true;
const retryAfter = () => undefined;

describe('retryBackoff of rxjs-resilience/core', () => {
  it('asks retryIf and retryAfter, and nothing else', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const call = cold('-#', undefined, down);
      const config = { maxRetries: 2, baseDelay: 3, jitter: 'none', exponentialBase: 1 } as const;
      expectObservable(call.pipe(retryBackoff({ ...config, retryIf, retryAfter: () => 5 }))).toBe('-------------#', undefined, down);
      expectSubscriptions(call.subscriptions).toBe(['^!', '------^!', '------------^!']);
    });
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const call = cold('-#', undefined, down);
      expectObservable(call.pipe(retryBackoff({ retryIf: () => false, retryAfter }))).toBe('-#', undefined, down);
      expectSubscriptions(call.subscriptions).toBe(['^!']);
    });
  });

  it('takes every value for content, unless isContent says otherwise', () => {
    run(({ cold, expectObservable }) => {
      const role = { choices: [{ index: 0, delta: { role: 'assistant' } }] };
      const call = cold('a#', { a: role }, down);
      expectObservable(call.pipe(retryBackoff({ retryIf, retryAfter }))).toBe('a#', { a: role }, down);
      const config = { retryIf, retryAfter, maxRetries: 1, baseDelay: 1, jitter: 'none', isContent: () => false } as const;
      expectObservable(call.pipe(retryBackoff(config))).toBe('---#', undefined, down);
    });
  });

  it('does not wait before it asks for an answer again that was rejected', () => {
    run(({ expectObservable }) => {
      const rejected = new AnswerRejectedError(down, []);
      expectObservable(throwError(() => rejected).pipe(retryBackoff({ retryIf, retryAfter, maxRetries: 3 }))).toBe('#', undefined, rejected);
    });
  });

  it('has no opinion of an error of its own', () => {
    const reading = bareReaders.read(down);
    expect(bareReaders.classOf(reading)).toBe('unknown');
    expect(bareReaders.isRetryable('transient')).toBe(false);
    expect(bareReaders.hintOf(reading, 0)).toBeUndefined();
  });

  it('reads nothing of values, whoever asks', () => {
    const chunk = { choices: [{ index: 0, delta: { content: 'Hi' } }], usage: { total_tokens: 3 } };
    for (const readers of [bareReaders, bareStreamReaders]) {
      expect(readers.chunkOf(chunk, undefined)).toBeUndefined();
      expect(readers.failureError(chunk, { words: chunk })).toBeUndefined();
    }
    expect([bareReaders.usageIn(new ChunkReading()), bareReaders.bytesIn(new ChunkReading())]).toEqual([undefined, 0]);
    expect(bareRetryReaders.isRetryable('transient')).toBe(false);
    expect(bareRetryReaders.hintOf(bareRetryReaders.read(down), 0)).toBeUndefined();
  });

  it('must be told both', () => {
    const make = (config: object) => () => retryBackoff(config as never);
    expect(make({ retryAfter })).toThrow('retryBackoff of rxjs-resilience/core: retryIf');
    expect(make({ retryIf })).toThrow('retryBackoff of rxjs-resilience/core: retryAfter');
    expect(() => retryBackoff(undefined as never)).toThrow('retryIf');
    expect(make({ retryIf, retryAfter, nonsense: 1 })).toThrow('nonsense');
    // @ts-expect-error which errors?
    expect(() => retryBackoff({ retryAfter })).toThrow();
  });
});

describe('fromStream of rxjs-resilience/core', () => {
  const failing = { error: { message: 'overloaded', type: 'overloaded_error' }, type: 'error' };

  it('believes every value and every end', async () => {
    expect(await lastValueFrom(fromStream(() => of(failing)))).toBe(failing);
  });

  it('asks the functions that are given', async () => {
    await expect(lastValueFrom(fromStream(() => of(failing), { failure: ({ error }) => error }))).rejects.toBe(failing.error);
    await expect(lastValueFrom(fromStream(() => of('a'), { isFinal: () => false }))).rejects.toBeInstanceOf(StreamTruncatedError);
    expect(await lastValueFrom(fromStream(() => of('a', 'b'), { isFinal: (value) => value === 'b' }).pipe(toArray()))).toEqual(['a', 'b']);
    expect(() => fromStream('open' as never)).toThrow('fromStream: open must be a function');
  });

  it('goes on as that of the main entry does, with what makes text of it', async () => {
    const pieces = fromStream(() => of('one ', 'two')).pipe(smoothText(), coalesceTime(), toArray());
    expect((await lastValueFrom(pieces)).flat().join('')).toBe('one two');
  });
});
