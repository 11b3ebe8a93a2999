import { type Piece, piece } from './piece';
import { isObject, itemsOf, jsonOf, read } from './read';

/** The pieces of an event of Anthropic's, or of a whole message. Undefined for types that are not Anthropic's. */
export function anthropicPieces(value: unknown, type: string | undefined): Piece[] | undefined {
  switch (type) {
    case 'content_block_start':
      // Tool calls begin with an empty input, whose JSON would be counted.
      return textPieces(read(value, 'content_block'));
    case 'content_block_delta':
      return [...textPieces(read(value, 'delta')), ...piece('other', read(read(value, 'delta'), 'partial_json'))];
    case 'message':
      return itemsOf(read(value, 'content')).flatMap((block) => [...textPieces(block), ...inputPieces(block)]);
    default:
      return undefined;
  }
}

function textPieces(block: unknown): Piece[] {
  return [...piece('text', read(block, 'text')), ...piece('other', read(block, 'thinking'))];
}

function inputPieces(block: unknown): Piece[] {
  const input = read(block, 'input');
  return isObject(input) ? piece('other', jsonOf(input)) : [];
}
