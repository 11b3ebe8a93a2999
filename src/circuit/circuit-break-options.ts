/**
 * Options of {@link circuitBreak}.
 *
 * @category Operators
 */
export interface CircuitBreakOptions<T = unknown> {
  /** Whether a call fails at once while the breaker is open, or waits for its turn. Default `'error'`. */
  readonly whenOpen?: 'error' | 'wait' | undefined;
  /** How long it waits, in ms; 0 never waits. Default `Infinity`. */
  readonly maxWait?: number | undefined;
  /**
   * Whether a value is content: the first one makes a probe a success. Default `isContentChunk`, which knows what an LLM
   * provider's chunks without content look like.
   */
  readonly isContent?: ((value: T) => boolean) | undefined;
}
