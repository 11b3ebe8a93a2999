import { bytesPerToken } from './estimate-tokens';
import { firstOf } from './links';
import { Allowance, amountAt, isObject, itemsOf, jsonOf, read, textAt } from './read';
import { utf8Bytes } from './utf8';

/** What an answer is expected to need when the request sets no maximum. */
const defaultOutput = 4_096;

/** Where the prompts of OpenAI (chat, Responses, completions), Anthropic and Gemini stand in a request body. */
const prompts = ['messages', 'input', 'prompt', 'contents', 'content', 'system', 'instructions'];
const geminiPrompts = ['systemInstruction', 'system_instruction'];

/** Where texts stand in messages and their parts. Images and files are not among them. */
const texts = ['text', 'content', 'parts', 'arguments', 'output', 'thinking', 'refusal', 'summary'];
const nested = ['tool_calls', 'function_call', 'function', 'custom', 'source'];
/** What is sent as JSON: what tools were called with, and what they answered. */
const jsons = ['input', 'functionCall', 'functionResponse'];

const limits = ['max_completion_tokens', 'max_tokens', 'max_output_tokens', 'max_tokens_to_sample', 'maxOutputTokens'];

const deepestPart = 12;
const mostParts = 20_000;
/** So many tokens may be sent for embeddings at once. */
const mostItems = 300_000;

/**
 * Estimates what a request will cost before it is sent, for the options `tokens` and `estimate`.
 * Input: UTF-8 bytes / 4 of the texts of messages, system prompt and tools (as JSON), rounded up; images and files are
 * not counted. Output: the maximum that the request sets, for each of its `n` answers, else 4096; 0 for embeddings.
 *
 * @param body the body of an OpenAI (chat, Responses), Anthropic or Gemini request. Never throws.
 * @returns tokens.
 * @category What providers say
 *
 * @example
 * ```ts
 * import { estimateRequest } from 'rxjs-resilience';
 *
 * estimateRequest({ messages: [{ role: 'user', content: 'Hello, world' }], max_tokens: 100 });
 * // { input: 3, output: 100 }
 * ```
 */
export function estimateRequest(body: unknown): {
  /** Tokens of the prompt. */
  readonly input: number;
  /** Tokens of the answer, at most. */
  readonly output: number;
} {
  const counter = new ByteCounter();
  const config = read(body, 'config');
  counter.add(typeof body === 'string' ? body : undefined);
  counter.addFields(body, [...prompts, ...geminiPrompts]);
  counter.addFields(config, geminiPrompts);
  for (const tools of [read(body, 'tools'), read(body, 'functions'), read(config, 'tools')]) {
    counter.addJson(itemsOf(tools, 1).length > 0 ? tools : undefined);
  }
  return { input: Math.ceil(counter.bytes / bytesPerToken), output: outputOf(body, config) };
}

function outputOf(body: unknown, config: unknown): number {
  if (textAt(body, 'model')?.toLowerCase().includes('embed')) {
    return 0;
  }
  const places = [body, read(body, 'generationConfig'), read(body, 'generation_config'), config];
  const most = firstOf(places, (place) => firstOf(limits, (limit) => amountAt(place, limit))) ?? defaultOutput;
  const answers = firstOf(places, (place) => amountAt(place, 'n') ?? amountAt(place, 'candidateCount')) ?? 1;
  return Math.ceil(most) * Math.max(1, Math.ceil(answers));
}

/** Counts the bytes of the texts in a prompt. Bounded, for a body may be a circle. */
class ByteCounter {
  bytes = 0;
  readonly #json = new Allowance();
  #partsLeft = mostParts;
  #itemsLeft = mostItems;

  add(part: unknown, depth = 0): void {
    if (typeof part === 'string') {
      this.bytes += utf8Bytes(part);
    } else if (typeof part === 'number') {
      // A prompt may be given in tokens.
      this.bytes += bytesPerToken;
    } else if (isObject(part) && depth < deepestPart && this.#partsLeft > 0) {
      const items = itemsOf(part, this.#itemsLeft);
      this.#itemsLeft -= items.length;
      this.#partsLeft -= 1;
      for (const item of items) {
        this.add(item, depth + 1);
      }
      this.addFields(part, texts, depth + 1);
      this.addFields(part, nested, depth + 1);
      // The source of an Anthropic document; other sources have data in base64.
      this.add(textAt(part, 'type') === 'text' ? textAt(part, 'data') : undefined);
      for (const field of jsons) {
        this.addJson(read(part, field));
      }
    }
  }

  addFields(part: unknown, fields: readonly string[], depth = 0): void {
    for (const field of fields) {
      this.add(read(part, field), depth);
    }
  }

  addJson(value: unknown): void {
    this.bytes +=
      typeof value === 'string' ? utf8Bytes(value) : isObject(value) ? utf8Bytes(jsonOf(value, this.#json)) : 0;
  }
}
