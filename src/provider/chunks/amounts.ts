import { isAmount } from '../read';
import { type Usage, usageFrom } from '../usage';
import { type Shape, shapeOf } from './shape';

/** The usage in a report of OpenAI's (chat, Responses, embeddings) and of those that write like it. */
export function usageIn(report: unknown, final: boolean): Usage | undefined {
  const shape = shapeOf(report);
  return shape && (inSnakeCase(shape, final) ?? inCamelCase(shape, final));
}

function inSnakeCase(report: Shape, final: boolean): Usage | undefined {
  const details = shapeOf(report.prompt_tokens_details ?? report.input_tokens_details);
  const written = shapeOf(report.completion_tokens_details ?? report.output_tokens_details);
  const cost = report.cost;
  return usageFrom(
    final,
    firstAmount(report.prompt_tokens, report.input_tokens),
    firstAmount(details?.cached_tokens, report.prompt_cache_hit_tokens ?? report.cached_tokens), // DeepSeek; Moonshot
    firstAmount(details?.cache_write_tokens, report.cache_creation_input_tokens),
    firstAmount(report.completion_tokens, report.output_tokens),
    written?.reasoning_tokens,
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

/** The first of both, if it is an amount, else the second. */
export function firstAmount(first: unknown, second: unknown): unknown {
  return isAmount(first) ? first : second;
}

/** The sum of those that are amounts; undefined if none is. */
export function sumOf(a: unknown, b: unknown, c?: unknown): number | undefined {
  const sum = isAmount(a) ? (isAmount(b) ? a + b : a) : isAmount(b) ? b : undefined;
  return isAmount(c) ? (sum ?? 0) + c : sum;
}
