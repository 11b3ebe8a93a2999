/**
 * What an error means for the next try.
 * - `throttled`: too fast or too much; waiting helps.
 * - `transient`: the server or the connection failed; the next try may succeed.
 * - `fatal`: the same request will fail again.
 * - `aborted`: the caller gave up.
 * - `refused`: this library did not let the call through.
 * - `rejected`: the answer came, and was not accepted (`AnswerRejectedError`).
 * - `unknown`: the error says nothing of all that.
 *
 * @category What providers say
 */
export type ErrorClass = 'throttled' | 'transient' | 'fatal' | 'aborted' | 'refused' | 'rejected' | 'unknown';

/** Our own errors whose brand says everything. */
export const ownClasses: ReadonlyMap<unknown, ErrorClass> = /* @__PURE__ */ new Map<unknown, ErrorClass>([
  ['CircuitOpenError', 'refused'],
  ['PermitRefusedError', 'refused'],
  ['TokenBudgetExceededError', 'refused'],
  ['KeyLimitError', 'refused'],
  ['AnswerRejectedError', 'rejected'],
  ['StreamTruncatedError', 'transient'],
  ['LimiterUnavailableError', 'transient'],
  ['LimiterMisconfiguredError', 'fatal'],
]);
