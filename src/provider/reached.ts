import { brandOf } from './brand';

/** Shared by all copies of this package. Not enumerable: it is no part of what the error says. */
const reached: unique symbol = Symbol.for('rxjs-resilience.reached') as never;

/** The refusals of this library, by brand. */
const refusals = ['CircuitOpenError', 'PermitRefusedError', 'TokenBudgetExceededError', 'KeyLimitError'];

/** Whether a call was refused before any source of it was subscribed: then it has cost nobody anything. */
export function isUnreached(error: unknown): boolean {
  return refusals.includes(brandOf(error) ?? '') && !hasReached(error);
}

/** Whether that was noted of an error. */
export function hasReached(error: unknown): boolean {
  return (error as { readonly [reached]?: true } | null | undefined)?.[reached] === true;
}

/** Notes that a call that is refused now had reached a source before. */
export function markReached(error: unknown): void {
  if (isUnreached(error)) {
    Reflect.defineProperty(error as object, reached, { value: true }); // no error if it is frozen
  }
}
