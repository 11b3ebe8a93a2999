import { Observable, type Subscriber } from 'rxjs';
import { Options } from '../internal/options';
import type { FromStreamOptions } from './from-stream-options';
import type { Opened } from './opened';
import { StreamEnd, type StreamReaders, unless } from './stream-end';
import { Streaming } from './streaming';

/** `fromStream`, with readers of values. Throws an error that names the option and shows the value. */
export function streamOf<X>(
  open: (signal: AbortSignal) => X,
  options: FromStreamOptions<Opened<X>>,
  readers: StreamReaders,
): Observable<Opened<X>> {
  if (typeof open !== 'function') {
    throw new TypeError(`fromStream: open must be a function that makes the call, got ${typeof open}`);
  }
  new Options('fromStream', options, ['isFinal', 'failure']).functions('isFinal').functionOrFalse('failure');
  const { isFinal } = options;
  const failure = unless(readers.failure, options.failure);
  return new Observable<Opened<X>>((subscriber) => {
    if (!subscriber.closed) {
      const end = new StreamEnd(isFinal, failure, readers);
      new Streaming(subscriber as Subscriber<unknown>, end as StreamEnd<unknown>).start(open);
    }
  });
}
