import type { ChunkReading } from './chunk-reading';
import { lengthOf, type Shape, shapeOf, textIn } from './shape';

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
      reading.hasOutput = isOutput(value.item);
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
  const output = isFinal ? response?.output : undefined;
  const length = lengthOf(output);
  for (let index = 0; index < length; index++) {
    reading.hasOutput ||= isOutput((output as readonly unknown[])[index]);
  }
  return response;
}

/** Whether an item holds something: a call, or a part that is not empty. */
function isOutput(value: unknown): boolean {
  const item = shapeOf(value);
  if (item === undefined) {
    return false;
  }
  const { type, content } = item;
  if (type !== 'message' && type !== 'reasoning') {
    return true;
  }
  return hasPart(content) || hasPart(item.summary);
}

function hasPart(parts: unknown): boolean {
  const length = lengthOf(parts);
  for (let index = 0; index < length; index++) {
    const part = shapeOf((parts as readonly unknown[])[index]);
    if (part !== undefined && (part.text ?? part.refusal) !== '') {
      return true;
    }
  }
  return false;
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
  const length = lengthOf(output);
  if (length === 0) {
    reading.text += textIn(value.output_text);
  }
  for (let index = 0; index < length; index++) {
    const item = shapeOf((output as readonly unknown[])[index]);
    if (item !== undefined) {
      readItem(item, reading);
    }
  }
}

function readItem(item: Shape, reading: ChunkReading): void {
  reading.takeContent(item.content);
  reading.takeThoughts(item.summary);
  reading.takeArguments(item.arguments);
  reading.takeArguments(item.input);
  reading.hasOutput ||= item.type !== 'message' && item.type !== 'reasoning';
}
