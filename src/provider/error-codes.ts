/** What a word that a server put into `code`, `type`, `status`, `error_code` or `reason` says of an error. */
export type CodeClass = 'exhausted' | 'throttled' | 'transient' | 'fatal' | 'aborted';

const words = (text: string) => text.trim().split(/\s+/);

const classes: ReadonlyMap<string, CodeClass> = new Map(
  Object.entries({
    exhausted: words(`insufficient_quota billing_hard_limit_reached billing_not_active`),
    throttled: words(`rate_limit_error rate_limit_exceeded ramp_limit_exceeded slow_down too_many_requests rate_limited
      rate_limit resource_exhausted ratelimitexceeded userratelimitexceeded throttlingexception`),
    transient: words(`overloaded_error server_is_overloaded overloaded engine_overloaded api_error server_error
      internal_error internal_server_error service_unavailable timeout_error conflict_error unavailable internal
      deadline_exceeded econnreset econnrefused econnaborted enetreset enetunreach enetdown ehostunreach ehostdown
      etimedout esockettimedout epipe enotfound eai_again eproto err_network err_socket_connection_timeout
      err_stream_premature_close connectionrefused connectionclosed`),
    fatal: words(`invalid_request_error invalid_request authentication_error permission_error permission_denied_error
      not_found_error billing_error request_too_large unprocessable_entity_error memory_precondition_failed_error
      memory_path_conflict_error invalid_api_key model_not_found context_length_exceeded content_filter
      content_policy_violation invalid_prompt invalid_argument failed_precondition permission_denied unauthenticated
      not_found out_of_range unimplemented`),
    aborted: words(`abort_err err_canceled und_err_aborted`),
  }).flatMap(([kind, codes]) => codes.map((code) => [code, kind as CodeClass] as const)),
);

/** No code is longer than this. */
const longestCode = 128;

/** The class of one code word, in any case; undefined for words that say nothing. */
export function classOfCode(code: string): CodeClass | undefined {
  if (code.length > longestCode) {
    return undefined;
  }
  const word = code.toLowerCase();
  if (/spend_limit_(?:exceeded|reached)$/.test(word)) {
    return 'exhausted';
  }
  return classes.get(word) ?? (word.startsWith('und_err') ? 'transient' : undefined);
}
