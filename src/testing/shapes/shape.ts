import type { FakeDimension } from '../fake-limits';
import type { Refusal, Reported } from '../hidden-quota';

/** What is known of an answer when it begins. */
export interface FakeAnswer {
  /** A number for each request of a provider: 1, 2, … */
  readonly number: number;
  readonly model: string;
  /** Tokens of the prompt. */
  readonly input: number;
  /** Tokens of the answer. */
  readonly output: number;
}

/** How a refusal is said: what becomes a body and headers over HTTP, and an error otherwise. */
export interface SaidRefusal {
  readonly status: number;
  readonly message: string;
  readonly code?: string | undefined;
  readonly type?: string | undefined;
  readonly body: object;
}

/** How a provider says what happens: in chunks and over HTTP. */
export interface Shape<C> {
  /** What comes with the first content, before it. */
  head(answer: FakeAnswer): readonly C[];
  content(text: string, answer: FakeAnswer): C;
  /** What ends an answer. */
  tail(answer: FakeAnswer): readonly C[];
  /** A chunk that reports a failure; undefined where a chunk cannot say that. */
  failure(answer: FakeAnswer): C | undefined;
  /** Too many requests, or tokens. `refusal` is absent where no limit was reached. */
  throttled(refusal: Refusal | undefined, hint: number | undefined): SaidRefusal;
  overloaded(): SaidRefusal;
  /** What is said of a path that is not the provider's; undefined for those that are answered. */
  notFound(path: string): SaidRefusal | undefined;
  /** What headers say of the limits; `now` is the time of the scheduler. */
  headers(reported: readonly Reported[], now: number): { [name: string]: string };

  /** Whether a request asks for a stream. */
  streams(path: string, body: unknown): boolean;
  /** Whether a chunk is sent to somebody who asked for this. */
  isWanted(chunk: C, body: unknown): boolean;
  readonly contentType: string;
  /** A chunk as it goes over the wire. */
  wire(chunk: C): string;
  /** Half a chunk. */
  readonly garbled: string;
  /** What follows the last chunk. */
  readonly wireEnd: string;
  /** The whole answer, where no stream was asked for. */
  whole(text: string, answer: FakeAnswer): object | string;
}

/** `tokens` and its kin, as words. */
export function wordsOf(by: FakeDimension | 'places'): string {
  return by === 'places' ? 'concurrent requests' : by.replace('Tokens', ' tokens');
}

/** A duration as Go writes it: `120ms`, `6.5s`, `1m30s`. */
export function goDuration(ms: number): string {
  if (ms < 1_000) {
    return `${Math.ceil(ms)}ms`;
  }
  const minutes = Math.floor(ms / 60_000);
  const seconds = Math.ceil(ms - minutes * 60_000) / 1_000;
  return minutes > 0 ? `${minutes}m${seconds}s` : `${seconds}s`;
}

/** A server-sent event without a name. */
export function sseData(data: unknown): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}
