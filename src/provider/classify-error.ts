import { brandOf } from './branded-error';
import { classOfMessage } from './connection-message';
import { type CodeClass, classOfCode } from './error-codes';
import { classOfNames, type NameClass } from './error-names';
import { isDailyQuota } from './google-details';
import { headerReader, headersOfLink } from './headers';
import { layersOf, messagesOf } from './layers';
import { firstOf, linksOf } from './links';
import { read, textAt } from './read';

/**
 * What an error means for the next try.
 * - `throttled`: too fast or too much; waiting helps.
 * - `transient`: the server or the connection failed; the next try may succeed.
 * - `fatal`: the same request will fail again.
 * - `aborted`: the caller gave up.
 * - `refused`: this library did not let the call through.
 * - `unknown`: the error says nothing of all that.
 *
 * @category What providers say
 */
export type ErrorClass = 'throttled' | 'transient' | 'fatal' | 'aborted' | 'refused' | 'unknown';

/** One error of a chain with what it says in a structured way. */
interface Evidence {
  readonly error: unknown;
  readonly layers: readonly object[];
  readonly named: NameClass | undefined;
}

const ownErrors: ReadonlyMap<string, ErrorClass> = new Map([
  ['CircuitOpenError', 'refused'],
  ['PermitRefusedError', 'refused'],
  ['TokenBudgetExceededError', 'refused'],
  ['KeyLimitError', 'refused'],
  ['StreamTruncatedError', 'transient'],
  ['LimiterUnavailableError', 'transient'],
]);

/**
 * Says what an error means for the next try: for errors of the openai and @anthropic-ai/sdk packages, of fetch in Node
 * and in browsers, of RxJS, for the error bodies of OpenAI, Anthropic and Gemini, and for anything with a `status`.
 * Its causes are asked when it says nothing itself. Structured fields count before words, and the server's
 * `x-should-retry` before the status.
 *
 * @param error anything that was thrown. Never throws itself.
 * @category What providers say
 *
 * @example
 * ```ts
 * import { classifyError } from 'rxjs-resilience';
 *
 * classifyError({ status: 429, code: 'rate_limit_exceeded' }); // 'throttled'
 * classifyError({ status: 429, code: 'insufficient_quota' }); // 'fatal': waiting does not help
 * classifyError(new TypeError('fetch failed')); // 'transient'
 * ```
 */
export function classifyError(error: unknown): ErrorClass {
  const chain = linksOf(error).map(evidenceOf);
  return firstOf(chain, byStructure) ?? firstOf(chain, byMessage) ?? firstOf(chain, byMistake) ?? 'unknown';
}

/**
 * Is another try worth its cost? False for `aborted`, `fatal` and `refused` errors, see {@link classifyError}.
 *
 * @category What providers say
 *
 * @example
 * ```ts
 * import { isRetryable } from 'rxjs-resilience';
 *
 * isRetryable({ status: 503 }); // true
 * isRetryable({ status: 401 }); // false
 * ```
 */
export function isRetryable(error: unknown): boolean {
  const kind = classifyError(error);
  return kind === 'throttled' || kind === 'transient' || kind === 'unknown';
}

function evidenceOf(error: unknown): Evidence {
  return { error, layers: layersOf(error), named: classOfNames(error) };
}

function byStructure({ error, layers, named }: Evidence): ErrorClass | undefined {
  const own = ownErrors.get(brandOf(error) ?? '');
  const codes = layers.flatMap(codesOf);
  if (own !== undefined || named === 'aborted' || codes.includes('aborted')) {
    return own ?? 'aborted';
  }
  const status = firstOf(layers, statusOf);
  const isThrottled = status === undefined ? codes[0] === 'throttled' : status === 429;
  switch (headerReader(headersOfLink(error))('x-should-retry')?.toLowerCase()) {
    case 'true':
      return isThrottled ? 'throttled' : 'transient';
    case 'false':
      return 'fatal';
  }
  if (codes.includes('exhausted') || isDailyQuota(layers)) {
    return 'fatal';
  }
  const stated = status === undefined ? (codes[0] as ErrorClass | undefined) : classOfStatus(status);
  // XMLHttpRequest and what is built on it have status 0 when there was no answer at all.
  return stated ?? (named === 'transient' || read(error, 'status') === 0 ? 'transient' : undefined);
}

function byMessage({ error, layers }: Evidence): ErrorClass | undefined {
  return firstOf(messagesOf(error, layers), classOfMessage);
}

function byMistake({ named }: Evidence): ErrorClass | undefined {
  return named === 'programming' ? 'fatal' : undefined;
}

/** The more specific fields first: OpenAI has `type: 'invalid_request_error'` beside many a `code`. */
function codesOf(layer: object): CodeClass[] {
  return ['error_code', 'errorCode', 'code', 'type', 'status', 'reason']
    .map((field) => classOfCode(textAt(layer, field) ?? ''))
    .filter((found) => found !== undefined);
}

/** An HTTP status of an error, as a number or as a text; Gemini's bodies have it in `code`. */
function statusOf(layer: object): number | undefined {
  return firstOf(['status', 'statusCode', 'code'], (field) => {
    const value = read(layer, field);
    const status = typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value;
    return Number.isInteger(status) && (status as number) >= 400 && (status as number) <= 599
      ? (status as number)
      : undefined;
  });
}

function classOfStatus(status: number): ErrorClass {
  if (status === 429) {
    return 'throttled';
  }
  return status === 408 || status === 409 || status >= 500 ? 'transient' : 'fatal';
}
