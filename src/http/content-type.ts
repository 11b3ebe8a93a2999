import { brandProgrammingError } from '../provider';

/** How a body is read. */
export type BodyFormat = 'sse' | 'ndjson' | 'text' | 'bytes';

/** What a body may call itself; undefined is anything. */
const types: { readonly [as in BodyFormat]: { readonly test: RegExp; readonly names: string } | undefined } = {
  sse: { test: /^text\/event-stream$/, names: 'text/event-stream' },
  ndjson: {
    test: /^(?:application|text)\/(?:x-)?(?:ndjson|jsonl|jsonlines|json-lines|stream\+json)$/,
    names: 'application/x-ndjson, application/jsonl or one of their kin',
  },
  text: { test: /^text\/|^application\/(?:.+\+)?(?:json|xml|javascript|x-ndjson|ndjson|jsonl)$/, names: 'text' },
  bytes: undefined,
};

/** Throws if a response calls itself something else than what it is to be read as. One that does not say is believed. */
export function checkContentType(as: BodyFormat, headers: Headers): void {
  const given = headers.get('content-type');
  const type = given
    ?.replace(/[;,].*/s, '')
    .trim()
    .toLowerCase();
  const expected = types[as];
  if (type && expected?.test.test(type) === false) {
    throw brandProgrammingError(
      new TypeError(`eventsOf: with as: '${as}' the content type must be ${expected.names}, got ${given}`),
    );
  }
}
