import { type Piece, piece } from './piece';
import { itemsOf, read, textAt } from './read';

/**
 * The pieces of an event of OpenAI's Responses API. Only `…delta` events carry new ones: `…done` and `completed` repeat
 * what was delivered. Audio is sound, not tokens of text.
 */
export function responsesEventPieces(event: unknown, type: string): Piece[] {
  if (!type.endsWith('.delta') || type === 'response.audio.delta') {
    return [];
  }
  return piece(type === 'response.output_text.delta' ? 'text' : 'other', read(event, 'delta'));
}

/** The pieces of a whole response of that API. */
export function responsesPieces(response: unknown): Piece[] {
  const pieces = itemsOf(read(response, 'output')).flatMap(outputPieces);
  return pieces.length > 0 ? pieces : piece('text', read(response, 'output_text'));
}

function outputPieces(item: unknown): Piece[] {
  return [
    ...itemsOf(read(item, 'content')).flatMap((part) => [
      ...piece(textAt(part, 'type') === 'output_text' ? 'text' : 'other', read(part, 'text')),
      ...piece('other', read(part, 'refusal')),
    ]),
    ...itemsOf(read(item, 'summary')).flatMap((part) => piece('other', read(part, 'text'))),
    ...piece('other', read(item, 'arguments')),
    ...piece('other', read(item, 'input')),
  ];
}
