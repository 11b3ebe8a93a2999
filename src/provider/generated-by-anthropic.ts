import type { Take } from './generated-by';
import { isObject, itemsOf, jsonOf, read } from './read';

/** What an event of Anthropic's, or a whole message, generates. */
export function takeAnthropic(value: unknown, type: string | undefined, take: Take): void {
  if (type === 'content_block_delta') {
    takeText(read(value, 'delta'), take);
    take('other', read(read(value, 'delta'), 'partial_json'));
  } else if (type === 'content_block_start') {
    // Not its input: a tool call begins with an empty one, and the deltas bring the whole.
    takeText(read(value, 'content_block'), take);
  } else if (type === 'message') {
    for (const block of itemsOf(read(value, 'content'))) {
      takeText(block, take);
      const input = read(block, 'input');
      take('other', isObject(input) ? jsonOf(input) : undefined);
    }
  }
}

function takeText(block: unknown, take: Take): void {
  take('text', read(block, 'text'));
  take('other', read(block, 'thinking'));
}
