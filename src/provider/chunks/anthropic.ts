import type { ChunkReading } from './chunk-reading';
import { isNamed, type Shape, shapeOf, textIn } from './shape';

/** An event of Anthropic's, or a whole message; false for another type. */
export function readAnthropic(value: Shape, type: string, reading: ChunkReading): boolean {
  switch (type) {
    case 'content_block_delta':
      readDelta(shapeOf(value.delta), reading);
      break;
    case 'content_block_start':
      readStart(shapeOf(value.content_block), reading);
      break;
    case 'message_start':
      reading.takeUsage('anthropic', shapeOf(value.message)?.usage, false);
      break;
    case 'message_delta': {
      // There may be several; only the last has a reason to stop.
      const reason = shapeOf(value.delta)?.stop_reason;
      reading.isFinal = isNamed(reason);
      reading.takeUsage('anthropic', value.usage, reason !== null);
      break;
    }
    case 'message':
      reading.isFinal = isNamed(value.stop_reason);
      reading.takeContent(value.content);
      reading.takeUsage('anthropic', value.usage, true);
      break;
    case 'message_stop':
      reading.isFinal = true;
      reading.takeUsage('anthropic', value.usage, true); // Anthropic itself reports none here
      break;
    case 'content_block_stop':
    case 'ping':
    case 'keepalive': // OpenAI's
      break;
    default:
      return false;
  }
  reading.isKnown = true;
  return true;
}

function readDelta(delta: Shape | undefined, reading: ChunkReading): void {
  switch (delta?.type) {
    case 'text_delta':
      reading.text += textIn(delta.text);
      break;
    case 'thinking_delta':
      reading.reasoning += textIn(delta.thinking);
      break;
    case 'input_json_delta':
      reading.other += textIn(delta.partial_json);
      break;
    case 'signature_delta':
      break;
    case undefined:
      reading.text += textIn(delta?.text);
      reading.reasoning += textIn(delta?.thinking);
      reading.other += textIn(delta?.partial_json);
      break;
    default:
      reading.hasOutput = true;
  }
}

/** Not the input of a tool call: it begins with an empty one, and the deltas bring the whole. */
function readStart(block: Shape | undefined, reading: ChunkReading): void {
  switch (block?.type) {
    case 'text':
      reading.text += textIn(block.text);
      break;
    case 'thinking':
      reading.reasoning += textIn(block.thinking);
      break;
    default:
      reading.hasOutput = block !== undefined;
  }
}
