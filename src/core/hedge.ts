import type { OperatorFunction } from 'rxjs';
import type { HedgeConfig } from '../retry/hedge-config';
import { hedgedBy } from '../retry/hedged-by';
import { bareReaders } from './bare-readers';

/**
 * `hedge` of the main entry without its readers of errors and chunks: every value is content unless `isContent` says
 * otherwise, and no error keeps other sources from going on.
 *
 * @throws RangeError or TypeError that names the option and shows the value.
 * @returns A function that returns an Observable of the values of the source that has content first.
 * @category Core
 *
 * @example
 * ```ts
 * import { of } from 'rxjs';
 * import { hedge } from 'rxjs-resilience/core';
 *
 * of('answer').pipe(hedge({ after: 2_000 })).subscribe(console.log); // -> answer
 * ```
 */
export function hedge<T, R = T>(config: HedgeConfig<T, R>): OperatorFunction<T, T | R> {
  return hedgedBy(config, bareReaders);
}
