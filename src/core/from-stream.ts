import type { Observable } from 'rxjs';
import type { FromStreamOptions } from '../stream/from-stream-options';
import type { Opened } from '../stream/opened';
import { streamOf } from '../stream/stream-of';
import { bareStreamReaders } from './bare-readers';

/**
 * `fromStream` of the main entry without its readers of chunks, for small pages: only `isFinal` and `failure` say what a
 * value means, and without them every value and every end is believed.
 *
 * @throws TypeError that names the option and shows the value.
 * @returns A cold Observable, as `fromStream` of the main entry.
 * @category Core
 *
 * @example
 * ```ts
 * import { fromStream } from 'rxjs-resilience/core';
 *
 * fromStream(async () => 'one value').subscribe(console.log); // -> one value
 * ```
 */
export function fromStream<X>(
  open: (signal: AbortSignal) => X,
  options: FromStreamOptions<Opened<X>> = {},
): Observable<Opened<X>> {
  return streamOf(open, options, bareStreamReaders);
}
