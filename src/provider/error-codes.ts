/** What a word that a server put into `code`, `type`, `status`, `error_code` or `reason` says of an error. */
export type CodeClass = 'exhausted' | 'throttled' | 'transient' | 'fatal' | 'aborted';

const codes: readonly (readonly [CodeClass, ReadonlySet<string>])[] = [
  ['exhausted', new Set(['insufficient_quota', 'billing_hard_limit_reached', 'billing_not_active'])],
  [
    'throttled',
    new Set([
      ...['rate_limit_error', 'rate_limit_exceeded', 'ramp_limit_exceeded', 'slow_down', 'too_many_requests'],
      ...['rate_limited', 'rate_limit', 'resource_exhausted', 'ratelimitexceeded', 'userratelimitexceeded'],
      ...['throttlingexception'],
    ]),
  ],
  [
    'transient',
    new Set([
      ...['overloaded_error', 'server_is_overloaded', 'overloaded', 'engine_overloaded', 'api_error', 'server_error'],
      ...['internal_error', 'internal_server_error', 'service_unavailable', 'timeout_error', 'conflict_error'],
      // Google, by the name of the status
      ...['unavailable', 'internal', 'deadline_exceeded'],
      // Node, Bun, axios
      ...['econnreset', 'econnrefused', 'econnaborted', 'enetreset', 'enetunreach', 'enetdown', 'ehostunreach'],
      ...['ehostdown', 'etimedout', 'esockettimedout', 'epipe', 'eproto', 'enotfound', 'eai_again'],
      ...['err_stream_premature_close', 'err_socket_connection_timeout', 'connectionrefused', 'connectionclosed'],
      ...['err_network'],
    ]),
  ],
  [
    'fatal',
    new Set([
      ...['invalid_request_error', 'invalid_request', 'authentication_error', 'permission_error', 'billing_error'],
      ...['permission_denied_error', 'not_found_error', 'request_too_large', 'unprocessable_entity_error'],
      ...['memory_precondition_failed_error', 'memory_path_conflict_error', 'invalid_api_key', 'model_not_found'],
      ...['context_length_exceeded', 'content_filter', 'content_policy_violation', 'invalid_prompt'],
      // Google, by the name of the status
      ...['invalid_argument', 'failed_precondition', 'permission_denied', 'unauthenticated', 'not_found'],
      ...['out_of_range', 'unimplemented'],
    ]),
  ],
  ['aborted', new Set(['abort_err', 'err_canceled', 'und_err_aborted'])],
];

/** No code is longer than this. */
const longestCode = 128;

/** The class of one code word, in any case; undefined for words that say nothing. */
export function classOfCode(code: string): CodeClass | undefined {
  if (code === '' || code.length > longestCode) {
    return undefined;
  }
  const word = code.toLowerCase();
  if (/spend_limit_(?:exceeded|reached)$/.test(word)) {
    return 'exhausted';
  }
  const found = codes.find(([, words]) => words.has(word))?.[0];
  return found ?? (word.startsWith('und_err') ? 'transient' : undefined);
}
