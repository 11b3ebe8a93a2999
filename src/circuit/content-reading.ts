import type { Reading } from '../guard/guard';

/** Tells which values of an attempt are content. */
export class ContentReading<T> implements Reading<T> {
  isContent = false;

  /** @param holds Whether a value is content. What it throws is the error of the call. */
  constructor(private readonly holds: (value: T) => boolean) {}

  read(value: T): void {
    this.isContent = Boolean(this.holds(value));
  }
}
