import type { ObservableInput, SchedulerLike } from 'rxjs';
import { checkNumber, Options } from '../internal/options';
import type { RetryBudget } from './retry-budget';

/**
 * Options of `hedge`. Durations are ms.
 *
 * @category Operators
 */
export interface HedgeConfig<T, R = T> {
  /**
   * So long no content may come, in ms since a source was last subscribed; then a hedge begins. A function is asked for
   * each source. At 0 a hedge begins in the same frame, `Infinity` begins none.
   */
  readonly after: number | (() => number);
  /** How many hedges may begin beside the first source. Default 1. */
  readonly max?: number | undefined;
  /** What hedge `n` (1, 2, …) subscribes, such as the same request at another provider. Default: the source again. */
  readonly with?: ((n: number) => ObservableInput<R>) | undefined;
  /**
   * Which values are content: only these decide. Values before are held back, and are dropped unless their source wins.
   * Default `isContentChunk`: all but a known provider's chunk that says nothing yet.
   */
  readonly isContent?: ((value: T | R) => boolean) | undefined;
  /**
   * Bounds the hedges of all call sites that share it: every hedge is spent from it, every call counts as a first attempt.
   * Not the same one as that of a `retryBackoff` around it, which would count each call twice. Default: no bound.
   */
  readonly retryBudget?: RetryBudget | undefined;
  /** Called when a hedge begins. */
  readonly onHedge?: ((hedge: Hedge) => void) | undefined;
  /** Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike | undefined;
}

/**
 * A hedge that begins.
 *
 * @category Operators
 */
export interface Hedge {
  /** Which hedge of its call: 1, 2, … */
  readonly n: number;
  /** ms since the source before it was subscribed. */
  readonly after: number;
}

const names = ['after', 'max', 'retryBudget', 'onHedge'];

/** Checks what all hedges have, wherever they stand. `more` names the other options of that place. */
export function checkHedge(owner: string, config: HedgeConfig<never>, ...more: readonly string[]): Options {
  const options = new Options(owner, config, [...names, ...more])
    .required('after')
    .whole('max', 0, 'or Infinity')
    .functions('onHedge')
    .having('retryBudget', 'tryRetry', 'a RetryBudget');
  const { after } = config;
  if (typeof after !== 'function') {
    checkNumber(owner, 'after', after, (ms) => ms >= 0, 'a number of ms of at least 0, Infinity or a function');
  }
  return options;
}
