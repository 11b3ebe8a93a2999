import type { ChunkReading } from './chunk-reading';
import { type Shape, textIn } from './shape';

/** Events that say that something begins or ends. */
const marks = /^(?:RUN|STEP|TEXT|THINKING|REASONING|TOOL)_(?:\w+_)?(?:START|STARTED|END|FINISHED)$/;

/** An event of AG-UI; false for another type, such as a snapshot of a state. */
export function readAgUi(value: Shape, type: string, reading: ChunkReading): boolean {
  switch (type) {
    case 'TEXT_MESSAGE_CONTENT':
    case 'TEXT_MESSAGE_CHUNK':
      reading.text += textIn(value.delta);
      break;
    case 'THINKING_TEXT_MESSAGE_CONTENT':
    case 'REASONING_MESSAGE_CONTENT':
    case 'REASONING_MESSAGE_CHUNK':
      reading.reasoning += textIn(value.delta);
      break;
    case 'TOOL_CALL_ARGS':
    case 'TOOL_CALL_CHUNK':
      reading.other += textIn(value.delta);
      reading.hasOutput = value.toolCallName !== undefined;
      break;
    case 'TOOL_CALL_START':
      reading.hasOutput = true;
      break;
    case 'RUN_ERROR':
      reading.failure = { words: value };
      break;
    default:
      if (!marks.test(type)) {
        return false;
      }
      reading.isFinal = type === 'RUN_FINISHED';
  }
  reading.isKnown = true;
  return true;
}
