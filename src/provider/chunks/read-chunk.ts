import { isResponse, mayHelpLater } from '../read';
import { readAgUi } from './ag-ui';
import { readAiSdk } from './ai-sdk';
import { readAnthropic } from './anthropic';
import type { ChunkReading } from './chunk-reading';
import { readCohere } from './cohere';
import { dataAt, dataOf } from './data-copy';
import { readGemini } from './gemini';
import { readByNames, takeError } from './named';
import { readChat } from './openai-chat';
import { readResponsesEvent } from './responses';
import type { Shape } from './shape';

const dot = 46;

/** So deep is a value copied that cannot be read as it is. */
const deepestCopy = 8;

/**
 * Reads all that a value says, once. Never throws. A value is read by the names that providers use, each at most once;
 * getters of a class, such as those of an SDK's result that promise something, are not touched.
 */
export function readChunk(value: unknown, reading: ChunkReading): void {
  reading.clear();
  if (typeof value === 'string') {
    reading.text = value;
  } else if (typeof value === 'object' && value !== null) {
    try {
      readObject(value, true, reading);
    } catch {
      readCopy(value, reading);
    }
  }
}

/** @param isOuter Whether what it wraps is looked at: that is not looked into in turn. */
function readObject(value: object, isOuter: boolean, reading: ChunkReading): void {
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) {
    readShape(value as Shape, isOuter, reading);
  } else if (Object.hasOwn(value, 'candidates')) {
    readInstance(value as Shape, reading);
  } else if (isResponse(value)) {
    if (isOuter) {
      readResponse(value, reading);
    }
  } else if (!Array.isArray(value) && !(value instanceof Error)) {
    readShape(dataOf(value, 1) as Shape, isOuter, reading);
  }
}

/** A response with which another try may succeed has failed, by the rules of `classifyError`; others are the user's. */
function readResponse({ status, headers }: Response, reading: ChunkReading): void {
  if (mayHelpLater(status) || (status >= 400 && headers.get('x-should-retry') === 'true')) {
    reading.failure = { words: { message: `HTTP ${status}`, status, headers }, isResponse: true };
  }
}

/** Gemini's SDK has a class for each of its chunks: this is the same as a copy, and cheaper. */
function readInstance(value: Shape, reading: ChunkReading): void {
  const usageMetadata = Object.hasOwn(value, 'usageMetadata') ? value.usageMetadata : undefined;
  const promptFeedback = Object.hasOwn(value, 'promptFeedback') ? value.promptFeedback : undefined;
  readGemini({ usageMetadata, promptFeedback }, value.candidates, reading);
}

/** Something in the value throws: what can be told without that is told. */
function readCopy(value: object, reading: ChunkReading): void {
  reading.clear();
  try {
    readShape(dataOf(value, deepestCopy) as Shape, true, reading);
  } catch {
    reading.clear();
  }
}

function readShape(value: Shape, isOuter: boolean, reading: ChunkReading): void {
  const { type } = value;
  if (typeof type === 'string' && readByType(value, type, reading)) {
    return;
  }
  const { choices } = value;
  if (Array.isArray(choices)) {
    readChat(value, choices, reading);
  } else {
    const { candidates } = value;
    if (!Array.isArray(candidates)) {
      readOther(value, typeof type === 'string', isOuter, reading);
      return;
    }
    readGemini(value, candidates, reading);
  }
  if (!reading.hasContent && reading.failure === undefined) {
    takeError(value, value.error, reading);
  }
}

/** What is no chunk by its first names: it may be one by others, wrap one, or be an error. */
function readOther(value: Shape, isTyped: boolean, isOuter: boolean, reading: ChunkReading): void {
  const inside = readByNames(value, reading);
  if (inside === 'error' && !isTyped && !reading.hasContent) {
    takeError(value, dataAt(value, 'error'), reading);
  } else if (inside === 'data' && isOuter) {
    readWrapped(value, dataAt(value, 'data'), reading);
  }
}

/** An event of a server as `{ event, data }`; Mistral's SDK gives such events, too. */
function readWrapped(value: Shape, data: unknown, reading: ChunkReading): void {
  if (typeof data === 'object' && data !== null) {
    readObject(data, false, reading);
  }
  if (dataAt(value, 'event') === 'error' && !reading.hasContent) {
    reading.isKnown = true;
    reading.failure ??= { words: data };
  }
}

function readByType(value: Shape, type: string, reading: ChunkReading): boolean {
  if (type.charCodeAt(8) === dot && type.startsWith('response.')) {
    readResponsesEvent(value, type, reading);
    return true;
  }
  if (type === 'error') {
    reading.isKnown = true;
    reading.failure = { words: value.error ?? value.errorText ?? value };
    return true;
  }
  return type.charCodeAt(0) < 97
    ? readAgUi(value, type, reading)
    : readAnthropic(value, type, reading) || readAiSdk(value, type, reading) || readCohere(value, type, reading);
}
