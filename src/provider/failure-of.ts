import { ChunkReading, type Failure } from './chunks/chunk-reading';
import { dataOf } from './chunks/data-copy';
import { readChunk } from './chunks/read-chunk';
import { type Shape, shapeOf } from './chunks/shape';
import { ProviderFailureError } from './provider-failure-error';
import { statusIn } from './read';

/**
 * The failure that a value of a stream reports, as an error: an `error` event or part, `response.failed`, a chunk with
 * nothing but an `error`, `finish_reason: 'error'`, an answer of Gemini's that was blocked or malformed before it had
 * content, an exception event of Bedrock's, a `Response` with which another try may succeed (408, 409, 429, 5xx).
 *
 * @returns undefined for every other value, strings and unknown ones included. Never throws.
 * @category What providers say
 *
 * @example
 * ```ts
 * import { classifyError, failureOf } from 'rxjs-resilience';
 *
 * const failure = failureOf({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } });
 * failure?.message; // 'Overloaded'
 * classifyError(failure); // 'transient'
 * ```
 */
export function failureOf(value: unknown): ProviderFailureError | undefined {
  if (typeof value === 'string') {
    return undefined;
  }
  const reading = new ChunkReading();
  readChunk(value, reading);
  return reading.failure && failureError(value, reading.failure);
}

/** The error for a failure that was read from a value. */
export function failureError(value: unknown, { words, code, status }: Failure): ProviderFailureError {
  try {
    const told = toldBy(words, words === value);
    return new ProviderFailureError({
      ...told,
      code: code ?? told.code,
      status: status ?? told.status,
      value,
      error: words,
    });
  } catch {
    return new ProviderFailureError({ code, status, value }); // a proxy that refuses
  }
}

/** So deep do words stand in others, such as an event in an event. */
const deepestWords = 2;

interface Told {
  readonly message?: string | undefined;
  readonly status?: number | undefined;
  readonly code?: string | undefined;
  readonly type?: string | undefined;
}

function toldBy(words: unknown, isEvent: boolean): Told {
  const error = shapeOf(words);
  if (error === undefined) {
    return { message: textOrNothing(words) };
  }
  try {
    return toldByObject(error, isEvent);
  } catch {
    return toldByObject(dataOf(error, deepestWords + 1) as Shape, isEvent); // one of its fields throws
  }
}

/** @param isEvent Whether it is the event itself, whose type says no more than that there is an error. */
function toldByObject(error: Shape, isEvent: boolean, depth = 0): Told {
  const { message, code, status } = error;
  const inner = message === undefined && depth < deepestWords ? shapeOf(error.error) : undefined;
  if (inner !== undefined) {
    return toldByObject(inner, false, depth + 1);
  }
  return {
    message: textOrNothing(message),
    status: statusIn(status) ?? statusIn(error.statusCode) ?? statusIn(error.originalStatusCode) ?? statusIn(code),
    code: wordIn(code) ?? wordIn(status),
    type: isEvent ? undefined : wordIn(error.type),
  };
}

function textOrNothing(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A word, not a number in a text. */
function wordIn(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && !/^\d+$/.test(value) ? value : undefined;
}
