import { BrandedError } from './branded-error';

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

/** Not by an assignment, which would throw where the language's own objects are frozen. */
function limitTraces(lines: number | undefined): void {
  if (lines !== undefined) {
    Reflect.set(Error, 'stackTraceLimit', lines);
  }
}
