import { BrandedError } from './branded-error';

/**
 * A provider answered, and said inside its answer that it failed: in an `error` event of a stream, a `response.failed`,
 * a blocked answer. `classifyError` and `retryAfterOf` read it like any other error of the provider.
 *
 * @category Errors
 */
export class ProviderFailureError extends BrandedError {
  static override readonly brandName = 'ProviderFailureError';
  /** The HTTP status that the provider names, if it names one. */
  declare readonly status?: number | undefined;
  /** The provider's code, such as `rate_limit_exceeded`, or the reason for which the answer ended. */
  declare readonly code?: string | undefined;
  /** The provider's type of error, such as `overloaded_error`. */
  declare readonly type?: string | undefined;
  /** The value that reported the failure. */
  readonly value: unknown;

  /** @param info `error` is what the provider says of it: an object, or an error that becomes the cause. */
  constructor(info: {
    readonly message?: string | undefined;
    readonly status?: number | undefined;
    readonly code?: string | undefined;
    readonly type?: string | undefined;
    readonly value: unknown;
    readonly error?: unknown;
  }) {
    const { message, status, code, type, value, error } = info;
    const isError = error instanceof Error;
    super(message ?? `The provider reports a failure: ${code ?? type ?? status ?? 'it does not say which'}`, {
      ...(isError ? { cause: error } : {}),
    });
    this.value = value;
    Object.assign(
      this,
      status === undefined ? undefined : { status },
      code === undefined ? undefined : { code },
      type === undefined ? undefined : { type },
    );
    if (!isError) {
      // Where classifyError and retryAfterOf look for the body of an answer.
      Object.defineProperty(this, 'error', { value: error });
    }
  }
}

/** The failure of an answer that has ended without any content. */
export function emptyAnswer(): ProviderFailureError {
  const message = 'The answer ended without any content';
  return new ProviderFailureError({ code: 'empty-answer', message, value: undefined });
}
