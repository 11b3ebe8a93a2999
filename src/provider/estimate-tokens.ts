import { utf8Bytes } from './utf8';

/** UTF-8 bytes to a token, on average: good to some 20 % for prose and code, worse for base64 and numbers. */
export const bytesPerToken = 4;

/**
 * Roughly how many tokens a text has: UTF-8 bytes / 4, rounded up. Needs no tokenizer, and no time to speak of.
 *
 * @category What providers say
 *
 * @example
 * ```ts
 * import { estimateTokens } from 'rxjs-resilience';
 *
 * estimateTokens('Hello, world'); // 3
 * ```
 */
export function estimateTokens(text: string): number {
  return typeof text === 'string' ? Math.ceil(utf8Bytes(text) / bytesPerToken) : 0;
}
