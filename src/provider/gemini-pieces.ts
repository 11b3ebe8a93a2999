import { type Piece, piece } from './piece';
import { isObject, itemsOf, jsonOf, read } from './read';

/** The pieces of a Gemini chunk or response, of all its candidates. */
export function geminiPieces(candidates: unknown): Piece[] {
  return itemsOf(candidates).flatMap((candidate) =>
    itemsOf(read(read(candidate, 'content'), 'parts')).flatMap((part) => [
      ...piece(read(part, 'thought') === true ? 'other' : 'text', read(part, 'text')),
      ...argumentPieces(read(part, 'functionCall')),
      ...piece('other', read(read(part, 'executableCode'), 'code')),
    ]),
  );
}

function argumentPieces(call: unknown): Piece[] {
  const args = read(call, 'args');
  return isObject(args) ? piece('other', jsonOf(args)) : [];
}
