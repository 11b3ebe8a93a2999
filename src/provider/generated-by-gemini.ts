import type { Take } from './generated-by';
import { isObject, itemsOf, jsonOf, read } from './read';

/** What a Gemini chunk or response generates, in all its candidates. */
export function takeGemini(candidates: unknown, take: Take): void {
  for (const candidate of itemsOf(candidates)) {
    for (const part of itemsOf(read(read(candidate, 'content'), 'parts'))) {
      take(read(part, 'thought') === true ? 'other' : 'text', read(part, 'text'));
      const args = read(read(part, 'functionCall'), 'args');
      take('other', isObject(args) ? jsonOf(args) : undefined);
      take('other', read(read(part, 'executableCode'), 'code'));
    }
  }
}
