import type { ChunkReading } from './chunk-reading';
import { isNamed, lengthOf, type Shape, shapeOf } from './shape';

/** A chunk or a whole answer of Gemini's, in all its candidates. */
export function readGemini(value: Shape, candidates: unknown, reading: ChunkReading): void {
  reading.isKnown = true;
  const length = lengthOf(candidates);
  let ended = 0;
  let isSound = false;
  for (let index = 0; index < length; index++) {
    const candidate = shapeOf((candidates as readonly unknown[])[index]);
    if (candidate === undefined) {
      continue;
    }
    readParts(shapeOf(candidate.content)?.parts, reading);
    const { finishReason } = candidate;
    const hasEnded = isNamed(finishReason);
    if (hasEnded) {
      ended += 1;
    }
    if (hasEnded && finishReason !== 'STOP' && finishReason !== 'MAX_TOKENS') {
      reading.failure ??= { words: candidate.finishMessage, code: finishReason };
    } else {
      isSound = true;
    }
  }
  reading.isFinal = length > 0 && ended === length;
  if (isSound) {
    reading.failure = undefined;
  }
  if (!reading.isFinal) {
    readFeedback(shapeOf(value.promptFeedback), reading);
  }
  if (reading.hasContent) {
    reading.failure = undefined; // there is an answer nevertheless
  }
  reading.takeUsage('gemini', value.usageMetadata, reading.isFinal);
}

function readParts(parts: unknown, reading: ChunkReading): void {
  const length = lengthOf(parts);
  for (let index = 0; index < length; index++) {
    const part = shapeOf((parts as readonly unknown[])[index]);
    if (part === undefined) {
      continue;
    }
    const { text } = part;
    if (typeof text !== 'string') {
      readPart(part, reading);
    } else if (part.thought === true) {
      reading.reasoning += text;
    } else {
      reading.text += text;
    }
  }
}

function readPart(part: Shape, reading: ChunkReading): void {
  const called = shapeOf(part.functionCall);
  const code = shapeOf(part.executableCode)?.code;
  reading.takeArguments(called?.args);
  reading.takeArguments(code);
  reading.hasOutput ||= (called ?? code ?? part.inlineData ?? part.codeExecutionResult ?? part.fileData) !== undefined;
}

/** A prompt that was blocked has no answer. */
function readFeedback(feedback: Shape | undefined, reading: ChunkReading): void {
  const reason = feedback?.blockReason;
  if (isNamed(reason)) {
    reading.isFinal = true;
    reading.failure = { words: feedback?.blockReasonMessage, code: reason };
  }
}
