import { type Piece, piece } from './piece';
import { itemsOf, read, textAt } from './read';

/** The pieces of an OpenAI chat chunk or response, of all its choices; also of the older completions. */
export function chatPieces(choices: unknown): Piece[] {
  return itemsOf(choices).flatMap((choice) => [
    ...piece('text', read(choice, 'text')),
    ...messagePieces(read(choice, 'delta')),
    ...messagePieces(read(choice, 'message')),
  ]);
}

function messagePieces(message: unknown): Piece[] {
  return [
    // DeepSeek says `reasoning_content`, OpenRouter and Groq `reasoning`; some send both, with one text.
    ...piece('other', textAt(message, 'reasoning_content') ?? read(message, 'reasoning')),
    ...contentPieces(read(message, 'content')),
    ...piece('other', read(message, 'refusal')),
    ...piece('other', read(read(message, 'function_call'), 'arguments')),
    ...itemsOf(read(message, 'tool_calls')).flatMap((call) => [
      ...piece('other', read(read(call, 'function'), 'arguments')),
      ...piece('other', read(read(call, 'custom'), 'input')),
    ]),
  ];
}

/** Mistral sends lists of parts, with thoughts as lists of parts in them. */
function contentPieces(content: unknown): Piece[] {
  return [
    ...piece('text', content),
    ...itemsOf(content).flatMap((part) => [
      ...piece('text', read(part, 'text')),
      ...piece('other', read(part, 'refusal')),
      ...itemsOf(read(part, 'thinking')).flatMap((thought) => piece('other', read(thought, 'text'))),
    ]),
  ];
}
