/**
 * Options of {@link fromStream}.
 *
 * @category Operators
 */
export interface FromStreamOptions<T> {
  /**
   * Which value ends an answer, such as `isFinalChunk`: completing without one is a `StreamTruncatedError`.
   * Default: every completion is believed, and `isFinalChunk` says when an answer is whole.
   */
  readonly isFinal?: ((value: T) => boolean) | undefined;
  /**
   * The failure that a value reports: such a value is not emitted, and the stream fails with what is returned. `undefined`,
   * `null` and `false` mean none. An answer that ends without any content has failed, too. Default `failureOf`; `false`
   * looks for no failure, and without `isFinal` at no value at all.
   */
  readonly failure?: ((value: T) => unknown) | false | undefined;
}
