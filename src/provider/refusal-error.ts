import { BrandedError, brandOf } from './branded-error';

/**
 * An error by which this library refuses a call. In V8 it has no stack trace: that would show how the call came to be
 * refused, which the error says itself, and costs more than all the rest of a refusal.
 */
export abstract class RefusalError extends BrandedError {
  /** The `name` of the policy that refused, if it has one. */
  declare readonly policyName?: string;
  /** The key for which a keyed policy made it. */
  declare readonly key?: string;

  constructor(message: string, options?: ErrorOptions) {
    const { stackTraceLimit } = Error;
    limitTraces(stackTraceLimit && 0);
    try {
      super(message, options);
    } finally {
      limitTraces(stackTraceLimit);
    }
  }

  /** Notes which policy refused the call: fields that are not known are not there. */
  protected label({ policyName, key }: { policyName?: string | undefined; key?: string | undefined }): void {
    if (policyName !== undefined) {
      Object.assign(this, { policyName });
    }
    if (key !== undefined) {
      Object.assign(this, { key });
    }
  }
}

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

/** Not by an assignment, which would throw where the language's own objects are frozen. */
function limitTraces(lines: number | undefined): void {
  if (lines !== undefined) {
    Reflect.set(Error, 'stackTraceLimit', lines);
  }
}
