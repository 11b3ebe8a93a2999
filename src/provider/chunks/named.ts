import { readSteps } from './ai-sdk';
import { readBedrock, readConverse } from './bedrock';
import type { ChunkReading } from './chunk-reading';
import { dataAt, dataOf } from './data-copy';
import { readGemini } from './gemini';
import { readLangChain } from './langchain';
import { readOllama, readWholeMessage } from './ollama';
import { readResponse } from './responses';
import { lengthOf, type Shape, shapeOf } from './shape';

const mostNames = 100;

/**
 * Reads a value that tells by its names what it is. Those are looked at before their values, so that nothing of a value
 * that no provider knows is touched but its data.
 *
 * @returns the name of the field that has to be looked into, if there is one.
 */
export function readByNames(value: Shape, reading: ChunkReading): 'data' | 'error' | undefined {
  let isReport = false;
  let inside: 'data' | 'error' | undefined;
  let names = 0;
  for (const name in value) {
    names += 1;
    switch (name) {
      case 'usage':
      case 'object':
      case 'output':
      case 'output_text':
        isReport = true;
        break;
      case 'data':
        inside ??= name;
        break;
      case 'error':
        inside = name;
        break;
      default:
        if (names > mostNames || readByName(value, name, reading)) {
          return undefined;
        }
    }
  }
  if (isReport) {
    readResponse(dataOf(value, 1) as Shape, reading);
  }
  return inside;
}

/** Whether the name told what the value is, and it was read. */
function readByName(value: Shape, name: string, reading: ChunkReading): boolean {
  switch (name) {
    case 'usageMetadata':
    case 'promptFeedback':
      readGemini(value, undefined, reading);
      return true;
    case 'additional_kwargs':
    case 'response_metadata':
    case 'usage_metadata':
      readLangChain(value, reading);
      return true;
    case 'done':
      return readOllama(value, reading);
    case 'finish_reason':
    case 'finishReason':
      return readWholeMessage(value, reading);
    case 'stopReason':
      return readConverse(value, reading);
    case 'steps':
      return readSteps(value, reading);
    default:
      return readBedrock(value, name, reading);
  }
}

/** Names under which something to show may stand beside an error. */
const shown = ['data', 'result', 'results', 'text', 'content', 'message', 'output', 'delta', 'value', 'response'];

/**
 * Takes the `error` of a value: an object with a message, where the value has nothing else to show, or a text that
 * stands alone (Ollama, Hugging Face).
 */
export function takeError(value: Shape, error: unknown, reading: ChunkReading): void {
  const isFailure =
    typeof error === 'string'
      ? error !== '' && (Object.keys(value).length === 1 || Object.hasOwn(value, 'error_type'))
      : isUnparsed(value, error) ||
        (typeof dataAt(shapeOf(error) ?? {}, 'message') === 'string' &&
          !shown.some((name) => isShown(dataAt(value, name))));
  if (isFailure) {
    const type = dataAt(value, 'error_type');
    reading.isKnown = true;
    reading.failure ??= { words: error, code: typeof type === 'string' ? type : undefined };
  }
}

/** What Cohere's SDK, and others that are generated as it is, return as the answer if they could not parse it. */
function isUnparsed(value: Shape, error: unknown): boolean {
  return dataAt(value, 'ok') === false && typeof dataAt(shapeOf(error) ?? {}, 'rawBody') === 'string';
}

function isShown(value: unknown): boolean {
  return Array.isArray(value) ? lengthOf(value) > 0 : value !== undefined && value !== null && value !== '';
}
