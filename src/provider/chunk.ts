import { ChunkReading } from './chunks/chunk-reading';
import { readChunk } from './chunks/read-chunk';

/**
 * The text for the reader that a value carries: a chunk of a stream or a whole response of any provider that
 * {@link usageOf} knows, or an event of AG-UI. A string is its own text. Reasoning, refusals and tool calls are not text.
 *
 * @returns '' when there is none. Never throws.
 * @category What providers say
 *
 * @example
 * ```ts
 * import { textOf } from 'rxjs-resilience';
 *
 * textOf({ choices: [{ index: 0, delta: { content: 'Hel' } }] }); // 'Hel'
 * ```
 */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : reading(value).text;
}

/**
 * Does a value say that the answer is at its end? True for a chunk or response whose choices all have a `finish_reason`
 * (OpenAI chat) or a `finishReason` (Gemini, where a blocked prompt ends the answer too), for `response.completed`,
 * `…incomplete` and `…failed` (Responses API), for `message_stop` and a `message_delta` with a `stop_reason` (Anthropic),
 * for what the other providers end with, and for whole responses. A stream that ends without such a value was cut off.
 * Never throws.
 *
 * @category What providers say
 *
 * @example
 * ```ts
 * import { isFinalChunk } from 'rxjs-resilience';
 *
 * isFinalChunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }); // true
 * isFinalChunk({ type: 'message_stop' }); // true
 * ```
 */
export function isFinalChunk(value: unknown): boolean {
  return typeof value !== 'string' && reading(value).isFinal;
}

/**
 * Does a value carry something of an answer? False only for a known provider's chunk that carries no text, reasoning,
 * refusal, tool call, audio or other output: a role, a ping, an empty delta, a report of usage. Every other value is
 * content, strings included. Never throws.
 *
 * @category What providers say
 *
 * @example
 * ```ts
 * import { isContentChunk } from 'rxjs-resilience';
 *
 * isContentChunk({ choices: [{ index: 0, delta: { role: 'assistant', content: '' } }] }); // false
 * isContentChunk({ choices: [{ index: 0, delta: { content: 'Hi' } }] }); // true
 * isContentChunk({ anything: 'else' }); // true
 * ```
 */
export function isContentChunk(value: unknown): boolean {
  return typeof value === 'string' || reading(value).isContent;
}

function reading(value: unknown): ChunkReading {
  const read = new ChunkReading();
  readChunk(value, read);
  return read;
}
