import type { ChunkReading } from './chunk-reading';
import { dataAt } from './data-copy';
import { lengthOf, type Shape, shapeOf, textIn } from './shape';

/** Parts that carry nothing of an answer. */
const silent: ReadonlySet<string> = new Set([
  ...['start', 'start-step', 'text-start', 'text-end', 'reasoning-start', 'reasoning-end', 'tool-input-end'],
  ...['stream-start', 'step-start', 'response-metadata', 'message-metadata', 'raw', 'abort'],
]);

/** A part of a stream of the AI SDK: of `fullStream`, of a model's stream or of UI messages; false for another type. */
export function readAiSdk(value: Shape, type: string, reading: ChunkReading): boolean {
  switch (type) {
    case 'text-delta':
      reading.text += textOfDelta(value);
      break;
    case 'reasoning':
    case 'reasoning-delta':
      reading.reasoning += textOfDelta(value);
      break;
    case 'tool-input-delta':
      reading.other += textIn(value.delta ?? value.inputTextDelta);
      break;
    case 'tool-call-delta': {
      const { argsTextDelta } = value;
      if (typeof argsTextDelta !== 'string') {
        return false; // Cohere has this type, too
      }
      reading.other += argsTextDelta;
      break;
    }
    case 'finish':
      readFinish(value, reading);
      break;
    case 'finish-step':
    case 'step-finish':
      reading.takeUsage('openai', value.usage, false); // more steps may follow, and each has its own usage
      break;
    case 'tool-error':
    case 'tool-input-error':
      reading.hasOutput = true; // what a tool says, not the provider
      break;
    default:
      if (!silent.has(type)) {
        return false;
      }
  }
  reading.isKnown = true;
  return true;
}

/** `text` in `fullStream`, `delta` in a model's stream and in UI messages, `textDelta` in version 4. */
function textOfDelta(value: Shape): string {
  return textIn(value.text ?? value.delta ?? value.textDelta);
}

function readFinish(value: Shape, reading: ChunkReading): void {
  const { finishReason } = value;
  const parts = shapeOf(finishReason);
  const reason = parts?.unified ?? finishReason;
  reading.isFinal = !(reason === 'unknown' || (reason === 'other' && isMadeUp(value, parts)));
  reading.takeUsage('openai', value.totalUsage ?? value.usage, true);
  if (reason === 'error') {
    reading.failure = { words: value.error };
  }
}

/** Of a stream that broke off without an error the AI SDK makes an end of its own, for which the model gave no reason. */
function isMadeUp(value: Shape, parts: Shape | undefined): boolean {
  return parts === undefined
    ? 'rawFinishReason' in value && value.rawFinishReason === undefined
    : parts.raw === undefined;
}

/** The result of `generateText`: its text is that of the last step. False for another value with steps. */
export function readSteps(value: Shape, reading: ChunkReading): boolean {
  const steps = dataAt(value, 'steps');
  const last = lengthOf(steps) > 0 ? shapeOf((steps as readonly unknown[]).at(-1)) : undefined;
  if (last === undefined || typeof dataAt(last, 'finishReason') !== 'string') {
    return false;
  }
  reading.isKnown = true;
  reading.isFinal = true;
  reading.takeContent(dataAt(last, 'content'));
  reading.takeUsage('openai', dataAt(value, 'totalUsage'), true);
  return true;
}
