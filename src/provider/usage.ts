import { isFinalChunk, isFinalForGemini } from './final-chunk';
import { amountAt, isObject, itemsOf, read, textAt } from './read';

/**
 * What a call cost so far, in tokens. Reports are running totals: a later one replaces an earlier one.
 *
 * @category What providers say
 */
export interface Usage {
  /** All tokens that were read, including those from and into a cache. */
  readonly input?: number | undefined;
  /** Those of the input that came from a cache. */
  readonly cachedInput?: number | undefined;
  /** All tokens that were generated, including reasoning. */
  readonly output?: number | undefined;
  /** Input and output together. */
  readonly total?: number | undefined;
  /** Nothing will be added any more: this is the cost of the call. */
  readonly final: boolean;
}

/** The fields of a {@link Usage} that are amounts. */
export type UsageAmounts = Omit<Usage, 'final'>;

/**
 * The usage that a chunk or a whole response reports: OpenAI (chat, Responses, embeddings, completions), Anthropic
 * (`message_start`, `message_delta`, messages), Gemini (`usageMetadata`).
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
  if (!isObject(value)) {
    return undefined; // a text, which most values of a stream are
  }
  const metadata = read(value, 'usageMetadata');
  if (isObject(metadata)) {
    return usage(geminiAmounts(metadata), isFinalForGemini(value));
  }
  const type = textAt(value, 'type');
  switch (type) {
    case 'message_start':
      return usage(anthropicAmounts(read(read(value, 'message'), 'usage')), false);
    case 'message_delta':
      // Anthropic may send several; only the last has a reason to stop.
      return usage(anthropicAmounts(read(value, 'usage')), read(read(value, 'delta'), 'stop_reason') !== null);
    case 'message':
      return usage(anthropicAmounts(read(value, 'usage')), true);
  }
  const isEvent = type?.startsWith('response.') === true;
  const report = read(isEvent ? read(value, 'response') : value, 'usage');
  return isObject(report) ? usage(openaiAmounts(report), isEvent ? isFinalChunk(value) : !isPartial(value)) : undefined;
}

function usage(amounts: UsageAmounts, final: boolean): Usage | undefined {
  const known = Object.entries(amounts).filter(([, amount]) => amount !== undefined);
  return known.length > 0 ? { ...Object.fromEntries(known), final } : undefined;
}

function openaiAmounts(report: object): UsageAmounts {
  const details = read(report, 'prompt_tokens_details') ?? read(report, 'input_tokens_details');
  return {
    input: amountAt(report, 'prompt_tokens') ?? amountAt(report, 'input_tokens'),
    cachedInput: amountAt(details, 'cached_tokens'),
    output: amountAt(report, 'completion_tokens') ?? amountAt(report, 'output_tokens'),
    total: amountAt(report, 'total_tokens'),
  };
}

/** Anthropic's `input_tokens` are only those that no cache had to do with. */
function anthropicAmounts(report: unknown): UsageAmounts {
  const cachedInput = amountAt(report, 'cache_read_input_tokens');
  const input = sum(
    amountAt(report, 'input_tokens'),
    sum(amountAt(report, 'cache_creation_input_tokens'), cachedInput),
  );
  return { input, cachedInput, output: amountAt(report, 'output_tokens') };
}

/** Gemini counts thoughts, and what its own tools brought in, apart. */
function geminiAmounts(report: object): UsageAmounts {
  return {
    input: sum(amountAt(report, 'promptTokenCount'), amountAt(report, 'toolUsePromptTokenCount')),
    cachedInput: amountAt(report, 'cachedContentTokenCount'),
    output: sum(amountAt(report, 'candidatesTokenCount'), amountAt(report, 'thoughtsTokenCount')),
    total: amountAt(report, 'totalTokenCount'),
  };
}

function sum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined && b === undefined ? undefined : (a ?? 0) + (b ?? 0);
}

/** Some servers report usage with every chunk, and the Responses API with a response that still runs. */
function isPartial(value: unknown): boolean {
  const isOpen = (choice: unknown) => !read(choice, 'finish_reason') && read(choice, 'message') === undefined;
  const status = read(value, 'object') === 'response' ? textAt(value, 'status') : undefined;
  return itemsOf(read(value, 'choices')).some(isOpen) || status === 'in_progress' || status === 'queued';
}
