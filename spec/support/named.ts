import { catchError, type MonoTypeOperatorFunction, throwError } from 'rxjs';

/** Errors by their names alone: a marble diagram has no room for stacks. */
export function named<T>(): MonoTypeOperatorFunction<T> {
  return catchError((error: Error) => throwError(() => error.name));
}
