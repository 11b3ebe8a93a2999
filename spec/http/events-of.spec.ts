import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { lastValueFrom, type Observable, of, toArray } from 'rxjs';
import { afterEach, describe, expect, expectTypeOf, it, vi } from 'vitest';
import { eventsOf, ResponseError, type ServerEvent } from '../../src/http';
import { classifyError, fromStream, ResilientClient, rateLimitOf, retryAfterOf, textOf } from '../../src/index';
import { fc, runs } from '../support/property';

const types = { sse: 'text/event-stream', ndjson: 'application/x-ndjson', text: 'text/plain', bytes: 'image/png' } as const;
type Format = keyof typeof types;
const bytesOf = (text: string) => new TextEncoder().encode(text);

/** A response whose body comes in these pieces, and what became of it. */
function responseOf(pieces: readonly Uint8Array[], as: Format = 'sse', { ending = 'close' as 'close' | 'stall' | Error, headers = {} } = {}) {
  const seen = { pulled: 0, cancelled: false };
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const piece = pieces[seen.pulled];
      if (piece !== undefined) {
        seen.pulled += 1;
        controller.enqueue(piece);
      } else if (ending === 'close') {
        controller.close();
      } else if (ending !== 'stall') {
        controller.error(ending);
      }
    },
    cancel() { seen.cancelled = true; },
  }, { highWaterMark: 0 });
  return { seen, response: new Response(body, { headers: { 'content-type': types[as], ...headers } }) };
}
const textResponse = (text: string, as: Format = 'sse') => responseOf([bytesOf(text)], as).response;

async function gathered<T>(values: AsyncIterable<T>): Promise<{ values: T[]; error: unknown }> {
  const seen = { values: [] as T[], error: undefined as unknown };
  try {
    for await (const value of values) {
      seen.values.push(value);
    }
  } catch (error) {
    seen.error = error;
  }
  return seen;
}
const all = async <T>(values: AsyncIterable<T>): Promise<T[]> => {
  const seen = await gathered(values);
  expect(seen.error).toBeUndefined();
  return seen.values;
};

describe('U4: eventsOf reads server-sent events', () => {
  it('gives name, parsed data and id', async () => {
    const response = textResponse('event: token\nid: 7\ndata: {"text":"hi"}\n\n: a comment\n\nretry: 10\ndata: [1,\ndata: 2]\n\ndata: 5\nfoo: bar\n\n');
    expect(await all(eventsOf(response))).toEqual([{ event: 'token', id: '7', data: { text: 'hi' } }, { data: [1, 2] }, { data: 5 }]);
  });

  it('leaves data as it is with json: false, and gives undefined where there is none', async () => {
    const text = 'data: {"text":\n\nevent: end\ndata:\n\n';
    expect(await all(eventsOf(textResponse(text), { json: false }))).toEqual([{ data: '{"text":' }, { event: 'end', data: '' }]);
    const parsed = await all(eventsOf(textResponse('event: end\ndata:\n\n')));
    expect(parsed).toEqual([{ event: 'end', data: undefined }]);
  });

  it.each([undefined, false])('ends at [DONE], and cancels the rest (json: %s)', async (json) => {
    const { response, seen } = responseOf([bytesOf('data: 1\n\ndata: [DONE]\n\ndata: 2\n\n')], 'sse', { ending: 'stall' });
    expect((await all(eventsOf(response, { json }))).length).toBe(1);
    expect(seen.cancelled).toBe(true);
  });

  it.each([['LF', '\n'], ['CR', '\r'], ['CRLF', '\r\n']])('takes %s for the end of a line, at once and at the very end', async (_, newline) => {
    const text = ['id: 1', 'data: "a"', '', 'data: "b"', 'data:', '', ''].join(newline);
    const expected = [{ id: '1', data: 'a' }, { data: 'b' }];
    expect(await all(eventsOf(textResponse(text)))).toEqual(expected);
    const { response } = responseOf([bytesOf(text)], 'sse', { ending: 'stall' });
    const iterator = eventsOf(response)[Symbol.asyncIterator]();
    expect([(await iterator.next()).value, (await iterator.next()).value]).toEqual(expected);
    await iterator.return!();
  });

  it.each(['data:[DONE]', 'data:  [DONE]', 'data: [DONE] '])('ends at %j', async (end) => {
    expect(await all(eventsOf(textResponse(`data: 1\n\n${end}\n\ndata: 2\n\n`)))).toEqual([{ data: 1 }]);
  });

  it('drops an event that is cut off', async () => {
    expect(await all(eventsOf(textResponse('data: 1\n\ndata: 2\n')))).toEqual([{ data: 1 }]);
  });

  it('delivers what stands before garbled data, and then fails as something that is worth a retry', async () => {
    const { response, seen } = responseOf([bytesOf('data: 1\n\ndata: {"a\n\ndata: 2\n\n')], 'sse', { ending: 'stall' });
    const { values, error } = await gathered(eventsOf(response));
    expect(values).toEqual([{ data: 1 }]);
    expect(error).toBeInstanceOf(SyntaxError);
    expect(classifyError(error)).toBe('transient');
    expect(seen.cancelled).toBe(true);
  });

  it('says how to read text that is no JSON', async () => {
    const message = /^eventsOf: no JSON, read text with json: false: Unexpected token 'h', "hello world" is not valid JSON$/;
    const { error } = await gathered(eventsOf(textResponse('data: hello world\n\n')));
    expect(error).toMatchObject({ message: expect.stringMatching(message), cause: expect.any(SyntaxError) });
    const line = await gathered(eventsOf(textResponse('hello world\n', 'ndjson'), { as: 'ndjson' }));
    expect(line.error).toMatchObject({ message: expect.stringMatching(message) });
  });

  it('is understood by the readers of chunks', async () => {
    const [event] = await all(eventsOf(textResponse('data: {"choices":[{"index":0,"delta":{"content":"hi"}}]}\n\n')));
    expect(textOf(event)).toBe('hi');
  });
});

describe('U4: eventsOf reads other bodies', () => {
  it('lines of JSON, with any end, and without one at the end', async () => {
    const text = '\ufeff{"a":1}\n\n{"a":2}\r\n  \n"three"';
    expect(await all(eventsOf(textResponse(text, 'ndjson'), { as: 'ndjson' }))).toEqual([{ a: 1 }, { a: 2 }, 'three']);
    expect(await all(eventsOf(textResponse(text, 'ndjson'), { as: 'ndjson', json: false }))).toEqual(['{"a":1}', '{"a":2}', '"three"']);
  });

  it('a line that is cut off is an error', async () => {
    const { values, error } = await gathered(eventsOf(textResponse('{"a":1}\n{"a":', 'ndjson'), { as: 'ndjson' }));
    expect([values, classifyError(error)]).toEqual([[{ a: 1 }], 'transient']);
  });

  it('text, with characters that stay whole, and bytes as they are', async () => {
    const pieces = [...bytesOf('\ufeffné😀')].map((byte) => Uint8Array.of(byte));
    expect(await all(eventsOf(responseOf(pieces, 'text').response, { as: 'text' }))).toEqual(['n', 'é', '😀']);
    expect(await all(eventsOf(responseOf(pieces.slice(0, -1), 'text').response, { as: 'text' }))).toEqual(['n', 'é', '\ufffd']);
    expect(await all(eventsOf(responseOf(pieces, 'bytes').response, { as: 'bytes' }))).toEqual(pieces);
  });

  it('nothing where there is no body', async () => {
    expect(await all(eventsOf(new Response(null, { status: 204 })))).toEqual([]);
  });
});

describe('U4: eventsOf, wherever a body is cut into pieces', () => {
  const word = fc.oneof(fc.constantFrom('ä', '漢字', '😀', 'e\u0301', '\u2028', '"', '\\', 'data: x', ':'), fc.string({ unit: 'grapheme', maxLength: 8 }));
  const event = fc.record({
    event: fc.option(fc.constantFrom('token', 'ping'), { nil: undefined }),
    id: fc.option(fc.nat().map(String), { nil: undefined }),
    data: fc.oneof(word, fc.record({ text: word, n: fc.integer() })),
  });
  const newlines = fc.constantFrom('\n', '\r', '\r\n');
  const written = (events: readonly { event: string | undefined; id: string | undefined; data: unknown }[], newline: string) =>
    events.map(({ event, id, data }) => {
      const lines = JSON.stringify(data, undefined, 1).split('\n').map((line) => `data: ${line}`);
      return [...(event ? [`event: ${event}`] : []), ...(id ? [`id: ${id}`] : []), ...lines, '', ''].join(newline);
    });
  const stripped = (events: readonly object[]) => JSON.parse(JSON.stringify(events)) as unknown;

  it('gives the same events, cut at every place', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 3 }), newlines, fc.boolean(), async (events, newline, bom) => {
        const bytes = bytesOf((bom ? '\ufeff' : '') + written(events, newline).join(''));
        for (let cut = 0; cut <= bytes.length; cut += 1) {
          const { response } = responseOf([bytes.subarray(0, cut), bytes.subarray(cut)]);
          expect(await all(eventsOf(response))).toEqual(stripped(events));
        }
      }),
      { numRuns: runs(20) },
    );
  });

  it('gives the same events in pieces of any size, byte by byte as well', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 8 }), newlines, fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1 }), async (events, newline, sizes) => {
        const bytes = bytesOf(written(events, newline).join(''));
        const pieces: Uint8Array[] = [];
        for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
          const size = sizes.every((each) => each === 0) ? 1 : sizes[turn % sizes.length]!;
          pieces.push(bytes.subarray(at, at + size));
          at += size;
        }
        expect(await all(eventsOf(responseOf(pieces).response))).toEqual(stripped(events));
      }),
      { numRuns: runs(100) },
    );
  });

  it('gives the first events of a body that ends early, and never a part of one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 4 }), newlines, async (events, newline) => {
        const parts = written(events, newline);
        const bytes = bytesOf(parts.join(''));
        for (let end = 0; end < bytes.length; end += 1) {
          // A CR ends the line whether LF follows or not, so an event may be complete one byte early.
          const complete = parts.filter((_, index) => bytesOf(parts.slice(0, index + 1).join('')).length - (newline === '\r\n' ? 1 : 0) <= end);
          expect(await all(eventsOf(responseOf([bytes.subarray(0, end)]).response))).toEqual(stripped(events.slice(0, complete.length)));
        }
      }),
      { numRuns: runs(20) },
    );
  });

  it('gives the same lines of JSON, cut at every place', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ text: word }), { maxLength: 4 }), fc.constantFrom('\n', '\r\n'), async (values, newline) => {
        const bytes = bytesOf(values.map((value) => JSON.stringify(value) + newline).join(''));
        for (let cut = 0; cut <= bytes.length; cut += 1) {
          const { response } = responseOf([bytes.subarray(0, cut), bytes.subarray(cut)], 'ndjson');
          expect(await all(eventsOf(response, { as: 'ndjson' }))).toEqual(values);
        }
      }),
      { numRuns: runs(20) },
    );
  });

  it('takes time by the length of a line, not by its square', async () => {
    const pieces = [bytesOf('data: "'), ...Array.from({ length: 20_000 }, () => bytesOf('x'.repeat(50))), bytesOf('"\n\n')];
    for (const as of ['sse', 'ndjson'] as const) {
      const begun = performance.now();
      const lines = as === 'sse' ? pieces : [bytesOf('"'), ...pieces.slice(1)];
      const [value] = await all(eventsOf<string>(responseOf(lines, as).response, { as } as { as: 'ndjson' }));
      expect(((value as { data?: string }).data ?? value)?.length).toBe(1_000_000);
      expect(performance.now() - begun).toBeLessThan(5_000);
    }
  });
});

const readBefore = 'eventsOf: the response was read before; call fetch inside of open, so that each attempt has one of its own';

describe('U4: eventsOf, of a response that is none', () => {
  const refused = async (status: number, body: BodyInit | null, headers: Record<string, string> = {}) =>
    (await gathered(eventsOf(new Response(body, { status, headers })))).error as ResponseError;

  it('throws what the errors of SDKs say', async () => {
    const error = await refused(429, '{"error":{"code":"rate_limit_exceeded","message":"Slow\\n down"}}', {
      'retry-after': '7', 'x-ratelimit-limit-requests': '10', 'x-ratelimit-remaining-requests': '0',
    });
    expect(error).toBeInstanceOf(ResponseError);
    expect(error).toMatchObject({ name: 'ResponseError', status: 429, body: '{"error":{"code":"rate_limit_exceeded","message":"Slow\\n down"}}' });
    expect(error.message).toBe('HTTP 429: {"error":{"code":"rate_limit_exceeded","message":"Slow\\n down"}}');
    expect(classifyError(error)).toBe('throttled');
    expect(retryAfterOf(error)).toBe(7_000);
    expect(rateLimitOf(error)).toEqual({ requests: { limit: 10, remaining: 0 } });
  });

  it.each([
    [400, '', 'fatal'], [401, 'no', 'fatal'], [408, '', 'transient'], [429, '', 'throttled'],
    [429, '{"error":{"code":"insufficient_quota"}}', 'fatal'], [500, '<html>', 'transient'], [503, '', 'transient'],
  ])('%s %s is %s', async (status, body, kind) => {
    expect(classifyError(await refused(status, body))).toBe(kind);
  });

  it('says status and its words', () => {
    const error = new ResponseError({ status: 503, statusText: 'Service Unavailable', headers: new Headers(), body: '' });
    expect(error.message).toBe('HTTP 503 Service Unavailable');
  });

  it('keeps 64 kB of a body, and cancels the rest', async () => {
    let pulled = 0;
    let isCancelled = false;
    const endless = new ReadableStream({
      pull(controller) { pulled += 1; controller.enqueue(new Uint8Array(10_000).fill(65)); },
      cancel() { isCancelled = true; },
    });
    const error = await refused(500, endless);
    expect(error.body).toBe('A'.repeat(65_536));
    expect(pulled).toBeLessThan(10);
    expect(isCancelled).toBe(true);
    expect(error.message.length).toBeLessThan(250);
  });

  it('keeps what came of a body that broke', async () => {
    let isFirst = true;
    const broken = new ReadableStream({
      pull(controller) {
        if (isFirst) {
          isFirst = false;
          controller.enqueue(bytesOf('{"err'));
        } else {
          controller.error(new TypeError('terminated'));
        }
      },
    });
    expect(await refused(502, broken)).toMatchObject({ status: 502, body: '{"err' });
    expect(await refused(502, null)).toMatchObject({ status: 502, body: '' });
  });

  it('throws a TypeError for another content type, which is fatal, and cancels the body', async () => {
    for (const [as, type] of [['sse', 'text/html'], ['sse', 'application/json'], ['ndjson', 'text/event-stream'], ['text', 'image/png']] as const) {
      const { response, seen } = responseOf([bytesOf('{}')], 'sse', { headers: { 'content-type': `${type}; charset=utf-8` } });
      const { error } = await gathered(eventsOf(response, { as } as { as: 'text' }));
      expect(error).toBeInstanceOf(TypeError);
      expect((error as Error).message).toMatch(new RegExp(`^eventsOf: with as: '${as}' the content type must be .*, got ${type}; charset=utf-8$`));
      expect(classifyError(error)).toBe('fatal');
      expect(seen.cancelled).toBe(true);
    }
  });

  it.each([
    ['sse', 'Text/Event-Stream;charset=UTF-8'], ['sse', 'text/event-stream, text/event-stream'], ['ndjson', 'application/ndjson'], ['ndjson', 'application/jsonl'], ['ndjson', 'application/stream+json'],
    ['text', 'text/html'], ['text', 'application/json'], ['text', 'application/problem+json'], ['bytes', 'application/octet-stream'],
  ] as const)('%s takes %s', async (as, type) => {
    const { response } = responseOf([], as, { headers: { 'content-type': type } });
    expect(await all(eventsOf(response, { as } as { as: 'text' }))).toEqual([]);
  });

  it('believes a response that does not say what it is', async () => {
    const { response } = responseOf([bytesOf('data: 1\n\n')]);
    response.headers.delete('content-type');
    expect(await all(eventsOf(response))).toEqual([{ data: 1 }]);
  });

  it('throws for what is no response, and passes on why there is none', async () => {
    for (const nothing of [undefined, null, {}, 'text', { headers: new Map() }]) {
      const { error } = await gathered(eventsOf(Promise.resolve(nothing as unknown as Response)));
      expect((error as Error).message).toMatch(/^eventsOf: response must be a Response or a promise of one, got/);
      expect(classifyError(error)).toBe('fatal');
    }
    const reason = new TypeError('fetch failed');
    expect(await gathered(eventsOf(Promise.reject(reason)))).toEqual({ values: [], error: reason });
    expect((await gathered(eventsOf(responseOf([], 'sse', { ending: reason }).response))).error).toBe(reason);
  });

  it.each(['read', 'read in part', 'being read'])('throws a TypeError for a response that is %s, which is fatal', async (how) => {
    const { response } = responseOf([bytesOf('data: 1\n\n'), bytesOf('data: 2\n\n')]);
    if (how === 'read') {
      await all(eventsOf(response));
    } else {
      const reader = response.body!.getReader();
      await reader.read();
      if (how === 'read in part') {
        reader.releaseLock();
      }
    }
    const { values, error } = await gathered(eventsOf(response));
    expect(values).toEqual([]);
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toBe(readBefore);
    expect(classifyError(error)).toBe('fatal');
  });

  it.each(['read', 'being read'])('tells the status of a response that is %s', async (how) => {
    const response = new Response('slow down', { status: 429, headers: { 'retry-after': '3' } });
    if (how === 'read') {
      await response.text();
    } else {
      response.body!.getReader();
    }
    const { error } = await gathered(eventsOf(response));
    expect(error).toBeInstanceOf(ResponseError);
    expect(error).toMatchObject({ status: 429, body: '' });
    expect(retryAfterOf(error)).toBe(3_000);
  });

  it('does not wait for more of a body than it keeps', async () => {
    const { response } = responseOf([new Uint8Array(65_536).fill(65)], 'sse', { ending: 'stall' });
    const error = await refused(500, response.body);
    expect(error.body).toBe('A'.repeat(65_536));
  });

  it('throws for a response that was read before: a retry needs a request of its own', async () => {
    const read = textResponse('data: 1\n\n');
    await read.text();
    const broken = Promise.resolve(responseOf([], 'sse', { ending: new TypeError('terminated') }).response);
    const events = eventsOf(Promise.resolve(new Response('busy', { status: 503 })));
    const client = new ResilientClient({ retryBackoff: { baseDelay: 1 } });
    for (const open of [() => eventsOf(read), () => eventsOf(broken), () => events]) {
      const error = await client.run(open).catch((thrown) => thrown);
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toBe(readBefore);
      expect(classifyError(error)).toBe('fatal');
    }
  });

  it('C2: refuses options that it does not know', () => {
    expect(() => eventsOf(new Response(), { as: 'xml' } as never)).toThrow("eventsOf: as must be one of 'sse', 'ndjson', 'text', 'bytes', got \"xml\"");
    expect(() => eventsOf(new Response(), { json: 1 } as never)).toThrow('eventsOf: json must be a boolean, got 1');
    expect(() => eventsOf(new Response(), { format: 'sse' } as never)).toThrow('eventsOf: unknown option format');
  });
});

describe('U4: eventsOf stops', () => {
  it('when the loop is left: the body is cancelled', async () => {
    const { response, seen } = responseOf([bytesOf('data: 1\n\ndata: 2\n\n'), bytesOf('data: 3\n\n')], 'sse', { ending: 'stall' });
    for await (const _ of eventsOf(response)) {
      break;
    }
    expect(seen).toEqual({ pulled: 1, cancelled: true });
  });

  it('while a piece is awaited, before the first one as well', async () => {
    for (const count of [0, 1]) {
      const { response, seen } = responseOf([bytesOf('data: 1\n\n')].slice(0, count), 'sse', { ending: 'stall' });
      const iterator = eventsOf(response)[Symbol.asyncIterator]();
      for (let n = 0; n < count; n += 1) await iterator.next();
      const pending = iterator.next();
      await Promise.resolve();
      await iterator.return!();
      expect(await pending).toEqual({ done: true, value: undefined });
      expect(seen.cancelled).toBe(true);
      expect(await iterator.next()).toEqual({ done: true, value: undefined });
    }
  });

  it('before the response is there: it is cancelled when it comes, and a failure is nobody\'s', async () => {
    const { response, seen } = responseOf([bytesOf('data: 1\n\n')]);
    let arrive!: (response: Response) => void;
    let fail!: (error: unknown) => void;
    const iterators = [new Promise<Response>((resolve) => { arrive = resolve; }), new Promise<Response>((_, reject) => { fail = reject; })].map((promise) => eventsOf(promise)[Symbol.asyncIterator]());
    const pending = iterators.map((iterator) => iterator.next());
    for (const iterator of iterators) void iterator.return!();
    arrive(response);
    fail(new Error('late'));
    expect(await Promise.all(pending)).toEqual([{ done: true, value: undefined }, { done: true, value: undefined }]);
    await vi.waitFor(() => expect(seen.cancelled).toBe(true));
  });

  it('without ever being read', async () => {
    const { response, seen } = responseOf([]);
    await eventsOf(response)[Symbol.asyncIterator]().return!();
    await vi.waitFor(() => expect(seen.cancelled).toBe(true));
  });

  it('pulls no more than is asked for', async () => {
    const { response, seen } = responseOf(Array.from({ length: 10 }, (_, n) => bytesOf(`data: ${n}\n\n`)));
    const iterator = eventsOf(response)[Symbol.asyncIterator]();
    await iterator.next();
    await iterator.next();
    expect(seen.pulled).toBe(2);
  });

  it('does not cancel what has ended', async () => {
    const { response, seen } = responseOf([bytesOf('data: 1\n\n')]);
    await all(eventsOf(response));
    expect(seen.cancelled).toBe(false);
  });
});

describe('U4: eventsOf with a server', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });
  async function serve(listener: RequestListener): Promise<string> {
    const server = createServer(listener);
    servers.push(server);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it('hangs up when it is unsubscribed while the stream stalls', async () => {
    let closed = 0;
    const url = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
      response.on('close', () => { closed += 1; });
    });
    const seen: unknown[] = [];
    const subscription = fromStream((signal) => eventsOf(fetch(url, { signal }))).subscribe((event) => seen.push(event));
    await vi.waitFor(() => expect(seen).toEqual([{ data: 1 }]));
    subscription.unsubscribe();
    await vi.waitFor(() => expect(closed).toBe(1));
    // Without a signal, too: the body is cancelled.
    const other = fromStream(() => eventsOf(fetch(url))).subscribe((event) => seen.push(event));
    await vi.waitFor(() => expect(seen.length).toBe(2));
    other.unsubscribe();
    await vi.waitFor(() => expect(closed).toBe(2));
  });

  it('goes on from the last id after the connection has died, wherever that was', async () => {
    const tokens = ['Once ', 'upon ', 'a ', 'time.'];
    for (let cut = 0; cut <= tokens.length; cut += 1) {
      const asked: (string | undefined)[] = [];
      const url = await serve((request, response) => {
        const last = request.headers['last-event-id'];
        asked.push(last as string | undefined);
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.flushHeaders();
        const first = last === undefined ? 0 : Number(last) + 1;
        for (const [index, text] of tokens.entries()) {
          if (index >= first && (asked.length > 1 || index < cut)) {
            response.write(`id: ${index}\ndata: ${JSON.stringify({ text })}\n\n`);
          }
        }
        if (asked.length > 1) {
          response.end('event: done\ndata:\n\n');
        } else {
          setTimeout(() => response.socket?.destroy(), 20);
        }
      });
      const client = new ResilientClient({ retryBackoff: { baseDelay: 1 } });
      const answer = client.call(
        (signal, { delivered }) => {
          const id = (delivered as ServerEvent[]).at(-1)?.id;
          return eventsOf<{ text: string } | undefined>(fetch(url, { signal, headers: id === undefined ? {} : { 'last-event-id': id } }));
        },
        { afterValues: 'continue', isFinal: ({ event }) => event === 'done' },
      );
      const events = await lastValueFrom(answer.pipe(toArray()));
      expect(events.map(({ data }) => data?.text ?? '').join('')).toBe('Once upon a time.');
      expect(asked).toEqual([undefined, cut === 0 ? undefined : String(cut - 1)]);
    }
  });

  it('lets a client wait for as long as the server asks', async () => {
    let requests = 0;
    const url = await serve((_request, response) => {
      requests += 1;
      if (requests === 1) {
        response.writeHead(429, { 'retry-after-ms': '30' }).end('busy');
      } else {
        response.writeHead(200, { 'content-type': 'text/event-stream' }).end('data: "hi"\n\n');
      }
    });
    const client = new ResilientClient({ retryBackoff: { baseDelay: 1 } });
    const begun = performance.now();
    const event = await lastValueFrom(client.call((signal) => eventsOf(fetch(url, { signal }))));
    expect(event).toEqual({ data: 'hi' });
    expect(performance.now() - begun).toBeGreaterThanOrEqual(28);
  });
});

describe('the types of eventsOf', () => {
  it('follow from what is read', () => {
    const response = new Response();
    expectTypeOf(eventsOf(response)).toEqualTypeOf<AsyncIterable<ServerEvent<unknown>>>();
    expectTypeOf(eventsOf<number>(response)).toEqualTypeOf<AsyncIterable<ServerEvent<number>>>();
    expectTypeOf(eventsOf(response, { json: false })).toEqualTypeOf<AsyncIterable<ServerEvent<string>>>();
    expectTypeOf(eventsOf<number>(response, { as: 'ndjson' })).toEqualTypeOf<AsyncIterable<number>>();
    expectTypeOf(eventsOf(response, { as: 'ndjson', json: false })).toEqualTypeOf<AsyncIterable<string>>();
    expectTypeOf(eventsOf(response, { as: 'text' })).toEqualTypeOf<AsyncIterable<string>>();
    expectTypeOf(eventsOf(response, { as: 'bytes' })).toEqualTypeOf<AsyncIterable<Uint8Array>>();
    expectTypeOf(fromStream(() => eventsOf<number>(response))).toEqualTypeOf<Observable<ServerEvent<number>>>();
    expectTypeOf(of(1)).toEqualTypeOf<Observable<number>>();
  });
});
