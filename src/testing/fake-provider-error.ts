import { RefusalError } from '../provider/refusal-error';
import type { SaidRefusal } from './shapes/shape';

/**
 * A fake provider, or {@link chaos}, refuses a request. It carries what errors of the SDKs carry, so that `classifyError`
 * and `retryAfterOf` read it in the same way.
 *
 * @category Fakes
 */
export class FakeProviderError extends RefusalError {
  static override readonly brandName = 'FakeProviderError';
  /** The HTTP status. */
  readonly status: number;
  /** The headers of the response, by names in lower case. */
  readonly headers: { readonly [name: string]: string };
  /** The provider's code, such as `rate_limit_exceeded`, where it has one. */
  readonly code: string | undefined;
  /** The provider's type of error, such as `overloaded_error`, where it has one. */
  readonly type: string | undefined;
  /** The body of the response. */
  readonly error: object;

  /** @internal */
  constructor(said: SaidRefusal, headers: { readonly [name: string]: string }) {
    super(`${said.status} ${said.message}`);
    this.status = said.status;
    this.headers = headers;
    this.code = said.code;
    this.type = said.type;
    this.error = said.body;
  }
}
