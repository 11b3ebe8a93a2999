import { isObject, itemsOf, read } from './read';

/** Where clients keep the body of an error, and bodies what they say of it. */
const wrappers = ['error', 'response', 'data', 'body', 'responseBody', 'details', 'errorDetails', 'message'] as const;

const mostLayers = 64;
const deepestLayer = 8;

/** Longer texts are no error bodies; parsing them would cost more than they can tell. */
const longestBody = 100_000;

/**
 * What one error says in a structured way, outermost first: the error itself, its parsed body (`error`, `response.data`,
 * …), the `details` therein, and JSON that is packed into a text (Gemini's SDK puts the whole body into `message`).
 */
export function layersOf(error: unknown): object[] {
  const layers: object[] = [];
  let level = [error];
  for (let depth = 0; depth <= deepestLayer && level.length > 0; depth++) {
    const next: unknown[] = [];
    for (const value of level) {
      const layer = typeof value === 'string' ? parsed(value) : value;
      if (isObject(layer) && layers.length < mostLayers && !layers.includes(layer)) {
        layers.push(layer);
        next.push(...itemsOf(layer, mostLayers));
        for (const wrapper of wrappers) {
          const inner = read(layer, wrapper);
          if (inner !== undefined) {
            next.push(inner);
          }
        }
      }
    }
    level = next;
  }
  return layers;
}

/** What an error says in words: itself if it is a text, the messages of its layers otherwise. */
export function messagesOf(error: unknown, layers: readonly object[]): string[] {
  const messages: string[] = [];
  const add = (text: unknown) => typeof text === 'string' && messages.push(text);
  add(error);
  for (const layer of layers) {
    add(read(layer, 'message'));
    add(read(layer, 'error'));
  }
  return messages;
}

/** The JSON object or list inside a text, whatever stands before it: `got status: 429. {"error": …}`. */
function parsed(text: string): unknown {
  const brace = text.indexOf('{');
  if (brace < 0 || text.length > longestBody) {
    return undefined;
  }
  const bracket = text.lastIndexOf('[', brace);
  const isInList = bracket >= 0 && text.slice(bracket + 1, brace).trim() === '';
  const end = text.lastIndexOf(isInList ? ']' : '}');
  try {
    return JSON.parse(text.slice(isInList ? bracket : brace, end + 1));
  } catch {
    return undefined;
  }
}
