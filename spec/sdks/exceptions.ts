import type { Caller } from './caller';
import type { Seen } from './seen';
import type { Situation } from './situations';

/** What the library reads: a column of the table in the guide. */
export type Column = 'status' | 'hint' | 'details' | 'connection' | 'body' | 'timeout' | 'answer' | 'charge';

/** Where a client hides what a careful engineer expects: the library cannot know better. */
export interface Exception {
  /** Names of callers, or what they begin with. */
  readonly calls: readonly string[];
  /** Names of situations, or what they begin with. */
  readonly in: readonly string[];
  readonly column: Column;
  /** What is seen instead. */
  readonly seen: Partial<Seen>;
  /** What the guide says of it; undefined where it is due to this spec, and no matter to users. */
  readonly because: string | undefined;
}

const hints = ['429 with', '503 with'];
const html = '200 of a gateway';

export const exceptions: readonly Exception[] = [
  {
    calls: ['gemini'],
    in: hints,
    column: 'hint',
    seen: { hint: undefined },
    because:
      "Its errors do not have the headers of the answer. Gemini's own hint, `RetryInfo`, is in the body, and is read.",
  },
  {
    calls: ['ollama'],
    in: hints,
    column: 'hint',
    seen: { hint: undefined },
    because: 'Its errors do not have the headers of the answer. Throw from the `fetch` that you give to it instead.',
  },
  {
    calls: ['hugging face'],
    in: hints,
    column: 'hint',
    seen: { hint: undefined },
    because: 'Its errors do not have the headers of the answer.',
  },
  {
    calls: ['openai, chat, not', 'anthropic, not', 'groq, not'],
    in: [html],
    column: 'body',
    seen: { end: 'complete', text: '<html><head><title>Just a moment</title></head></html>' },
    because: 'Not streamed: the page of a gateway with status 200 is handed on as the answer, as a string.',
  },
  {
    calls: ['langchain, not'],
    in: [html],
    column: 'body',
    seen: { end: 'fatal' },
    because:
      'Not streamed: the page of a gateway with status 200 becomes a TypeError ("Cannot read properties …"), which looks like a mistake in the program.',
  },
  {
    calls: ['hugging face, not'],
    in: [html],
    column: 'body',
    seen: { end: 'complete', text: '' },
    because: 'Not streamed: the page of a gateway with status 200 is handed on as the answer, as a `Blob`.',
  },
  {
    calls: ['ajax'],
    in: [html, 'an answer that is cut', 'gzip that is cut'],
    column: 'body',
    seen: { end: 'complete', text: '' },
    because: 'What is no JSON, or was cut, is handed on as the answer, as `null`.',
  },
  {
    calls: ['AI SDK, streamText'],
    in: ['a reset after the end'],
    column: 'answer',
    seen: { end: 'transient', text: 'Hello world', usage: undefined },
    because:
      'Its last part, with the usage, is made when the connection has closed: if that breaks after the last word, the answer counts as cut.',
  },
  {
    calls: ['langchain'],
    in: ['a reset after the end'],
    column: 'answer',
    seen: { end: 'complete', usage: undefined },
    because: 'The usage comes when the connection has closed: if that breaks after the last word, it is lost.',
  },
  {
    calls: ['ajax', 'Angular, by XML'],
    in: ['a refused connection'],
    column: 'charge',
    seen: { charge: 4 },
    because:
      'An `XMLHttpRequest` does not say whether a connection was ever made: a budget charges the input of a call that found none.',
  },
  {
    calls: ['axios, stream'],
    in: ['429 for a used-up quota'],
    column: 'details',
    seen: { end: 'throttled' },
    because: "With `responseType: 'stream'` the body of an error is a stream that nobody has read.",
  },
  {
    calls: ['fetch, body', 'axios, stream', 'ky, body'],
    in: ['gzip that is cut'],
    column: 'body',
    seen: { end: 'complete' },
    because:
      'A compressed stream that was cut ends like a whole one. Chunks of a provider have an end that `isFinal` can ask for; plain text has none.',
  },
  {
    calls: ['bedrock', 'ajax', 'Angular, by XML'],
    in: ['bytes that are no gzip'],
    column: 'body',
    seen: { end: 'complete', text: 'Hello world' },
    because: undefined, // what carries them here does not decode at all
  },
];

/** What is seen in a situation: what is expected, but for the exceptions. */
export function expectedIn(situation: Situation, caller: Caller): Partial<Seen> {
  const excepted = exceptionsIn(situation, caller).map(({ seen }) => seen);
  const expected = situation.expected(caller);
  const isComplete = excepted.some(({ end }) => end === 'complete');
  return Object.assign({}, isComplete ? {} : expected, ...excepted);
}

export function exceptionsIn({ name }: Situation, caller: Caller): readonly Exception[] {
  return exceptions.filter(
    (each) =>
      each.calls.some((call) => caller.name.startsWith(call)) &&
      each.in.some((situation) => name.startsWith(situation)),
  );
}
