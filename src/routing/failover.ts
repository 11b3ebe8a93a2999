import type { OperatorFunction } from 'rxjs';
import { failoverReaders } from '../provider';
import { failedOverBy } from './failed-over-by';
import type { FailoverConfig, Given, Next } from './failover-config';

export type { FailoverConfig, Failure, Given, Next } from './failover-config';

/**
 * Goes on to another source when the first one fails: another provider, another model, another region.
 *
 * ![Goes to the next source when one fails, after that one is torn down](../../docs/marbles/failover-1.svg)
 *
 * Only for errors that another provider need not share (`mayHelpElsewhere`), and never once content was delivered, unless
 * `afterValues` says how to go on. What is no content is held back, so that a call that dies right after a role header goes
 * over as well. It stands outside of a client's guards: inside of them the breaker of the first provider would book what
 * the second one answers.
 *
 * @param config `to` must be given.
 * @throws RangeError or TypeError that names the option and shows the value.
 * @returns A function that returns an Observable that mirrors the first source that answers, or errors with what the last
 * one failed with.
 * @category Operators
 *
 * @example
 * ```ts
 * import { of, throwError } from 'rxjs';
 * import { failover } from 'rxjs-resilience';
 *
 * const overloaded = throwError(() => Object.assign(new Error('overloaded'), { status: 529 }));
 *
 * overloaded.pipe(failover({ to: [of('from the second provider')] })).subscribe(console.log); // -> from the second provider
 * ```
 */
export function failover<T, const To extends readonly Next<T>[]>(
  config: FailoverConfig<T, To>,
): OperatorFunction<T, T | Given<To[number]>> {
  return failedOverBy(config, failoverReaders);
}
