import { type ErrorClass, ownClasses } from './error-class';
import { classOfCodes, isAbort, isBadRequestCode, isExhausted } from './error-codes';
import { isProgrammingError, isTimeout } from './error-origin';
import { classOfMistake, classOfWords, isHopeless } from './error-words';
import { fieldsOfLink } from './headers';
import { firstOf } from './links';
import { mayHelpLater, read } from './read';
import { type ErrorReading, type Link, readError } from './read-error';

export type { ErrorClass } from './error-class';

/**
 * Says what an error means for the next try: for errors of the SDKs of providers, of the AI SDK, LangChain, AWS and gRPC,
 * of fetch in Node, Deno, Bun and browsers, of axios, got, ky, RxJS and Angular, for the error bodies of providers, and
 * for anything with a `status`. Its causes are asked when it says nothing itself; of several errors in one
 * (`AggregateError`, `RetryError`) the last. Structured fields count before words, and the server's `x-should-retry`
 * before the status.
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
  return classOf(readError(error));
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
  return isRetryableClass(classifyError(error));
}

/** See {@link isRetryable}. */
export function isRetryableClass(kind: ErrorClass): boolean {
  return kind !== 'aborted' && kind !== 'fatal' && kind !== 'refused';
}

/**
 * Might another provider do better with the same request? True for failures, limits, exhausted quotas, keys and models
 * that do not work here, open circuits and full lines. False for a request that is wrong everywhere (400, 413, 422),
 * for `aborted` and `rejected` errors, and for a refusal by a token budget.
 *
 * @param error anything that was thrown. Never throws itself.
 * @category What providers say
 *
 * @example
 * ```ts
 * import { mayHelpElsewhere } from 'rxjs-resilience';
 *
 * mayHelpElsewhere({ status: 401 }); // true: another provider has another key
 * mayHelpElsewhere({ status: 400 }); // false
 * ```
 */
export function mayHelpElsewhere(error: unknown): boolean {
  const reading = readError(error);
  const kind = classOf(reading);
  const link = decisive(reading);
  if (kind === 'fatal' && link !== undefined) {
    return !isBadRequest(link);
  }
  return kind !== 'aborted' && kind !== 'rejected' && link?.brand !== 'TokenBudgetExceededError';
}

/** What an error that was read means, see {@link classifyError}. */
export function classOf(reading: ErrorReading): ErrorClass {
  if (reading.kind === undefined) {
    const kind = knownClass(reading) ?? 'unknown';
    reading.kind = kind === 'aborted' && isTimeout(reading.links[0]?.error) ? 'transient' : kind;
  }
  return reading.kind;
}

function knownClass(reading: ErrorReading): ErrorClass | undefined {
  const { links } = reading;
  return (
    firstOf(links, byStructure) ??
    firstOf(reading.gathered, knownClass) ??
    classOfWords(links.length === 1 ? links[0]!.texts : links.flatMap(({ texts }) => texts)) ??
    firstOf(links, byMistake)
  );
}

/** The error that says it in a structured way. */
function decisive(reading: ErrorReading): Link | undefined {
  return reading.links.find((link) => byStructure(link) !== undefined) ?? firstOf(reading.gathered, decisive);
}

function byStructure(link: Link): ErrorClass | undefined {
  const { error, brand, codes, status } = link;
  if (link.layers.length === 0) {
    return ownClasses.get(brand);
  }
  // 499 is what clients (Cohere's) give to a request that their user has closed.
  if (isAbort(codes) || (status === 499 && classOfWords(link.texts) === 'aborted')) {
    return 'aborted';
  }
  const stated = classOfCodes(codes);
  const isThrottled =
    status === undefined || status === 400 || status === 403 ? stated === 'throttled' : status === 429;
  const verdict = fieldsOfLink(link)?.get('x-should-retry')?.toLowerCase();
  if (verdict === 'true') {
    return isThrottled ? 'throttled' : 'transient';
  }
  if (verdict === 'false' || isExhausted(codes)) {
    return 'fatal';
  }
  if (isThrottled) {
    return isHopeless(link.texts) ? 'fatal' : 'throttled';
  }
  if (status !== undefined) {
    return mayHelpLater(status) ? 'transient' : 'fatal';
  }
  // XMLHttpRequest and what is built on it have status 0 when there was no answer at all.
  return stated ?? (read(error, 'status') === 0 ? 'transient' : undefined);
}

function byMistake({ error, names, texts }: Link): ErrorClass | undefined {
  const kind = names === 'Error' ? undefined : classOfMistake(names, texts[0] ?? '');
  return kind ?? (isProgrammingError(error) ? 'fatal' : undefined);
}

/** Is the request wrong, or only its key, its model or its account? */
function isBadRequest({ codes, status }: Link): boolean {
  const isNamed = isBadRequestCode(codes) || status === 400 || status === 413 || status === 422;
  return (
    (status === undefined || [400, 413, 422].includes(status)) &&
    isNamed &&
    !/api_?key|model_?not/.test(codes) &&
    !isExhausted(codes)
  );
}
