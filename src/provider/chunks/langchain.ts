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
  reading.takeUsage(
    'openai',
    value.usage_metadata,
    // OpenAI's usage comes in a message of its own, Anthropic's input in the first one, which tells the model as well.
    reading.isFinal || (!reading.hasContent && extra?.model === undefined),
  );
}

/** The reasons as the providers call them. */
function hasReason(metadata: Shape | undefined): boolean {
  return (
    metadata !== undefined &&
    isNamed(metadata.finish_reason ?? metadata.stop_reason ?? metadata.finishReason ?? metadata.done_reason)
  );
}
