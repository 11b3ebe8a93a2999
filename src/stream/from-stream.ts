import type { Observable } from 'rxjs';
import { streamReaders } from '../provider';
import type { FromStreamOptions } from './from-stream-options';
import type { Opened } from './opened';
import { streamOf } from './stream-of';

export type { FromStreamOptions } from './from-stream-options';

/**
 * Makes a cold Observable of an SDK call: each subscription opens it anew, and unsubscribing stops the HTTP request.
 *
 * ![Passes on what the stream says and completes with it, without aborting what is
 * done](../../docs/marbles/from-stream-1.svg)
 *
 * `open` is given an `AbortSignal` to hand on. What it returns, or promises, may be an async iterable, a
 * `ReadableStream` or an Observable of any RxJS, whose values are emitted; everything else is one value. Unsubscribing
 * aborts the signal at once and ends the iterator, so the server sees the connection close even while the stream is
 * stalled.
 *
 * Once a final value has come, and no content after it, the answer is whole: an error of the connection then completes
 * the Observable. An `AbortError` while the signal was not aborted is a timeout of the SDK's, `transient` for
 * `classifyError`.
 *
 * @throws TypeError that names the option and shows the value.
 * @returns A cold Observable. It errors with what `open` throws or rejects with, with what the stream throws, with the
 * failure that a value reports, with a `ProviderFailureError` of the code `empty-answer` if an answer ends without any
 * content, with a `StreamTruncatedError` if the end is missing, and with a `TypeError` if `open` returns undefined.
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
  return streamOf(open, options, streamReaders);
}
