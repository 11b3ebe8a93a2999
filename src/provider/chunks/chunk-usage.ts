import { isAmount } from '../read';
import { type Usage, usageFrom } from '../usage';
import type { ChunkReading, UsageFormat } from './chunk-reading';
import { dataOf } from './data-copy';
import { type Shape, shapeOf } from './shape';

/**
 * The usage that a value reports, after it was read. Apart from what reads the value, so that only those bundle it who
 * want to know what a call costs.
 */
export function usageIn({ report, usageFormat, isUsageFinal }: ChunkReading): Usage | undefined {
  if (report === undefined) {
    return undefined;
  }
  try {
    return usageBy(usageFormat, report, isUsageFinal);
  } catch {
    const copy = copyOf(report); // something in it throws: what can be told without that is told
    return copy && usageBy(usageFormat, copy, isUsageFinal);
  }
}

function copyOf(report: Shape): Shape | undefined {
  try {
    return dataOf(report, 2) as Shape;
  } catch {
    return undefined; // a proxy that refuses
  }
}

function usageBy(format: UsageFormat, report: Shape, final: boolean): Usage | undefined {
  switch (format) {
    case 'anthropic':
      return anthropic(report, final);
    case 'gemini':
      return gemini(report, final);
    case 'bedrock':
      return bedrock(report, final);
    case 'cohere':
      return cohere(report, final);
    case 'ollama':
      return usageFrom(final, report.prompt_eval_count, undefined, undefined, report.eval_count, undefined);
    default: // OpenAI (chat, Responses, embeddings), LangChain, and those that write like it
      return inSnakeCase(report, final) ?? inCamelCase(report, final);
  }
}

function inSnakeCase(report: Shape, final: boolean): Usage | undefined {
  const { prompt_tokens_details, completion_tokens_details } = report;
  // The singular is LangChain's.
  const details = shapeOf(prompt_tokens_details ?? report.input_tokens_details ?? report.input_token_details);
  const written = shapeOf(completion_tokens_details ?? report.output_tokens_details ?? report.output_token_details);
  const cost = report.cost;
  return usageFrom(
    final,
    firstAmount(report.prompt_tokens, report.input_tokens),
    firstAmount(details?.cached_tokens ?? details?.cache_read, report.prompt_cache_hit_tokens ?? report.cached_tokens), // DeepSeek; Moonshot
    firstAmount(details?.cache_write_tokens ?? details?.cache_creation, report.cache_creation_input_tokens),
    firstAmount(report.completion_tokens, report.output_tokens),
    written?.reasoning_tokens ?? written?.reasoning,
    report.total_tokens,
    shapeOf(cost)?.total_cost ?? cost, // Perplexity; OpenRouter
  );
}

/** The AI SDK, whose model streams have counts with parts, and Mistral's SDK. */
function inCamelCase(report: Shape, final: boolean): Usage | undefined {
  const { inputTokens, outputTokens } = report;
  const input = shapeOf(inputTokens);
  const output = shapeOf(outputTokens);
  const details = input ?? shapeOf(report.inputTokenDetails);
  return usageFrom(
    final,
    input?.total ?? inputTokens ?? report.promptTokens,
    details?.cacheRead ?? details?.cacheReadTokens ?? report.cachedInputTokens,
    details?.cacheWrite ?? details?.cacheWriteTokens,
    output?.total ?? outputTokens ?? report.completionTokens,
    output?.reasoning ?? shapeOf(report.outputTokenDetails)?.reasoningTokens ?? report.reasoningTokens,
    report.totalTokens,
  );
}

/** Anthropic's `input_tokens` are only those that no cache had to do with. */
function anthropic(report: Shape, final: boolean): Usage | undefined {
  const { cache_read_input_tokens, cache_creation_input_tokens } = report;
  return usageFrom(
    final,
    sumOf(report.input_tokens, cache_read_input_tokens, cache_creation_input_tokens),
    cache_read_input_tokens,
    cache_creation_input_tokens,
    report.output_tokens,
    shapeOf(report.output_tokens_details)?.thinking_tokens,
  );
}

/** Gemini counts thoughts, and what its own tools brought in, apart. */
function gemini(report: Shape, final: boolean): Usage | undefined {
  const { thoughtsTokenCount } = report;
  return usageFrom(
    final,
    sumOf(report.promptTokenCount, report.toolUsePromptTokenCount),
    report.cachedContentTokenCount,
    undefined,
    sumOf(report.candidatesTokenCount, thoughtsTokenCount),
    thoughtsTokenCount,
    report.totalTokenCount,
  );
}

/** Bedrock counts what was read from a cache and written into it apart. */
function bedrock(report: Shape, final: boolean): Usage | undefined {
  const { cacheReadInputTokens, cacheWriteInputTokens } = report;
  return usageFrom(
    final,
    sumOf(report.inputTokens, cacheReadInputTokens, cacheWriteInputTokens),
    cacheReadInputTokens,
    cacheWriteInputTokens,
    report.outputTokens,
    undefined,
    report.totalTokens,
  );
}

/** Cohere tells the tokens, and those that it bills. */
function cohere(report: Shape, final: boolean): Usage | undefined {
  const units = shapeOf(report.tokens ?? report.billed_units ?? report.billedUnits);
  return (
    units &&
    usageFrom(
      final,
      firstAmount(units.input_tokens, units.inputTokens),
      report.cached_tokens ?? report.cachedTokens,
      undefined,
      firstAmount(units.output_tokens, units.outputTokens),
      undefined,
    )
  );
}

/** The first of both, if it is an amount, else the second. */
function firstAmount(first: unknown, second: unknown): unknown {
  return isAmount(first) ? first : second;
}

/** The sum of those that are amounts; undefined if none is. */
function sumOf(a: unknown, b: unknown, c?: unknown): number | undefined {
  const sum = isAmount(a) ? (isAmount(b) ? a + b : a) : isAmount(b) ? b : undefined;
  return isAmount(c) ? (sum ?? 0) + c : sum;
}
