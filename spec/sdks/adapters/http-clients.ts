import type { Readable } from 'node:stream';
import axios from 'axios';
import got from 'got';
import ky, { type HTTPError } from 'ky';
import { type Caller, messages, okOr, within } from '../caller';
import { openaiWire } from '../wires/openai';
import { textWire } from '../wires/others';

const json = { model: 'm', messages };

/** The body of a web stream, as texts. */
const textsOf = (body: ReadableStream<Uint8Array> | null) => body!.pipeThrough(new TextDecoderStream() as never);

const whole = { wire: openaiWire, isStream: false };
const streamed = { wire: textWire, isStream: true };

const post = async (url: string, signal: AbortSignal) =>
  okOr(await fetch(url, { method: 'POST', body: JSON.stringify(json), signal }));

/** Without these it hands on what it cannot parse, as a text. */
const strictly = { responseType: 'json' as const, transitional: { silentJSONParsing: false } };

/** The body of an error, which cannot be read any more when the error is judged. */
const hooks = {
  beforeError: [async (error: HTTPError) => Object.assign(error, { body: await error.response.clone().text() })],
};

export const httpClients: readonly Caller[] = [
  {
    ...whole,
    name: 'fetch',
    sdk: 'fetch',
    open: async (url, timeout, signal) => (await post(url, within(signal, timeout))).json(),
  },
  {
    ...streamed,
    name: 'fetch, body',
    sdk: 'fetch',
    open: async (url, timeout, signal) => textsOf((await post(url, within(signal, timeout))).body),
  },
  {
    ...whole,
    name: 'axios',
    sdk: 'axios',
    open: async (url, timeout, signal) => (await axios.post(url, json, { ...strictly, signal, timeout })).data,
  },
  {
    ...streamed,
    name: 'axios, stream',
    sdk: 'axios',
    open: async (url, timeout, signal) => {
      const options = { signal, responseType: 'stream' as const, timeout };
      const { data } = await axios.post<Readable>(url, json, options);
      return data.setEncoding('utf8');
    },
  },
  {
    ...whole,
    name: 'got',
    sdk: 'got',
    open: (url, timeout, signal) =>
      got.post(url, { json, signal, retry: { limit: 0 }, timeout: { request: timeout } }).json(),
  },
  {
    ...streamed,
    name: 'got, stream',
    sdk: 'got',
    open: (url, timeout, signal) =>
      got.stream.post(url, { json, signal, retry: { limit: 0 }, timeout: { request: timeout } }).setEncoding('utf8'),
  },
  {
    ...whole,
    name: 'ky',
    sdk: 'ky',
    open: (url, timeout, signal) => ky.post(url, { json, signal, retry: 0, timeout, hooks }).json(),
  },
  {
    ...streamed,
    name: 'ky, body',
    sdk: 'ky',
    open: async (url, timeout, signal) =>
      textsOf((await ky.post(url, { json, signal, retry: 0, timeout, hooks })).body),
  },
];
