import { gzipSync } from 'node:zlib';
import type { Answer } from '../support/fault-server';
import type { Caller } from './caller';
import type { Seen } from './seen';

/** One way in which a call goes well or wrong, and what a careful engineer expects of it. */
export interface Situation {
  readonly name: string;
  /** What the server does. Undefined: it does not hear of the call. */
  answer?(caller: Caller): Answer;
  /** Nobody listens at that port. */
  readonly isRefused?: boolean;
  /** The connection is reset once that text has come. */
  readonly act?: { readonly after: string };
  /** The client's own timeout, ms. */
  readonly timeout?: number;
  /** Whether such a call can be in this situation. Default: yes. */
  fits?(caller: Caller): boolean;
  expected(caller: Caller): Partial<Seen>;
}

const text = 'Hello world';
const json = { 'content-type': 'application/json' };

/** The whole answer, as its bytes. */
function bodyOf({ wire, isStream }: Caller): Buffer {
  const pieces = isStream ? wire.pieces : [JSON.stringify(wire.whole)];
  return Buffer.concat(pieces.map((piece) => Buffer.from(piece)));
}

const typeOf = ({ wire, isStream }: Caller) => (isStream ? { 'content-type': wire.type } : json);
const usageIn = ({ wire }: Caller): Partial<Seen> => ({ usage: wire.hasUsage ? [9, 2] : undefined });
const streams = (caller: Caller) => caller.isStream;
const hasEnd = (caller: Caller) => !caller.isStream || caller.wire.hasEnd;

/** Half of the answer: to the middle of the piece after the first text, or of the JSON. */
function half(caller: Caller): Uint8Array[] {
  const { wire, isStream } = caller;
  if (isStream && !wire.hasEnd) {
    return wire.pieces.slice(0, wire.start).map((piece) => Buffer.from(piece));
  }
  const [whole, start] = isStream ? [wire.pieces[wire.start]!, wire.pieces.slice(0, wire.start)] : [bodyOf(caller), []];
  return [...start, whole.slice(0, whole.length / 2)].map((piece) => Buffer.from(piece));
}

/** What came before the answer broke. */
const begun = ({ isStream }: Caller): Partial<Seen> => ({ text: isStream ? 'Hello' : '' });

const kinds: { readonly [status: number]: Seen['end'] } = {
  400: 'fatal',
  401: 'fatal',
  403: 'fatal',
  404: 'fatal',
  408: 'transient',
  409: 'transient',
  413: 'fatal',
  422: 'fatal',
  429: 'throttled',
  500: 'transient',
  503: 'transient',
  529: 'transient',
};

const statuses = Object.entries(kinds).map(([status, end]): Situation => {
  return {
    name: `${status}`,
    answer: ({ wire }) => wire.refusal(Number(status)),
    expected: () => ({
      end,
      charge: status === '408' ? 4 : 0,
      helpsElsewhere: !['400', '413', '422'].includes(status),
    }),
  };
});

const hinted = (status: number, headers: Record<string, string>, hint: number): Situation => ({
  name: `${status} with ${Object.keys(headers).at(-1)}`,
  answer: ({ wire }) => {
    const refusal = wire.refusal(status);
    return { ...refusal, headers: { ...refusal.headers, ...headers } };
  },
  expected: () => ({ end: kinds[status]!, hint }),
});

export const situations: readonly Situation[] = [
  {
    name: 'a whole answer',
    answer: (caller) => ({ pieces: [bodyOf(caller)], headers: typeOf(caller) }),
    expected: (caller) => ({ end: 'complete', text, ...usageIn(caller) }),
  },
  ...statuses,
  hinted(429, { 'retry-after': '7' }, 7_000),
  hinted(429, { 'retry-after-ms': '1500' }, 1_500),
  hinted(429, { 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '17s' }, 17_000),
  hinted(503, { 'retry-after': '7' }, 7_000),
  {
    name: '429 for a used-up quota',
    answer: ({ wire }) => wire.exhausted,
    expected: () => ({ end: 'fatal' }),
  },
  {
    name: '502 of a gateway, in HTML',
    answer: () => ({
      status: 502,
      pieces: ['<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>'],
      headers: { 'content-type': 'text/html' },
    }),
    expected: () => ({ end: 'transient' }),
  },
  {
    name: '200 of a gateway, in HTML',
    answer: () => ({
      pieces: ['<html><head><title>Just a moment</title></head></html>'],
      headers: { 'content-type': 'text/html' },
    }),
    fits: hasEnd,
    expected: () => ({ end: 'transient' }),
  },
  {
    name: 'a refused connection',
    isRefused: true,
    expected: () => ({ end: 'transient', charge: 0 }),
  },
  {
    name: 'a reset before the answer',
    answer: () => ({ ending: 'reset' }),
    expected: () => ({ end: 'transient', charge: 4 }),
  },
  {
    name: 'a reset in the middle',
    answer: (caller) => ({ pieces: half(caller), headers: typeOf(caller), ending: 'stall' }),
    act: { after: 'Hello' },
    expected: (caller) => ({ end: 'transient', ...begun(caller) }),
  },
  {
    name: 'a connection closed in the middle',
    answer: (caller) => ({ pieces: half(caller), headers: typeOf(caller), ending: 'close' }),
    expected: (caller) => ({ end: 'transient', ...begun(caller) }),
  },
  {
    name: 'a body shorter than it was announced',
    answer: (caller) => ({
      pieces: half(caller),
      headers: { ...typeOf(caller), 'content-length': '10000' },
      ending: 'close',
    }),
    expected: (caller) => ({ end: 'transient', ...begun(caller) }),
  },
  {
    name: 'a reset after the end',
    answer: (caller) => ({ pieces: caller.wire.pieces, headers: typeOf(caller), ending: 'stall' }),
    act: { after: text },
    fits: streams,
    expected: (caller) =>
      caller.wire.hasEnd ? { end: 'complete', text, ...usageIn(caller) } : { end: 'transient', text },
  },
  {
    name: 'an answer that is cut, and ends well',
    answer: (caller) => ({ pieces: half(caller), headers: typeOf(caller) }),
    fits: hasEnd,
    expected: (caller) => ({ end: 'transient', ...begun(caller) }),
  },
  {
    name: 'bytes that are no gzip',
    answer: (caller) => ({ pieces: [bodyOf(caller)], headers: { ...typeOf(caller), 'content-encoding': 'gzip' } }),
    expected: () => ({ end: 'transient' }),
  },
  {
    name: 'gzip that is cut',
    answer: (caller) => ({
      pieces: [gzipSync(bodyOf(caller)).subarray(0, 0.5 * gzipSync(bodyOf(caller)).length)],
      headers: { ...typeOf(caller), 'content-encoding': 'gzip' },
    }),
    expected: () => ({ end: 'transient' }),
  },
  {
    name: 'a failure inside of the stream',
    answer: ({ wire }) => ({
      pieces: [...wire.pieces.slice(0, wire.start), wire.failure!],
      headers: { 'content-type': wire.type },
    }),
    fits: ({ wire, isStream }) => isStream && wire.failure !== undefined,
    expected: (caller) => ({ end: 'transient', ...begun(caller) }),
  },
  {
    name: 'its own timeout',
    answer: () => ({ after: new Promise(() => {}) }),
    timeout: 60,
    expected: () => ({ end: 'transient', charge: 4 }),
  },
];
