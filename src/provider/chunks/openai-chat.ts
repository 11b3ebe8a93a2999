import type { ChunkReading } from './chunk-reading';
import { isNamed, lengthOf, type Shape, shapeOf } from './shape';

/**
 * A chunk or a whole answer of OpenAI's chat, in all its choices; also an older completion, and those of everybody who
 * writes like OpenAI. Mistral's SDK has the same in camel case.
 */
export function readChat(value: Shape, choices: readonly unknown[], reading: ChunkReading): void {
  reading.isKnown = true;
  const length = lengthOf(choices);
  let isOpen = false; // an answer that is still being written
  let ended = 0;
  let last: Shape | undefined;
  for (let index = 0; index < length; index++) {
    const choice = shapeOf(choices[index]);
    if (choice === undefined) {
      continue;
    }
    const { finish_reason, delta } = choice;
    const reason = finish_reason === undefined ? choice.finishReason : finish_reason;
    const message = delta ?? choice.message;
    const hasEnded = isNamed(reason);
    if (hasEnded) {
      ended += 1;
      last = choice;
      if (reason === 'error') {
        reading.failure = { words: value.error ?? choice.error };
      }
    }
    isOpen ||= !hasEnded && (message === undefined || message === delta);
    if (typeof message === 'object' && message !== null) {
      readMessage(message as Shape, message !== delta, reading);
    } else {
      reading.takeContent(choice.text);
    }
  }
  reading.isFinal = length > 0 && ended === length;
  const { usage } = value;
  if (usage !== undefined && usage !== null) {
    reading.takeUsage('openai', usage, !isOpen);
  } else if (last !== undefined || !reading.hasContent) {
    readOwnPlaces(value, last, !isOpen, reading);
  }
}

/** What Groq (`x_groq`) and Moonshot (in the choice) tell in places of their own. */
function readOwnPlaces(value: Shape, last: Shape | undefined, final: boolean, reading: ChunkReading): void {
  const own = shapeOf(value.x_groq);
  reading.takeUsage('openai', own?.usage ?? last?.usage, final);
  const error = own?.error;
  if (error !== undefined && error !== null) {
    reading.failure ??= { words: error };
  }
}

/** A delta, or a whole message. */
function readMessage(message: Shape, isWhole: boolean, reading: ChunkReading): void {
  const { content, tool_calls } = message;
  if (typeof content === 'string') {
    reading.text += content;
  } else if (content !== undefined && content !== null) {
    reading.takeContent(content);
  }
  // DeepSeek says `reasoning_content`, OpenRouter and Groq `reasoning`; some send both, with one text.
  const thoughts = message.reasoning_content ?? message.reasoning;
  if (typeof thoughts === 'string') {
    reading.reasoning += thoughts;
  }
  const calls = tool_calls ?? message.toolCalls;
  if (calls !== undefined && calls !== null) {
    reading.takeToolCalls(calls);
  }
  if (isWhole || typeof content !== 'string' || content === '') {
    readRest(message, reading);
  }
}

/** What stands in deltas without text. */
function readRest(message: Shape, reading: ChunkReading): void {
  reading.takeArguments(message.refusal);
  const call = shapeOf(message.function_call);
  if (call !== undefined) {
    reading.takeArguments(call.arguments);
    reading.hasOutput = true;
  }
  reading.hasOutput ||= shapeOf(message.audio) !== undefined || lengthOf(message.images) > 0;
  reading.hasOutput ||= lengthOf(message.annotations) > 0 || lengthOf(message.reasoning_details) > 0;
}
