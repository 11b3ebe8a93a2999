import type { MonoTypeOperatorFunction } from 'rxjs';
import { type Ending, type Guard, GuardedSubscriber, operate } from '../internal/operate';
import { StreamTruncatedError } from './stream-truncated-error';

/** Errors with a `StreamTruncatedError` if the source completes without a final value. */
export function untruncated<T>(isFinal: (value: T) => boolean): MonoTypeOperatorFunction<T> {
  return operate<T, T>((source, destination) => {
    source.subscribe(new GuardedSubscriber(destination, new EndGuard(isFinal)));
  });
}

/** Watches whether the value that ends an answer has come. */
export class EndGuard<T> implements Guard<T> {
  readonly #isFinal: ((value: T) => boolean) | undefined;
  #emitted = 0;
  #hasSeenFinal = false;

  /** Without `isFinal` every completion is believed. */
  constructor(isFinal: ((value: T) => boolean) | undefined) {
    this.#isFinal = isFinal;
  }

  get hasSeenFinal(): boolean {
    return this.#hasSeenFinal;
  }

  value(value: T): undefined {
    this.#emitted += 1;
    this.#hasSeenFinal ||= this.#isFinal?.(value) === true;
  }

  end(ending: Ending): void {
    if (ending === 'complete' && this.#isFinal !== undefined && !this.#hasSeenFinal) {
      throw new StreamTruncatedError({ emitted: this.#emitted });
    }
  }
}
