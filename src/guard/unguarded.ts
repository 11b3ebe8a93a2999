import type { Observable, Observer } from 'rxjs';
import { Attempt } from './attempt';
import { noGuards } from './chain';
import type { Reading, Wants } from './guard';

/** Of an attempt that asks no guard for anything. */
export const noWants: Wants = {};

/** An attempt that passes no guards, of which only `reading` sees the values. */
export function unguarded<T>(downstream: Observer<T>, reading: Reading<T>, source: Observable<T>): Attempt<T> {
  return new Attempt(downstream, noGuards, noWants, reading, source);
}
