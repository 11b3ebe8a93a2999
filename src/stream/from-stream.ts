import { NEVER, Observable, type Subscriber } from 'rxjs';
import { Attempt } from '../guard/attempt';
import { noGuards } from '../guard/chain';
import type { Reading, Wants } from '../guard/guard';
import { Options } from '../internal/options';
import { brandProgrammingError, brandTimeout, unbrand } from '../provider';
import { isPromiseLike, type Opened, observableIn, type Reader, readerOf } from './opened';
import { StreamEnd } from './stream-end';

/**
 * Options of {@link fromStream}.
 *
 * @category Operators
 */
export interface FromStreamOptions<T> {
  /**
   * Which value ends an answer, such as `isFinalChunk`: completing without one is a `StreamTruncatedError`.
   * Default: every completion is believed.
   */
  readonly isFinal?: ((value: T) => boolean) | undefined;
}

/**
 * Makes a cold Observable of an SDK call: each subscription opens it anew, and unsubscribing stops the HTTP request.
 *
 * ![Passes on what the stream says and completes with it, without aborting what is
 * done](../../docs/marbles/from-stream-1.svg)
 *
 * `open` is given an `AbortSignal` to hand on. What it returns, or promises, may be an async iterable, a
 * `ReadableStream` or an Observable, whose values are emitted; everything else is one value. Unsubscribing aborts the
 * signal at once and ends the iterator, so the server sees the connection close even while the stream is stalled.
 *
 * @throws TypeError that names the option and shows the value.
 * @returns A cold Observable. It errors with what `open` throws or rejects with, with what the stream throws, with a
 * `TypeError` if `open` returns undefined, and with a `StreamTruncatedError` if the end is missing.
 * @category Operators
 *
 * @example
 * ```ts
 * import { fromStream, isFinalChunk, textOf } from 'rxjs-resilience';
 *
 * async function* answer(_signal: AbortSignal) {
 *   yield { choices: [{ delta: { content: 'Hello' }, finish_reason: null }] };
 *   yield { choices: [{ delta: {}, finish_reason: 'stop' }] };
 * }
 *
 * fromStream((signal) => answer(signal), { isFinal: isFinalChunk }).subscribe((chunk) => console.log(textOf(chunk)));
 * ```
 */
export function fromStream<X>(
  open: (signal: AbortSignal) => X,
  options: FromStreamOptions<Opened<X>> = {},
): Observable<Opened<X>> {
  if (typeof open !== 'function') {
    throw new TypeError(`fromStream: open must be a function that makes the call, got ${typeof open}`);
  }
  new Options('fromStream', options, ['isFinal']).functions('isFinal');
  return new Observable<Opened<X>>((subscriber) => {
    if (!subscriber.closed) {
      new Streaming(
        subscriber as Subscriber<unknown>,
        options.isFinal as ((value: unknown) => boolean) | undefined,
      ).start(open);
    }
  });
}

const noWants: Wants = {};

/** One subscription to a stream. */
class Streaming implements Reading<unknown> {
  readonly #controller = new AbortController();
  readonly #end: StreamEnd<unknown>;
  #reader: Reader | undefined;
  /** Whether nothing is left to stop: the stream has ended, or a single value has come, whose body may still be read. */
  #isOver = false;

  constructor(
    private readonly subscriber: Subscriber<unknown>,
    isFinal: ((value: unknown) => boolean) | undefined,
  ) {
    this.#end = new StreamEnd(isFinal);
    subscriber.add(() => this.#stop());
  }

  start(open: (signal: AbortSignal) => unknown): void {
    let opened: unknown;
    try {
      opened = open(this.#controller.signal);
    } catch (thrown) {
      this.#failByMistake(thrown);
      return;
    }
    if (opened === undefined) {
      this.#failByMistake(new TypeError('fromStream: open must return a stream, a promise or a value, got undefined'));
      return;
    }
    if (observableIn(opened) === undefined && isPromiseLike(opened)) {
      opened.then(
        (value) => this.#receive(value),
        (error) => this.subscriber.error(this.#known(error)),
      );
    } else {
      this.#receive(opened);
    }
  }

  /** A mistake in the program, unless it says otherwise. Only this call knows: the next may bring the same object. */
  #failByMistake(thrown: unknown): void {
    try {
      this.subscriber.error(brandProgrammingError(thrown));
    } finally {
      unbrand(thrown);
    }
  }

  /** An abort while our own signal was not aborted is a timeout of the SDK's. */
  #known(error: unknown): unknown {
    return this.#controller.signal.aborted ? error : brandTimeout(error);
  }

  read(value: unknown): void {
    this.#end.read(value);
  }

  missing(): Error | undefined {
    this.#isOver = true;
    return this.#end.missing();
  }

  #receive(opened: unknown): void {
    try {
      const observable = observableIn(opened);
      this.#reader = observable === undefined ? readerOf(opened) : undefined;
      if (this.subscriber.closed) {
        this.#reader?.cancel(); // it came too late
        return;
      }
      const values = new Attempt<unknown>(this.subscriber, noGuards, noWants, this, NEVER);
      if (observable !== undefined) {
        observable.subscribe(values);
      } else if (this.#reader !== undefined) {
        this.#pump(this.#reader, values);
      } else {
        this.#isOver = true;
        values.next(opened);
        values.complete();
      }
    } catch (thrown) {
      this.subscriber.error(thrown);
    }
  }

  async #pump(reader: Reader, values: Subscriber<unknown>): Promise<void> {
    try {
      while (!values.closed) {
        const { done, value } = await reader.read();
        if (!done) {
          values.next(value);
        } else if (reader.isAborted && !this.#end.hasSeenFinal) {
          values.error(new DOMException('The stream was aborted', 'AbortError'));
        } else {
          values.complete();
        }
      }
    } catch (error) {
      values.error(this.#known(error));
    }
  }

  /** Aborts the request first: ending the iterator may have to wait for the piece that is awaited. */
  #stop(): void {
    if (!this.#isOver) {
      this.#isOver = true;
      this.#controller.abort();
      this.#reader?.cancel();
    }
  }
}
