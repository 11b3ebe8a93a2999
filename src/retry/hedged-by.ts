import { from, type Observable, type Observer, type OperatorFunction } from 'rxjs';
import { Attempt } from '../guard/attempt';
import { ContentReading } from '../guard/content-reading';
import type { Try } from '../guard/try';
import { running } from '../internal/running';
import { Clock } from '../internal/time/clock';
import type { ChunkReaders, ErrorClass, ErrorReaders } from '../provider';
import { checkHedge, type HedgeConfig } from './hedge-config';
import type { Hedged } from './hedged';
import { Hedging } from './hedging';

/** How a hedge reads errors and values where its config does not say it. */
export type HedgeReaders = Pick<ErrorReaders, 'read' | 'classOf' | 'mayHelpElsewhere'> &
  Pick<ChunkReaders, 'isContent'>;

/** The operator, with readers of errors and values. */
export function hedgedBy<T, R>(config: HedgeConfig<T, R>, readers: HedgeReaders): OperatorFunction<T, T | R> {
  checkHedge('hedge', config as HedgeConfig<never>, 'with', 'isContent', 'scheduler')
    .functions('with', 'isContent')
    .scheduler();
  const { after, max = 1, retryBudget, onHedge } = config;
  const settings = { after, max, retryBudget, onHedge, clock: new Clock(config.scheduler) };
  return (source) => {
    const hedged = new HedgedSource<T | R>(source as Observable<T | R>, config as HedgeConfig<T | R>, readers);
    return running<T, T | R>((_, destination) => new Hedging<T | R>(hedged, destination, settings))(source);
  };
}

/** A source, and what is subscribed beside it. */
class HedgedSource<T> implements Hedged<T> {
  private readonly reading: ContentReading<T>;

  constructor(
    private readonly source: Observable<T>,
    private readonly config: HedgeConfig<T>,
    private readonly readers: HedgeReaders,
  ) {
    this.reading = new ContentReading(config.isContent ?? readers.isContent ?? (() => true), true);
  }

  begin(n: number, downstream: Observer<T>): Try {
    const { with: hedgeOf } = this.config;
    const source = n === 0 || hedgeOf === undefined ? this.source : from(hedgeOf(n));
    return new Attempt(downstream, this.reading, source);
  }

  /** Another source may do better, but none is asked at once where a limit or a breaker says no. */
  helpsAtOnce(error: unknown, failed: Try): boolean {
    const kind = this.classOf(error, failed);
    const mayHelp = kind !== 'throttled' && kind !== 'refused' && this.readers.mayHelpElsewhere(error);
    return this.config.with !== undefined && mayHelp;
  }

  /** With sources that differ, what is fatal at one may work at another. */
  isFatal(error: unknown, failed: Try): boolean {
    const isFatal = this.classOf(error, failed) === 'fatal';
    return isFatal && (this.config.with === undefined || !this.readers.mayHelpElsewhere(error));
  }

  private classOf(error: unknown, failed: Try): ErrorClass {
    const { readers } = this;
    return readers.classOf(failed.readOnce(error, readers.read));
  }
}
