import { from, type Observable, type Observer, type OperatorFunction } from 'rxjs';
import { Attempt } from '../guard/attempt';
import { ContentReading } from '../guard/content-reading';
import type { Try } from '../guard/try';
import { running } from '../internal/operate';
import { Clock } from '../internal/time/clock';
import { classOf, isContentChunk, mayHelpElsewhere, readError } from '../provider';
import { checkHedge, type HedgeConfig } from './hedge-config';
import type { Hedged } from './hedged';
import { Hedging } from './hedging';

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
  checkHedge('hedge', config as HedgeConfig<never>, 'with', 'isContent', 'scheduler')
    .functions('with', 'isContent')
    .scheduler();
  const { after, max = 1, retryBudget, onHedge } = config;
  const settings = { after, max, retryBudget, onHedge, clock: new Clock(config.scheduler) };
  return (source) => {
    const hedged = new HedgedSource<T | R>(source as Observable<T | R>, config as HedgeConfig<T | R>);
    return running<T, T | R>((_, destination) => new Hedging<T | R>(hedged, destination, settings))(source);
  };
}

/** A source, and what is subscribed beside it. */
class HedgedSource<T> implements Hedged<T> {
  private readonly reading: ContentReading<T>;

  constructor(
    private readonly source: Observable<T>,
    private readonly config: HedgeConfig<T>,
  ) {
    this.reading = new ContentReading(config.isContent ?? isContentChunk, true);
  }

  begin(n: number, downstream: Observer<T>): Try {
    const { with: hedgeOf } = this.config;
    const source = n === 0 || hedgeOf === undefined ? this.source : from(hedgeOf(n));
    return new Attempt(downstream, this.reading, source);
  }

  /** Another source may do better, but none is asked at once where a limit or a breaker says no. */
  helpsAtOnce(error: unknown, failed: Try): boolean {
    const kind = classOf(failed.readOnce(error, readError));
    return this.config.with !== undefined && kind !== 'throttled' && kind !== 'refused' && mayHelpElsewhere(error);
  }

  /** With sources that differ, what is fatal at one may work at another. */
  isFatal(error: unknown, failed: Try): boolean {
    const isFatal = classOf(failed.readOnce(error, readError)) === 'fatal';
    return isFatal && (this.config.with === undefined || !mayHelpElsewhere(error));
  }
}
