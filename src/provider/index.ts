export { AnswerRejectedError } from './answer-rejected-error';
export { BrandedError, brandOf } from './branded-error';
export {
  classifyError,
  classOf,
  type ErrorClass,
  isRetryable,
  isRetryableClass,
  mayHelpElsewhere,
} from './classify-error';
export { parseDuration } from './duration';
export { brandProgrammingError, brandTimeout, isProgrammingError, unbrand } from './error-origin';
export { estimateRequest } from './estimate-request';
export { estimateTokens } from './estimate-tokens';
export { isFinalChunk } from './final-chunk';
export { generatedTextOf, generatedTokens, textOf } from './generated';
export { headersOf } from './headers';
export { mergeUsage } from './merge-usage';
export { limitsOf, type RateLimitInfo, type RateLimitWindow, rateLimitOf } from './rate-limit';
export type { RateLimitPolicy } from './rate-limit-policies';
export { type ErrorReading, readError } from './read-error';
export { hintOf, retryAfterOf } from './retry-after';
export { type Usage, usageOf } from './usage';
