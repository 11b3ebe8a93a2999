import type { OperatorFunction } from 'rxjs';
import { hedgeReaders } from '../provider';
import type { HedgeConfig } from './hedge-config';
import { hedgedBy } from './hedged-by';

export type { Hedge, HedgeConfig } from './hedge-config';

/**
 * Subscribes a second time if no content has come for a while, and mirrors whichever has content first: a slow answer
 * costs a second request instead of a long wait (Jeffrey Dean and Luiz André Barroso, "The Tail at Scale", CACM 2013).
 *
 * ![Begins a hedge when no content has come for a while, and tears the loser down before the winner's content goes
 * on](../../docs/marbles/hedge-1.svg)
 *
 * The others are unsubscribed before the winner's first content goes on, which stops their requests; what was held back
 * of the winner comes first. A source that fails before content is dropped while others run; a fatal error ends all. Both
 * requests may be billed. `after` at the 95th percentile of the time to the first token makes some 5 % more requests.
 *
 * @param config `after` must be given.
 * @throws RangeError or TypeError that names the option and shows the value.
 * @returns A function that returns an Observable that mirrors the source or one of its hedges, or errors with what the
 * last of them failed with.
 * @category Operators
 *
 * @example
 * ```ts
 * import { defer, map, timer } from 'rxjs';
 * import { hedge } from 'rxjs-resilience';
 *
 * let requests = 0;
 * const ask = defer(() => {
 *   requests += 1;
 *   const answer = `answer to request ${requests}`;
 *   return timer(requests === 1 ? 60_000 : 300).pipe(map(() => answer));
 * });
 *
 * ask.pipe(hedge({ after: 2_000 })).subscribe(console.log); // -> answer to request 2
 * ```
 */
export function hedge<T, R = T>(config: HedgeConfig<T, R>): OperatorFunction<T, T | R> {
  return hedgedBy(config, hedgeReaders);
}
