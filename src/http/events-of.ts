import { Options } from '../internal/options';
import { Body, readBefore } from './body';
import type { BodyFormat } from './content-type';
import { Lines } from './lines';
import { SseEvents } from './sse';

/**
 * A server-sent event.
 *
 * @category HTTP
 */
export interface ServerEvent<D = unknown> {
  /** Its name, if it has one. */
  readonly event?: string | undefined;
  /** What its JSON says; undefined where it is empty. A string with `json: false`. */
  readonly data: D;
  /** Its own id, if it has one. With the last id that came, a request can ask for the rest: `Last-Event-ID`. */
  readonly id?: string | undefined;
}

/**
 * Options of {@link eventsOf}.
 *
 * @category HTTP
 */
export interface EventsOptions {
  /**
   * What the body is: server-sent events, lines of JSON, text in the pieces in which it comes, or bytes. Default `'sse'`.
   */
  readonly as?: BodyFormat | undefined;
  /** Whether events and lines are parsed as JSON; else they are strings. Default true. */
  readonly json?: boolean | undefined;
}

/**
 * Reads the stream of a server of your own: what comes in the body of a response, as it comes. For what `open` returns,
 * or for `for await`. Leaving it cancels the body, so that the server sees the connection close.
 *
 * - `sse`: events as the standard has it. `[DONE]` ends them. An event that is cut off is dropped: use `isFinal` to
 *   know that an answer is whole.
 * - `ndjson`: one JSON value for each line. Empty lines are skipped.
 * - A body that is no JSON where it should be is a `SyntaxError`, which is worth a retry.
 *
 * @param response what `fetch` returns, awaited or not. It is read once.
 * @throws TypeError for options that it does not know. While it is read: {@link ResponseError} for a status that is not
 * 2xx; TypeError for a response that calls itself something else than `as`, or was read before; and whatever breaks the
 * connection.
 * @category HTTP
 *
 * @example
 * ```ts
 * import { ResilientClient } from 'rxjs-resilience';
 * import { eventsOf, type ServerEvent } from 'rxjs-resilience/http';
 *
 * const client = new ResilientClient({ retryBackoff: {}, timeout: { first: 20_000 } });
 *
 * const answer = client.call(
 *   (signal, { delivered }) => {
 *     const last = (delivered as ServerEvent[]).flatMap(({ id }) => id ?? []).at(-1); // after it the server goes on
 *     const headers = new Headers(last === undefined ? {} : { 'last-event-id': last });
 *     return eventsOf<{ text: string }>(fetch('/api/answer', { headers, signal }));
 *   },
 *   { afterValues: 'continue', isFinal: ({ event }) => event === 'done' },
 * );
 * ```
 */
export function eventsOf(
  response: Response | PromiseLike<Response>,
  options: { readonly as?: 'sse' | undefined; readonly json: false },
): AsyncIterable<ServerEvent<string>>;
export function eventsOf<D = unknown>(
  response: Response | PromiseLike<Response>,
  options?: { readonly as?: 'sse' | undefined; readonly json?: boolean | undefined },
): AsyncIterable<ServerEvent<D>>;
export function eventsOf(
  response: Response | PromiseLike<Response>,
  options: { readonly as: 'ndjson'; readonly json: false },
): AsyncIterable<string>;
export function eventsOf<D = unknown>(
  response: Response | PromiseLike<Response>,
  options: { readonly as: 'ndjson'; readonly json?: boolean | undefined },
): AsyncIterable<D>;
export function eventsOf(
  response: Response | PromiseLike<Response>,
  options: { readonly as: 'text' },
): AsyncIterable<string>;
export function eventsOf(
  response: Response | PromiseLike<Response>,
  options: { readonly as: 'bytes' },
): AsyncIterable<Uint8Array>;
export function eventsOf(
  response: Response | PromiseLike<Response>,
  options: EventsOptions = {},
): AsyncIterable<unknown> {
  new Options('eventsOf', options, ['as', 'json']).oneOf('as', ['sse', 'ndjson', 'text', 'bytes']).booleans('json');
  const body = new Body(response);
  const values = valuesIn(body, options.as ?? 'sse', options.json ?? true);
  const iterator: AsyncIterableIterator<unknown> = {
    next: () => values.next(),
    // A generator hears of it only after the piece that it waits for, which may never come.
    return: () => {
      body.leave();
      return values.return(undefined);
    },
    [Symbol.asyncIterator]: () => {
      if (body.isOver) {
        throw readBefore(); // a retry of these events would take their end for an answer
      }
      return iterator;
    },
  };
  return iterator;
}

async function* valuesIn(body: Body, as: BodyFormat, json: boolean): AsyncGenerator<unknown, undefined> {
  try {
    await body.open(as);
    switch (as) {
      case 'bytes':
        yield* bytesIn(body);
        break;
      case 'text':
        yield* textIn(body);
        break;
      case 'ndjson':
        yield* linesIn(body, json);
        break;
      case 'sse':
        yield* eventsIn(body, json);
    }
  } finally {
    body.leave();
  }
}

async function* bytesIn(body: Body): AsyncGenerator<Uint8Array> {
  for (let piece = await body.next(); piece !== undefined; piece = await body.next()) {
    yield piece;
  }
}

/** Characters stay whole wherever pieces begin; a byte order mark is left out. */
async function* textIn(body: Body): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for (let piece = await body.next(); piece !== undefined; piece = await body.next()) {
    const text = decoder.decode(piece, { stream: true });
    if (text !== '') {
      yield text;
    }
  }
  const rest = decoder.decode();
  if (rest !== '') {
    yield rest;
  }
}

async function* linesIn(body: Body, json: boolean): AsyncGenerator<unknown> {
  for await (const line of partsIn(body, new Lines())) {
    if (line.trim() !== '') {
      yield json ? parsed(line) : line;
    }
  }
}

async function* eventsIn(body: Body, json: boolean): AsyncGenerator<ServerEvent> {
  for await (const { event, data, id } of partsIn(body, new SseEvents())) {
    if (data.trim() === '[DONE]') {
      return;
    }
    const value = json ? (data === '' ? undefined : parsed(data)) : data;
    yield {
      ...(event === undefined ? undefined : { event }),
      data: value,
      ...(id === undefined ? undefined : { id }),
    };
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SyntaxError(`eventsOf: no JSON, read text with json: false: ${(cause as Error).message}`, { cause });
  }
}

/** Parses one part after the other, so that those before a broken one are delivered. */
async function* partsIn<P>(body: Body, parser: { feed(text: string): P[]; end(): P[] }): AsyncGenerator<P> {
  for await (const text of textIn(body)) {
    yield* parser.feed(text);
  }
  yield* parser.end();
}
