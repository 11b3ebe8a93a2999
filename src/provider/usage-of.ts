import { ChunkReading } from './chunks/chunk-reading';
import { usageIn } from './chunks/chunk-usage';
import { readChunk } from './chunks/read-chunk';
import type { Usage } from './usage';

/**
 * The usage that a chunk or a whole response reports: of OpenAI (chat, Responses, embeddings, completions) and those that
 * write like it, Anthropic, Gemini, Bedrock (Converse), Cohere, Mistral, Ollama, the AI SDK and LangChain.
 *
 * @returns undefined when it reports none, as most chunks do. Never throws.
 * @category What providers say
 *
 * @example
 * ```ts
 * import { usageOf } from 'rxjs-resilience';
 *
 * usageOf({ choices: [], usage: { prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 } });
 * // { input: 9, output: 12, total: 21, final: true }
 * usageOf({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 15 } });
 * // { output: 15, final: true }
 * ```
 */
export function usageOf(value: unknown): Usage | undefined {
  const reading = new ChunkReading();
  readChunk(value, reading);
  return usageIn(reading);
}
