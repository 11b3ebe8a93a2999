import type { ChunkReading } from './chunk-reading';
import { isNamed, type Shape, shapeOf, textIn } from './shape';

/** A line of Ollama's, of a chat or of a completion; false for what has `done` for another reason. */
export function readOllama(value: Shape, reading: ChunkReading): boolean {
  const { done, response } = value;
  const message = shapeOf(value.message);
  const isLine = message !== undefined || typeof response === 'string' || 'model' in value || 'done_reason' in value;
  if (typeof done !== 'boolean' || !isLine) {
    return false;
  }
  reading.isKnown = true;
  reading.isFinal = done;
  readMessage(message, reading);
  reading.text += textIn(response);
  reading.reasoning += textIn(value.thinking);
  reading.takeUsage('ollama', value, done);
  return true;
}

/** A whole answer of Cohere's: a message with a reason; false for another value with a reason. */
export function readWholeMessage(value: Shape, reading: ChunkReading): boolean {
  const message = shapeOf(value.message);
  if (message === undefined) {
    return false;
  }
  reading.isKnown = true;
  reading.isFinal = isNamed(value.finish_reason ?? value.finishReason);
  reading.takeUsage('cohere', value.usage, true);
  readMessage(message, reading);
  return true;
}

function readMessage(message: Shape | undefined, reading: ChunkReading): void {
  if (message !== undefined) {
    reading.takeContent(message.content);
    reading.takeThoughts(message.thinking);
    reading.takeToolCalls(message.tool_calls ?? message.toolCalls);
  }
}
