import { BrandedError } from './branded-error';

/**
 * An error by which this library refuses a call. In V8 it has no stack trace: that would show how the call came to be
 * refused, which the error says itself, and costs more than all the rest of a refusal.
 */
export abstract class RefusalError extends BrandedError {
  constructor(message: string, options?: ErrorOptions) {
    const { stackTraceLimit } = Error;
    limitTraces(stackTraceLimit && 0);
    try {
      super(message, options);
    } finally {
      limitTraces(stackTraceLimit);
    }
  }
}

/** Not by an assignment, which would throw where the language's own objects are frozen. */
function limitTraces(lines: number | undefined): void {
  if (lines !== undefined) {
    Reflect.set(Error, 'stackTraceLimit', lines);
  }
}
