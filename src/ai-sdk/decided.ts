import { read } from '../provider/read';

/**
 * An error of a guarded call, as it is. If the AI SDK would retry it, its `isRetryable` is set to false: the client has
 * retried as often as it may, and two that retry multiply.
 */
export function decided(error: unknown): unknown {
  if (read(error, 'isRetryable') === true) {
    try {
      Reflect.set(error as object, 'isRetryable', false);
    } catch {
      // It cannot be changed.
    }
  }
  return error;
}
