/**
 * An error of a guarded call, as it is. If the AI SDK would retry it, its `isRetryable` is set to false: the client has
 * retried as often as it may, and two that retry multiply.
 */
export function decided(error: unknown): unknown {
  if (typeof error === 'object' && error !== null && Reflect.get(error, 'isRetryable') === true) {
    Reflect.set(error, 'isRetryable', false);
  }
  return error;
}
