import type { OperatorFunction } from 'rxjs';
import { Options } from '../internal/options';
import { failedOverBy } from '../routing/failed-over-by';
import type { FailoverConfig, Given, Next } from '../routing/failover-config';
import { bareReaders } from './bare-readers';

/**
 * Options of `failover` of `rxjs-resilience/core`: errors are read by the function that is given.
 *
 * @category Core
 */
export type CoreFailoverConfig<T, To extends readonly Next<T>[]> = Omit<FailoverConfig<T, To>, 'when'> & {
  /** Which errors are worth another source. */
  readonly when: (error: unknown) => boolean;
};

/**
 * `failover` of the main entry without its readers of errors and chunks: `when` must be given, and every value is content
 * unless `isContent` says otherwise.
 *
 * @throws RangeError or TypeError that names the option and shows the value.
 * @returns A function that returns an Observable of the values of the first source that does not fail.
 * @category Core
 *
 * @example
 * ```ts
 * import { of, throwError } from 'rxjs';
 * import { failover } from 'rxjs-resilience/core';
 *
 * throwError(() => new Error('down'))
 *   .pipe(failover({ to: [of('answer')], when: () => true }))
 *   .subscribe(console.log); // -> answer
 * ```
 */
export function failover<T, const To extends readonly Next<T>[]>(
  config: CoreFailoverConfig<T, To>,
): OperatorFunction<T, T | Given<To[number]>> {
  const { when }: Partial<CoreFailoverConfig<T, To>> = config ?? {};
  new Options('failover of rxjs-resilience/core', { when }, ['when']).required('when');
  return failedOverBy<T, To>(config, bareReaders);
}
