import type { Take } from './generated-by';
import { itemsOf, read } from './read';

/** What an OpenAI chat chunk or response generates, in all its choices; also one of the older completions. */
export function takeChat(choices: unknown, take: Take): void {
  for (const choice of itemsOf(choices)) {
    take('text', read(choice, 'text'));
    takeMessage(read(choice, 'delta') ?? read(choice, 'message'), take);
  }
}

function takeMessage(message: unknown, take: Take): void {
  // DeepSeek says `reasoning_content`, OpenRouter and Groq `reasoning`; some send both, with one text.
  take('other', read(message, 'reasoning_content') ?? read(message, 'reasoning'));
  takeContent(read(message, 'content'), take);
  take('other', read(message, 'refusal'));
  take('other', read(read(message, 'function_call'), 'arguments'));
  for (const call of itemsOf(read(message, 'tool_calls'))) {
    take('other', read(read(call, 'function'), 'arguments'));
    take('other', read(read(call, 'custom'), 'input'));
  }
}

/** Mistral sends lists of parts, with thoughts as lists of parts in them. */
function takeContent(content: unknown, take: Take): void {
  take('text', content);
  for (const part of itemsOf(content)) {
    take('text', read(part, 'text'));
    take('other', read(part, 'refusal'));
    for (const thought of itemsOf(read(part, 'thinking'))) {
      take('other', read(thought, 'text'));
    }
  }
}
