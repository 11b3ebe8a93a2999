import type { Reading } from '../guard/guard';
import { StreamTruncatedError } from './stream-truncated-error';

/** Reads whether the value that ends an answer has come. */
export class StreamEnd<T> implements Reading<T> {
  hasSeenFinal = false;
  private emitted = 0;

  /** Without `isFinal` every completion is believed. */
  constructor(readonly isFinal: ((value: T) => boolean) | undefined) {}

  read(value: T): void {
    this.note(this.isFinal?.(value) === true);
  }

  /** Counts a value of which it is known whether it ends the answer. */
  note(isFinal: boolean): void {
    this.emitted += 1;
    this.hasSeenFinal ||= isFinal;
  }

  missing(): Error | undefined {
    return this.isFinal === undefined || this.hasSeenFinal
      ? undefined
      : new StreamTruncatedError({ emitted: this.emitted });
  }
}
