import type { ObservableInput } from 'rxjs';

/**
 * What has failed, for the source that comes next.
 *
 * @category Operators
 */
export interface Failure {
  /** With what it failed. */
  readonly error: unknown;
  /** Which of `to` comes next: 1, 2, … So many sources have failed. */
  readonly route: number;
  /** With `afterValues: 'continue'`, what was delivered so far; else empty. */
  readonly values: readonly unknown[];
}

/**
 * Where a call goes when it has failed: a source, or a function that makes one of what has happened.
 *
 * @typeParam _T What the first source emits.
 * @category Operators
 */
export type Next<_T = unknown> = ObservableInput<unknown> | ((failure: Failure) => ObservableInput<unknown>);

/**
 * What a {@link Next} emits.
 *
 * @category Operators
 */
export type Given<N> = N extends (failure: Failure) => infer I ? Emitted<I> : Emitted<N>;
type Emitted<I> = I extends ObservableInput<infer V> ? V : never;

/**
 * Options of `failover`.
 *
 * @category Operators
 */
export interface FailoverConfig<T, To extends readonly Next<T>[]> {
  /** Where a call goes, in this order, each once; at least one. */
  readonly to: To;
  /** Which errors are worth another source. Default `mayHelpElsewhere`. */
  readonly when?: ((error: unknown) => boolean) | undefined;
  /**
   * What to do with such an error once content was delivered: pass it on, so that no answer is typed twice; start over at
   * the next source; or go on there, with a function that is given the delivered `values`. Default `'error'`.
   */
  readonly afterValues?: 'error' | 'restart' | 'continue' | undefined;
  /**
   * Which values are content. Values before the first one (role headers and the like) are held back, and dropped if their
   * source fails before content. Default `isContentChunk`: all but a known provider's chunk that says nothing yet.
   */
  readonly isContent?: ((value: NoInfer<T | Given<To[number]>>) => boolean) | undefined;
  /**
   * So many values are held back before content, `Infinity` for all; with one more they count as content. At 0, what is
   * no content passes at once, and does not count for `afterValues`. Default 16.
   */
  readonly maxHeldBack?: number | undefined;
  /** Called when a call goes on to the next source, before that is subscribed. */
  readonly onFailover?: ((failure: Failure) => void) | undefined;
}
