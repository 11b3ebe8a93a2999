import { usageFrom } from '../usage';
import type { ChunkReading } from './chunk-reading';
import { isNamed, lengthOf, type Shape, shapeOf } from './shape';

/** A message of LangChain's, or a chunk of one. */
export function readLangChain(value: Shape, reading: ChunkReading): void {
  reading.isKnown = true;
  const extra = shapeOf(value.additional_kwargs);
  reading.takeContent(value.content);
  reading.takeThoughts(extra?.reasoning_content);
  const { tool_call_chunks } = value;
  reading.takeToolCalls(lengthOf(tool_call_chunks) > 0 ? tool_call_chunks : value.tool_calls);
  reading.isFinal = hasReason(shapeOf(value.response_metadata)) || hasReason(extra);
  const report = shapeOf(value.usage_metadata);
  if (report !== undefined) {
    const details = shapeOf(report.input_token_details);
    reading.usage = usageFrom(
      // OpenAI's usage comes in a message of its own, Anthropic's input in the first one, which tells the model as well.
      reading.isFinal || (!reading.hasContent && extra?.model === undefined),
      report.input_tokens,
      details?.cache_read,
      details?.cache_creation,
      report.output_tokens,
      shapeOf(report.output_token_details)?.reasoning,
      report.total_tokens,
    );
  }
}

/** The reasons as the providers call them. */
function hasReason(metadata: Shape | undefined): boolean {
  return (
    metadata !== undefined &&
    isNamed(metadata.finish_reason ?? metadata.stop_reason ?? metadata.finishReason ?? metadata.done_reason)
  );
}
