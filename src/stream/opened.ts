import { from, isObservable, type Observable } from 'rxjs';

/**
 * What `fromStream` emits for what `open` returns.
 *
 * @category Operators
 */
export type Opened<X> =
  X extends PromiseLike<infer Y>
    ? Opened<Y>
    : X extends Observable<infer T>
      ? T
      : X extends AsyncIterable<infer T>
        ? T
        : X extends ReadableStream<infer T>
          ? T
          : X;

/** A stream that is read piece by piece and can be cancelled while a piece is awaited. */
export interface Reader {
  read(): Promise<IteratorResult<unknown, unknown>>;
  /** Stops the stream; what comes after that is nobody's business. */
  cancel(): void;
  /** Whether somebody else aborted the stream, which makes SDK streams complete as if nothing were missing. */
  readonly isAborted: boolean;
}

/** The Observable in what `open` returned, by RxJS's own class or by `Symbol.observable`. */
export function observableIn(opened: unknown): Observable<unknown> | undefined {
  if (isObservable(opened)) {
    return opened;
  }
  const interop = (Symbol as { observable?: symbol }).observable ?? '@@observable';
  return isObject(opened) && typeof opened[interop] === 'function'
    ? from(opened as unknown as Observable<unknown>)
    : undefined;
}

/** A reader of the stream in what `open` returned; undefined if that is a single value. */
export function readerOf(opened: unknown): Reader | undefined {
  if (!isObject(opened)) {
    return undefined;
  }
  // Before the iterator: that of a ReadableStream cannot be cancelled while it waits for the next piece.
  if (typeof opened.getReader === 'function') {
    return readReadable(opened as unknown as ReadableStream<unknown>);
  }
  return typeof opened[Symbol.asyncIterator] === 'function'
    ? readIterable(opened as unknown as AsyncIterable<unknown>)
    : undefined;
}

export function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return isObject(value) && typeof value.then === 'function';
}

function readReadable(stream: ReadableStream<unknown>): Reader {
  const reader = stream.getReader();
  return {
    read: () => reader.read() as Promise<IteratorResult<unknown, unknown>>,
    cancel: () => swallow(() => reader.cancel()),
    isAborted: false,
  };
}

function readIterable(stream: AsyncIterable<unknown> & { controller?: AbortController }): Reader {
  const iterator = stream[Symbol.asyncIterator]();
  return {
    read: () => iterator.next(),
    cancel: () => {
      swallow(() => iterator.return?.());
      // A generator that was never started has no clean-up to run: SDK streams are aborted by their controller.
      swallow(() => stream.controller?.abort?.());
    },
    get isAborted() {
      return stream.controller?.signal?.aborted === true;
    },
  };
}

/** Runs a clean-up of which nobody wants to hear any more. */
function swallow(work: () => unknown): void {
  try {
    Promise.resolve(work()).catch(() => undefined);
  } catch {
    // as above
  }
}

function isObject(value: unknown): value is Record<PropertyKey, unknown> {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
