import { anthropicPieces } from './anthropic-pieces';
import { chatPieces } from './chat-pieces';
import { bytesPerToken } from './estimate-tokens';
import { geminiPieces } from './gemini-pieces';
import { type Piece, piece } from './piece';
import { read, textAt } from './read';
import { responsesEventPieces, responsesPieces } from './responses-pieces';
import { utf8Bytes } from './utf8';

/**
 * The text for the reader that a value carries: a chunk of a stream or a whole response of OpenAI (chat, Responses,
 * completions), Anthropic or Gemini. A string is its own text. Reasoning, refusals and tool calls are not text.
 *
 * @returns '' when there is none. Never throws.
 *
 * @example
 * ```ts
 * import { textOf } from 'rxjs-resilience';
 *
 * textOf({ choices: [{ index: 0, delta: { content: 'Hel' } }] }); // 'Hel'
 * ```
 */
export function textOf(value: unknown): string {
  return joined(piecesOf(value).filter(({ kind }) => kind === 'text'));
}

/** All that a value generates and that is paid for: text, reasoning, refusals and the arguments of tool calls. */
export function generatedTextOf(value: unknown): string {
  return joined(piecesOf(value));
}

/**
 * How many tokens a value generates, by its size: UTF-8 bytes of {@link generatedTextOf} / 4, not rounded, so that
 * many small chunks can be summed before they are rounded up once.
 */
export function generatedTokens(value: unknown): number {
  return piecesOf(value).reduce((bytes, { text }) => bytes + utf8Bytes(text), 0) / bytesPerToken;
}

function piecesOf(value: unknown): Piece[] {
  if (typeof value === 'string') {
    return piece('text', value);
  }
  const [choices, candidates, type] = [read(value, 'choices'), read(value, 'candidates'), textAt(value, 'type')];
  if (choices !== undefined) {
    return chatPieces(choices);
  }
  if (candidates !== undefined) {
    return geminiPieces(candidates);
  }
  return type?.startsWith('response.')
    ? responsesEventPieces(value, type)
    : (anthropicPieces(value, type) ?? responsesPieces(value));
}

function joined(pieces: readonly Piece[]): string {
  return pieces.map(({ text }) => text).join('');
}
