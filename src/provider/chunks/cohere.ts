import type { ChunkReading } from './chunk-reading';
import { type Shape, shapeOf, textIn } from './shape';

/** An event of Cohere's chat; false for another type. */
export function readCohere(value: Shape, type: string, reading: ChunkReading): boolean {
  const delta = shapeOf(value.delta);
  switch (type) {
    case 'content-start':
    case 'content-delta': {
      const content = shapeOf(shapeOf(delta?.message)?.content);
      reading.text += textIn(content?.text);
      reading.reasoning += textIn(content?.thinking);
      break;
    }
    case 'tool-plan-delta': {
      const message = shapeOf(delta?.message);
      reading.reasoning += textIn(message?.tool_plan ?? message?.toolPlan);
      break;
    }
    case 'tool-call-start':
    case 'tool-call-delta': {
      const message = shapeOf(delta?.message);
      const call = message?.tool_calls ?? message?.toolCalls;
      reading.takeArguments(shapeOf(shapeOf(call)?.function)?.arguments);
      reading.hasOutput ||= type === 'tool-call-start';
      break;
    }
    case 'message-end': {
      const reason = delta?.finish_reason ?? delta?.finishReason;
      reading.isFinal = true;
      reading.takeUsage('cohere', delta?.usage, true);
      if (reason === 'ERROR' || reason === 'TIMEOUT') {
        reading.failure = { words: delta?.error, code: reason };
      }
      break;
    }
    case 'message-start':
    case 'content-end':
    case 'tool-call-end':
    case 'citation-end':
      break;
    default:
      return false;
  }
  reading.isKnown = true;
  return true;
}
