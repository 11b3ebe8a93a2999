import type { Take } from './generated-by';
import { itemsOf, read, textAt } from './read';

/**
 * What an event of OpenAI's Responses API generates. Only `…delta` events bring something new: `…done` and `completed`
 * repeat what was delivered. Audio is sound, not tokens of text.
 */
export function takeResponsesEvent(event: unknown, type: string, take: Take): void {
  if (type.endsWith('.delta') && type !== 'response.audio.delta') {
    take(type === 'response.output_text.delta' ? 'text' : 'other', read(event, 'delta'));
  }
}

/** What a whole response of that API holds. */
export function takeResponse(response: unknown, take: Take): void {
  const output = itemsOf(read(response, 'output'));
  if (output.length === 0) {
    take('text', read(response, 'output_text'));
  }
  for (const item of output) {
    for (const part of itemsOf(read(item, 'content'))) {
      take(textAt(part, 'type') === 'output_text' ? 'text' : 'other', read(part, 'text'));
      take('other', read(part, 'refusal'));
    }
    for (const part of itemsOf(read(item, 'summary'))) {
      take('other', read(part, 'text'));
    }
    take('other', read(item, 'arguments'));
    take('other', read(item, 'input'));
  }
}
