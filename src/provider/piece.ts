/**
 * Something that a model generated, found in a chunk or in a whole response: text for the reader, or what else is paid
 * for (reasoning, refusals, arguments of tool calls).
 */
export interface Piece {
  readonly kind: 'text' | 'other';
  readonly text: string;
}

/** A list of one piece, or of none when there is no such text. */
export function piece(kind: Piece['kind'], text: unknown): Piece[] {
  return typeof text === 'string' && text !== '' ? [{ kind, text }] : [];
}
