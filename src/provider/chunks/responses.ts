import type { ChunkReading } from './chunk-reading';
import { lengthOf, readEach, type Shape, shapeOf, textIn } from './shape';

/** An event of OpenAI's Responses API, or of its Realtime API. */
export function readResponsesEvent(value: Shape, type: string, reading: ChunkReading): void {
  reading.isKnown = true;
  switch (type) {
    case 'response.output_text.delta':
    case 'response.text.delta':
      reading.text += textIn(value.delta);
      break;
    case 'response.function_call_arguments.delta':
      reading.other += textIn(value.delta);
      break;
    case 'response.failed':
      reading.failure = { words: readEnd(value, true, reading)?.error ?? value.error };
      break;
    case 'response.completed':
    case 'response.incomplete':
      readEnd(value, true, reading);
      break;
    case 'response.done': {
      const response = readEnd(value, true, reading);
      if (response?.status === 'failed') {
        reading.failure = { words: shapeOf(response.status_details)?.error };
      }
      break;
    }
    case 'response.created':
    case 'response.queued':
    case 'response.in_progress':
      readEnd(value, false, reading);
      break;
    case 'response.output_item.added':
    case 'response.output_item.done':
      readEach([value.item], noteItem, reading);
      break;
    case 'response.image_generation_call.partial_image':
    case 'response.output_text.annotation.added':
      reading.hasOutput = true;
      break;
    default:
      if (type.endsWith('.delta')) {
        readDelta(textIn(value.delta), type, reading);
      } else {
        // What is done repeats what its deltas brought.
        reading.hasOutput = textIn(value.text ?? value.refusal ?? value.arguments ?? value.transcript) !== '';
      }
  }
}

/** A delta of something else than text; only that of audio is sound, which has no tokens of text. */
function readDelta(text: string, type: string, reading: ChunkReading): void {
  if (type.startsWith('response.reasoning')) {
    reading.reasoning += text;
  } else if (type.endsWith('audio.delta')) {
    reading.hasOutput = text !== '';
  } else {
    reading.other += text;
  }
}

/** The response in an event: its deltas have come before, but what it holds is content. */
function readEnd(value: Shape, isFinal: boolean, reading: ChunkReading): Shape | undefined {
  const response = shapeOf(value.response);
  reading.isFinal = isFinal;
  reading.takeUsage('openai', response?.usage, isFinal);
  if (isFinal) {
    readEach(response?.output, noteItem, reading);
  }
  return response;
}

/** Notes whether an item holds something: a call, or a part that is not empty. */
function noteItem(item: Shape, reading: ChunkReading): void {
  const { type } = item;
  if (type !== 'message' && type !== 'reasoning') {
    reading.hasOutput = true;
  } else {
    readEach(item.content, notePart, reading);
    readEach(item.summary, notePart, reading);
  }
}

function notePart(part: Shape, reading: ChunkReading): void {
  reading.hasOutput ||= (part.text ?? part.refusal) !== '';
}

/** States of a response in which nothing more comes. */
const endStates: readonly unknown[] = ['completed', 'incomplete', 'failed', 'cancelled'];

/**
 * A whole response of that API, or its `output_text` alone; or an error as vLLM, SGLang and Mistral write it, which is
 * known by its `object`, too.
 */
export function readResponse(value: Shape, reading: ChunkReading): void {
  const { object, status, output } = value;
  if (object === 'error' && typeof value.message === 'string') {
    reading.isKnown = true;
    reading.failure = { words: value };
    return;
  }
  const isResponse = object === 'response';
  reading.isKnown ||= isResponse;
  reading.isFinal = isResponse && endStates.includes(status);
  const isRunning = isResponse && (status === 'in_progress' || status === 'queued');
  reading.takeUsage('openai', value.usage, !isRunning);
  if (lengthOf(output) === 0) {
    reading.text += textIn(value.output_text);
  }
  readEach(output, readItem, reading);
}

function readItem(item: Shape, reading: ChunkReading): void {
  reading.takeContent(item.content);
  reading.takeThoughts(item.summary);
  reading.takeArguments(item.arguments);
  reading.takeArguments(item.input);
  reading.hasOutput ||= item.type !== 'message' && item.type !== 'reasoning';
}
