import { isObject, itemsOf, read, textAt } from './read';

/** States of a Responses API response in which nothing more comes. */
const endStates = ['completed', 'incomplete', 'failed', 'cancelled'];

/**
 * Does a value say that the answer is at its end? True for a chunk or response with a `finish_reason` (OpenAI chat) or
 * a `finishReason` (Gemini, where a blocked prompt ends the answer too), for `response.completed`, `…incomplete` and
 * `…failed` (Responses API), for `message_stop` (Anthropic), and for whole responses. A stream that ends without such a
 * value was cut off. Never throws.
 *
 * @category What providers say
 *
 * @example
 * ```ts
 * import { isFinalChunk } from 'rxjs-resilience';
 *
 * isFinalChunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }); // true
 * isFinalChunk({ type: 'message_stop' }); // true
 * ```
 */
export function isFinalChunk(value: unknown): boolean {
  if (!isObject(value)) {
    return false;
  }
  switch (textAt(value, 'type')) {
    case 'message_stop':
    case 'response.completed':
    case 'response.incomplete':
    case 'response.failed':
      return true;
    case 'message':
      return isNamed(read(value, 'stop_reason'));
  }
  return (
    itemsOf(read(value, 'choices')).some((choice) => isNamed(read(choice, 'finish_reason'))) ||
    isFinalForGemini(value) ||
    (read(value, 'object') === 'response' && endStates.includes(textAt(value, 'status') ?? ''))
  );
}

/** Has a Gemini chunk a reason to end the answer? */
export function isFinalForGemini(value: unknown): boolean {
  return (
    itemsOf(read(value, 'candidates')).some((candidate) => isNamed(read(candidate, 'finishReason'))) ||
    isNamed(read(read(value, 'promptFeedback'), 'blockReason'))
  );
}

/** Protobuf enums have a zero that means "not set". */
function isNamed(reason: unknown): boolean {
  return typeof reason === 'string' && reason !== '' && !reason.endsWith('_UNSPECIFIED');
}
