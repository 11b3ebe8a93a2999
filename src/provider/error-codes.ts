import { certificate, connection, vocabulary } from './error-vocabulary';

/**
 * What the words say that servers and platforms put into `code`, `type`, `status`, `reason` and the names of errors, one
 * a line. Parts of them are enough: `rate_limit` is in `rate_limit_exceeded`, `userRateLimitExceeded`, `RateLimitError`.
 */
const throttled =
  'rate_limit|ramp_limit|too_many|slow_down|exhausted|throttl|limit_exceed|throughput_exceed|model_not_ready';

const server =
  'overload|unavailable|internal|server_err|api_error|^conflict|backend|deadline|^aborted|data_loss|^retryable|time_out|' +
  'empty_response|stream_err|bad_response|non_json|ajax_err|^hpe|read_err|^und_err(?!.*(?:invalid|not_s))';

const request =
  'invalid(?!_(?:state|session|response|json|tool|chunk|http))|auth|permission|forbidden|denied|not_found|bad_request|' +
  'too_large|unprocessable|context_|content_(?:filter|policy)|length_finish|precondition|out_of_range|exists|implemented|' +
  '(?<!response_|type_)validation|unsupported|credential|expired|unrecognized|no_such|load_api|quota_exceeded|path_conflict';

const known = vocabulary(`(${throttled})|(${connection}|${server})|${certificate}|${request}`);

const exhausted = vocabulary(
  'insufficient_(?:quota|balance|credit|fund)|billing|^budget_exceeded|(?:quota|credits?)_exhausted|(?:daily|usage)_limit|current_quota|' +
    'spend_limit_(?:exceeded|reached)',
);

const abort = vocabulary('abort(?:ed)?_err|err_(?:aborted|cancel)|^cancell?ed');

const badRequest = /* @__PURE__ */ vocabulary(
  'invalid(?!_api)|bad_request|too_large|unprocessable|context_|content_(?:filter$|policy)|precondition|validation|out_of_range',
);

/** What the first code says that is known. */
export function classOfCodes(codes: string): 'throttled' | 'transient' | 'fatal' | undefined {
  const found = known.exec(codes);
  return found === null ? undefined : found[1] ? 'throttled' : found[2] ? 'transient' : 'fatal';
}

/** Does a code say that a quota is used up that does not come back by waiting? */
export function isExhausted(codes: string): boolean {
  return exhausted.test(codes);
}

/** Does a code say that the caller gave up? */
export function isAbort(codes: string): boolean {
  return abort.test(codes);
}

/** Does a code say that the request itself is wrong, at every provider? */
export function isBadRequestCode(codes: string): boolean {
  return badRequest.test(codes);
}
