import { BrandedError } from '../provider';

/**
 * A server answered with a status that is no success. `classifyError`, `retryAfterOf` and `rateLimitOf` read it like an
 * error of an SDK: its status, its headers, and its body if that is JSON.
 *
 * @category HTTP
 */
export class ResponseError extends BrandedError {
  static override readonly brandName = 'ResponseError';
  /** The HTTP status. */
  readonly status: number;
  /** The headers of the response. */
  readonly headers: Headers;
  /** The body, or as much of it as came: at most 64 kB. */
  readonly body: string;

  constructor(info: {
    readonly status: number;
    readonly statusText?: string | undefined;
    readonly headers: Headers;
    readonly body: string;
  }) {
    const { status, statusText = '', headers, body } = info;
    const words = body.slice(0, mostWords).replace(/\s+/g, ' ').trim();
    super(`HTTP ${status}${statusText && ` ${statusText}`}${words && `: ${words}`}`);
    this.status = status;
    this.headers = headers;
    this.body = body;
  }
}

/** So many characters of the body stand in the message. */
const mostWords = 200;
