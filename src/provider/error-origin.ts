import { isObject, read } from './read';

/** Shared by every copy of this package that is loaded, like the brand of its own errors. */
const brand: unique symbol = Symbol.for('rxjs-resilience.error-origin') as never;

/**
 * Marks what was thrown by a mistake in the program, and returns it: the same call will fail again. Primitive values
 * and frozen objects cannot carry the mark.
 */
export function brandProgrammingError<E>(thrown: E): E {
  return branded(thrown, 'program');
}

/** Takes the mark away: the same object may come again from somewhere else. */
export function unbrand(thrown: unknown): void {
  try {
    if (isProgrammingError(thrown)) {
      delete (thrown as { [brand]?: unknown })[brand];
    }
  } catch {
    // A proxy that refuses.
  }
}

/** Whether {@link brandProgrammingError} has marked it, in whichever copy of the package. */
export function isProgrammingError(error: unknown): boolean {
  return read(error, brand) === 'program';
}

/** Marks an abort that the caller did not ask for, and returns it: a timeout of the SDK's, or of a signal joined to ours. */
export function brandTimeout<E>(thrown: E): E {
  const words = [read(thrown, 'name'), read(read(thrown, 'constructor'), 'name'), read(thrown, 'message')];
  return words.some((word) => typeof word === 'string' && /abort/i.test(word)) ? branded(thrown, 'timeout') : thrown;
}

/** Whether {@link brandTimeout} has marked it, in whichever copy of the package. */
export function isTimeout(error: unknown): boolean {
  return read(error, brand) === 'timeout';
}

function branded<E>(thrown: E, origin: string): E {
  try {
    if (isObject(thrown)) {
      Object.defineProperty(thrown, brand, { value: origin, configurable: true });
    }
  } catch {
    // Frozen, or a proxy that refuses.
  }
  return thrown;
}
