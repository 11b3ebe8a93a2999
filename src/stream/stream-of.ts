import { Observable, type Subscriber } from 'rxjs';
import { Options } from '../internal/options';
import type { FromStreamOptions } from './from-stream-options';
import type { Opened } from './opened';
import { EndReader, StreamEnd, type StreamReaders, unless } from './stream-end';
import { Streaming } from './streaming';

/** `fromStream`, with readers of values. Throws an error that names the option and shows the value. */
export function streamOf<X>(
  open: (signal: AbortSignal) => X,
  options: FromStreamOptions<Opened<X>>,
  readers: StreamReaders,
): Observable<Opened<X>> {
  new Options('fromStream', { open }, ['open']).required('open').functions('open');
  new Options('fromStream', options, ['isFinal', 'failure']).functions('isFinal').functionOrFalse('failure');
  const reader = new EndReader<unknown>(
    options.isFinal as ((value: unknown) => boolean) | undefined,
    unless(readers.failure, options.failure as ((value: unknown) => unknown) | false | undefined),
    readers,
  );
  return streamRead(open, reader);
}

/** The same without checks, whose values are read so. */
export function streamRead<X>(open: (signal: AbortSignal) => X, reader: EndReader<unknown>): Observable<Opened<X>> {
  return new Observable<Opened<X>>((subscriber) => {
    if (!subscriber.closed) {
      new Streaming(subscriber as Subscriber<unknown>, new StreamEnd(reader)).start(open);
    }
  });
}
