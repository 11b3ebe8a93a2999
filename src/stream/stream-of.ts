import { Observable, type Subscriber } from 'rxjs';
import { Options } from '../internal/options';
import type { Opened } from './opened';
import type { PlainEnd } from './plain-end';
import { Streaming } from './streaming';

/** Throws an error that names the option and shows the value. */
export function checkStream(open: unknown, options: object): void {
  if (typeof open !== 'function') {
    throw new TypeError(`fromStream: open must be a function that makes the call, got ${typeof open}`);
  }
  new Options('fromStream', options, ['isFinal', 'failure']).functions('isFinal').functionOrFalse('failure');
}

/** @param endOf Makes for each subscription what reads of its values how the stream ends. */
export function streamOf<X>(open: (signal: AbortSignal) => X, endOf: () => PlainEnd<Opened<X>>): Observable<Opened<X>> {
  return new Observable<Opened<X>>((subscriber) => {
    if (!subscriber.closed) {
      new Streaming(subscriber as Subscriber<unknown>, endOf() as PlainEnd<unknown>).start(open);
    }
  });
}
