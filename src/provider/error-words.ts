import { amountOf } from './duration';
import { certificate, connection, vocabulary } from './error-vocabulary';

/** Only the beginning of a message is looked at for what became of a connection. */
const longestStart = 300;

/** Also a word that stands alone, and a gateway's page where JSON was expected. */
const transient = vocabulary(`\\b(?:${connection})|^\\W*(?:terminated|aborted|timed?_out)\\W*$|<!doctype html|<html`);

const aborted = vocabulary(
  '^\\W*(?:the user aborted|(?:fetch|signal) is aborted|(?:request|bodystreambuffer|th(?:is|e) operation) was aborted)\\b(?! due)',
);

/** A certificate that does not hold, a key that is not there, an answer that ends the same way next time. */
const fatal = vocabulary(
  `\\b(?:${certificate}|(?:missing|no|load) (?:api_key|credentials)|resolve auth|limit was reached|content filter)|api_key.{0,60} (?:missing|must|required|not )`,
);

/** How engines (V8, SpiderMonkey, JavaScriptCore) word a TypeError for a mistake in the program. */
const mistake =
  /^(?:cannot (?!connect)|can't |assign|attempt|invalid (?:a|url)|converting|class con|illegal|do not|spread|failed to (?:con|parse)|reduce)|\bis (?:not (?:an?|iterable|callable)\b|undefined$|null$|read-only)|incompatible|cyclic/;

const badJson =
  /json|unexpected (?:end|eof|token|character|identifier|number|string)|unterminated string|expected pattern/;

/** A day's or a month's allowance: nobody waits that long. */
const allowance = /per[ _-]?(?:day|week|month|24 ?h)|\/ ?(?:day|week|month)\b|\b(?:daily|weekly|monthly|[rt]pd)\b/;

/** What a plan includes, unless a wait or a shorter time is named. */
const plan = /current quota|(?:your|free|current)(?: \w+)? plan\b/;
const shorter = /per[ _-]?(?:min|sec)|(?:in|after|wait|for) \d/;

/** What the words of an error say of the connection, for errors that say it in no other way. */
export function classOfWords(texts: readonly string[]): 'transient' | 'aborted' | 'fatal' | undefined {
  let found: 'transient' | 'aborted' | undefined;
  for (const text of texts) {
    const start = text.slice(0, longestStart).toLowerCase();
    if (fatal.test(start)) {
      return 'fatal';
    }
    found ??= aborted.test(start) ? 'aborted' : transient.test(start) ? 'transient' : undefined;
  }
  return found;
}

/** What an error of one of the language's own classes says: of the program, or of a body that it could not parse. */
export function classOfMistake(names: string, text: string): 'transient' | 'fatal' | undefined {
  const start = text.slice(0, longestStart).toLowerCase();
  if (/(?:Range|Reference)Error/.test(names) || (names.includes('TypeError') && mistake.test(start))) {
    return 'fatal';
  }
  return names.includes('SyntaxError') && badJson.test(start) ? 'transient' : undefined;
}

/** Does a throttled error say that waiting does not help? The request is larger than the limit, or a long quota is used up. */
export function isHopeless(texts: readonly string[]): boolean {
  const words = texts.join('\n').toLowerCase();
  return (
    allowance.test(words) ||
    (plan.test(words) && !shorter.test(words)) ||
    /request (?:is )?too large/.test(words) ||
    numberAfter(/\brequested:? (\d[\d,]*)/, words) > numberAfter(/\blimit:? (\d[\d,]*)/, words)
  );
}

/** NaN where there is none, with which every comparison is false. */
function numberAfter(phrase: RegExp, words: string): number {
  return amountOf(phrase.exec(words)?.[1]?.replace(/,+$/, '')) ?? Number.NaN;
}
