export { isAnnouncement } from './announcement';
export { AnswerRejectedError } from './answer-rejected-error';
export { billedNothing } from './billed-nothing';
export { brandOf } from './brand';
export { BrandedError } from './branded-error';
export { isContentChunk, isFinalChunk, textOf } from './chunk';
export { ChunkReading } from './chunks/chunk-reading';
export { usageIn } from './chunks/chunk-usage';
export { readChunk } from './chunks/read-chunk';
export { bytesIn } from './chunks/written-bytes';
export {
  classifyError,
  classOf,
  type ErrorClass,
  isRetryable,
  isRetryableClass,
  mayHelpElsewhere,
} from './classify-error';
export { parseDuration } from './duration';
export { ownClasses } from './error-class';
export { brandProgrammingError, brandTimeout, isProgrammingError, unbrand } from './error-origin';
export { estimateRequest } from './estimate-request';
export { bytesPerToken, estimateTokens } from './estimate-tokens';
export { failureError, failureOf } from './failure-of';
export { headersOf } from './headers';
export { hintBy } from './hint-by';
export { mergeUsage } from './merge-usage';
export { emptyAnswer, ProviderFailureError } from './provider-failure-error';
export {
  breakerReaders,
  budgetReaders,
  failoverReaders,
  hedgeReaders,
  limiterReaders,
  providerReaders,
  retryReaders,
  routerReaders,
  streamReaders,
} from './provider-readers';
export { limitsOf, type RateLimitInfo, type RateLimitWindow, rateLimitOf } from './rate-limit';
export type { RateLimitPolicy } from './rate-limit-policies';
export { isUnreached, markReached } from './reached';
export { type ErrorReading, readError, statusOf } from './read-error';
export type { ChunkReaders, ErrorReaders, Readers } from './readers';
export { RefusalError } from './refusal-error';
export { hintOf, type RetryAfter, retryAfterOf } from './retry-after';
export type { Usage } from './usage';
export { usageOf } from './usage-of';
export { utf8Bytes } from './utf8';
