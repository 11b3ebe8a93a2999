import { dataOf, isObject } from './opened';

/** A stream that is read piece by piece and can be cancelled while a piece is awaited. */
export interface Reader {
  read(): Promise<IteratorResult<unknown, unknown>>;
  /** Stops the stream; what it says after that is swallowed. */
  cancel(): void;
  /** Whether somebody else aborted the stream, which makes SDK streams complete as if nothing were missing. */
  readonly isAborted: boolean;
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

/** Frees the connection of a response that nobody will read, unless somebody is reading it. Other values have no body. */
export function letGo(value: unknown): void {
  swallow(() => readerOf((value as Partial<Response> | null | undefined)?.body)?.cancel());
}

function readReadable(stream: ReadableStream<unknown>): Reader {
  const reader = stream.getReader();
  return {
    read: () => reader.read() as Promise<IteratorResult<unknown, unknown>>,
    cancel: () => swallow(() => reader.cancel()),
    isAborted: false,
  };
}

function readIterable(stream: AsyncIterable<unknown>): Reader {
  const iterator = stream[Symbol.asyncIterator]();
  return {
    read: () => iterator.next(),
    cancel: () => {
      const canReturn = typeof iterator.return === 'function';
      if (canReturn) {
        swallow(() => iterator.return!());
      } else {
        end(iterator);
      }
      // A generator hears `return()` only after the piece that it waits for, and never if it was not started.
      if (!Object.is(stream, iterator)) {
        end(stream);
      }
      swallow(() => controllerOf(stream)?.abort());
    },
    get isAborted() {
      return controllerOf(stream)?.signal?.aborted === true;
    },
  };
}

/** SDK streams have one. */
function controllerOf(stream: object): AbortController | undefined {
  const controller = dataOf(stream, 'controller');
  return typeof dataOf(controller, 'abort') === 'function' ? (controller as AbortController) : undefined;
}

/** Ends what says how: by `abort()`, as Ollama's SDK has it, or by `destroy()`, as streams of Node have it. */
function end(stream: object): void {
  const [name] = ['abort', 'destroy'].filter((method) => typeof dataOf(stream, method) === 'function');
  if (name !== undefined) {
    const methods = stream as { on?(event: string, listener: () => void): void; [name: string]: unknown };
    // A Readable that was aborted before it was read ends the process with an `error` that nobody listens to.
    swallow(() => methods.on?.('error', () => undefined));
    swallow(() => (methods[name] as () => unknown)());
  }
}

/** Runs a clean-up whose failure has no reader any more. */
function swallow(work: () => unknown): void {
  try {
    Promise.resolve(work()).catch(() => undefined);
  } catch {
    // as above
  }
}
