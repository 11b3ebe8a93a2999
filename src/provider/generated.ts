import { bytesPerToken } from './estimate-tokens';
import type { Take } from './generated-by';
import { takeAnthropic } from './generated-by-anthropic';
import { takeChat } from './generated-by-chat';
import { takeGemini } from './generated-by-gemini';
import { takeResponse, takeResponsesEvent } from './generated-by-responses';
import { isObject, read, textAt } from './read';
import { utf8Bytes } from './utf8';

/**
 * The text for the reader that a value carries: a chunk of a stream or a whole response of OpenAI (chat, Responses,
 * completions), Anthropic or Gemini. A string is its own text. Reasoning, refusals and tool calls are not text.
 *
 * @returns '' when there is none. Never throws.
 * @category What providers say
 *
 * @example
 * ```ts
 * import { textOf } from 'rxjs-resilience';
 *
 * textOf({ choices: [{ index: 0, delta: { content: 'Hel' } }] }); // 'Hel'
 * ```
 */
export function textOf(value: unknown): string {
  let text = '';
  takeAll(value, (kind, found) => {
    text += kind === 'text' && typeof found === 'string' ? found : '';
  });
  return text;
}

/** All that a value generates and that is paid for: text, reasoning, refusals and the arguments of tool calls. */
export function generatedTextOf(value: unknown): string {
  let text = '';
  takeAll(value, (_, found) => {
    text += typeof found === 'string' ? found : '';
  });
  return text;
}

/**
 * How many tokens a value generates, by its size: UTF-8 bytes of {@link generatedTextOf} / 4, not rounded, so that
 * many small chunks can be summed before they are rounded up once.
 */
export function generatedTokens(value: unknown): number {
  if (typeof value === 'string') {
    return utf8Bytes(value) / bytesPerToken; // as most values of a stream are, and once for each of its tokens
  }
  let bytes = 0;
  takeAll(value, (_, found) => {
    bytes += typeof found === 'string' ? utf8Bytes(found) : 0;
  });
  return bytes / bytesPerToken;
}

function takeAll(value: unknown, take: Take): void {
  if (typeof value === 'string') {
    take('text', value);
    return;
  }
  if (!isObject(value)) {
    return;
  }
  const choices = read(value, 'choices');
  const candidates = read(value, 'candidates');
  const type = textAt(value, 'type');
  if (choices !== undefined) {
    takeChat(choices, take);
  } else if (candidates !== undefined) {
    takeGemini(candidates, take);
  } else if (type?.startsWith('response.')) {
    takeResponsesEvent(value, type, take);
  } else {
    takeAnthropic(value, type, take);
    takeResponse(value, take);
  }
}
