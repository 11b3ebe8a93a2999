import type { ChunkReading } from './chunk-reading';
import { readEach, type Shape, shapeOf, textIn } from './shape';

/** The status behind an exception of a stream; that of a broken model stream says nothing. */
const statuses: { readonly [name: string]: number | undefined } = {
  throttlingException: 429,
  validationException: 400,
  internalServerException: 500,
  serviceUnavailableException: 503,
  modelTimeoutException: 408,
  modelStreamErrorException: undefined,
};

/** An event of Bedrock's Converse, which has one field, named after what it is; false for another field. */
export function readBedrock(value: Shape, field: string, reading: ChunkReading): boolean {
  switch (field) {
    case 'contentBlockDelta':
      readPart(shapeOf(shapeOf(value.contentBlockDelta)?.delta), reading, false);
      break;
    case 'contentBlockStart':
      reading.hasOutput = shapeOf(shapeOf(value.contentBlockStart)?.start)?.toolUse !== undefined;
      break;
    case 'metadata': {
      const usage = shapeOf(shapeOf(value.metadata)?.usage);
      if (usage === undefined) {
        return false;
      }
      reading.takeUsage('bedrock', usage, true);
      break;
    }
    case 'messageStop':
      reading.isFinal = true;
      break;
    case 'messageStart':
    case 'contentBlockStop':
      break;
    default:
      if (!Object.hasOwn(statuses, field)) {
        return false;
      }
      reading.failure = {
        words: value[field],
        code: field[0]?.toUpperCase() + field.slice(1), // as the exception is called
        status: statuses[field],
      };
  }
  reading.isKnown = true;
  return true;
}

/** A whole answer of Converse; false for another value with a reason to stop. */
export function readConverse(value: Shape, reading: ChunkReading): boolean {
  const message = shapeOf(shapeOf(value.output)?.message);
  if (message === undefined) {
    return false;
  }
  reading.isKnown = true;
  reading.isFinal = true;
  readEach(message.content, readPart, reading);
  reading.takeUsage('bedrock', value.usage, true);
  return true;
}

/** A part of a whole answer, where a tool call begins with it, or a delta. */
function readPart(part: Shape | undefined, reading: ChunkReading, isWhole = true): void {
  const text = part?.text;
  if (typeof text === 'string') {
    reading.text += text;
  } else if (part !== undefined) {
    const reasoning = shapeOf(part.reasoningContent);
    reading.reasoning += textIn(reasoning?.text ?? shapeOf(reasoning?.reasoningText)?.text);
    const { toolUse } = part;
    reading.takeArguments(shapeOf(toolUse)?.input);
    reading.hasOutput ||= isWhole && toolUse !== undefined;
    reading.hasOutput ||= (part.citation ?? part.image ?? reasoning?.redactedContent) !== undefined;
  }
}
