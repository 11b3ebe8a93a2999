import type { Observer } from 'rxjs';
import type { Try } from '../guard/try';
import type { Clock } from '../internal/time/clock';
import type { Hedge } from './hedge-config';
import type { RetryBudget } from './retry-budget';

/** The options of hedges, with defaults filled in. */
export interface HedgeSettings {
  readonly after: number | (() => number);
  readonly max: number;
  readonly retryBudget: RetryBudget | undefined;
  readonly onHedge: ((hedge: Hedge) => void) | undefined;
  readonly clock: Clock;
  /** Whether `connected` says when a source is subscribed; else it is when it begins. */
  readonly isArmedLater?: boolean;
}

/** What is hedged. */
export interface Hedged<T> {
  /** The source, for `n` = 0, or a hedge. What it throws is the error of the call. */
  begin(n: number, downstream: Observer<T>): Try;
  /** Whether the next hedge is worth it at once when a source has failed with this error. */
  helpsAtOnce(error: unknown, failed: Try): boolean;
  /** Whether no other source can do better. */
  isFatal(error: unknown, failed: Try): boolean;
  /** Whether it did not even begin: of several errors that of another source is passed on. Default: never. */
  isRefused?(error: unknown, failed: Try): boolean;
  /** This one has content first; the others are still to be ended. */
  won?(winner: Try): void;
}
