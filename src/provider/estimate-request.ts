import { bytesPerToken } from './estimate-tokens';
import { firstOf } from './links';
import { Allowance, amountAt, isAmount, isObject, itemsOf, jsonOf, read, textAt } from './read';
import { utf8Bytes } from './utf8';

/** What an answer is expected to need when the request sets no maximum. */
const defaultOutput = 512;

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
 * not counted. Output: the maximum that the request sets (the largest, if it sets several), for each of its `n` answers;
 * 0 for embeddings.
 *
 * @param body the body of an OpenAI (chat, Responses), Anthropic or Gemini request; anything else is no reason to throw.
 * @param options `output`: tokens of an answer for which the request sets no maximum. Default 512.
 * @returns tokens.
 * @throws RangeError when `output` is no amount.
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
export function estimateRequest(
  body: unknown,
  options?: { readonly output?: number | undefined },
): {
  /** Tokens of the prompt. */
  readonly input: number;
  /** Tokens of the answer, at most. */
  readonly output: number;
} {
  const output = options?.output ?? defaultOutput;
  if (!isAmount(output)) {
    throw new RangeError(`estimateRequest: output must be a number of tokens, 0 or more; got ${String(output)}`);
  }
  const counter = new ByteCounter();
  const config = read(body, 'config');
  counter.add(typeof body === 'string' ? body : undefined);
  counter.addFields(body, [...prompts, ...geminiPrompts]);
  counter.addFields(config, geminiPrompts);
  for (const tools of [read(body, 'tools'), read(body, 'functions'), read(config, 'tools')]) {
    counter.addJson(itemsOf(tools, 1).length > 0 ? tools : undefined);
  }
  return { input: Math.ceil(counter.bytes / bytesPerToken), output: outputOf(body, config, output) };
}

function outputOf(body: unknown, config: unknown, usual: number): number {
  if (textAt(body, 'model')?.toLowerCase().includes('embed')) {
    return 0;
  }
  const places = [body, read(body, 'generationConfig'), read(body, 'generation_config'), config];
  const caps = places.flatMap((place) => limits.map((limit) => amountAt(place, limit) ?? -1));
  const most = Math.max(...caps);
  const answers = firstOf(places, (place) => amountAt(place, 'n') ?? amountAt(place, 'candidateCount')) ?? 1;
  return Math.ceil(most < 0 ? usual : most) * Math.max(1, Math.ceil(answers));
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
