import { scaled } from './duration';

/** Messages are read so far: a hint stands in their first sentences. */
const longestMessage = 10_000;

const units: readonly (readonly [RegExp, number])[] = [
  [/^d(?:ays?)?$/, 86_400_000],
  [/^h(?:(?:ou)?rs?)?$/, 3_600_000],
  [/^m(?:in(?:ute)?s?)?$/, 60_000],
  [/^s(?:ec(?:ond)?s?)?$/, 1_000],
  [/^(?:ms|millis(?:econds?)?|milliseconds?)$/, 1],
];

/**
 * The duration in a sentence like "try again in 6m0s", "retry after 6 seconds" or "reset after 12h34m16s": ms, or
 * undefined. Numbers without a unit are not taken for a duration.
 */
export function durationInMessage(message: string): number | undefined {
  const text = message.slice(0, longestMessage).toLowerCase();
  const phrase = /\b(?:try again|retry(?:ing)?(?: (?:your|the) request)?|resets?)\s+(?:in|after)\s+/g;
  while (phrase.exec(text) !== null) {
    const duration = durationAt(text, phrase.lastIndex);
    if (duration !== undefined) {
      return duration;
    }
  }
  return undefined;
}

/** The duration that begins there, in one or more parts: `1m30s`, `1 minute and 30 seconds`. */
function durationAt(text: string, start: number): number | undefined {
  const part = /(?:,?\s+|\s+and\s+)?(\d+(?:\.\d+)?)\s?([a-zµ]+)/y;
  part.lastIndex = start;
  let total: number | undefined;
  for (let found = part.exec(text); found !== null; found = part.exec(text)) {
    const [, amount, unitName = ''] = found;
    const ms = scaled(amount, units.find(([name]) => name.test(unitName))?.[1]);
    if (ms === undefined) {
      break;
    }
    total = (total ?? 0) + ms;
  }
  return total;
}
