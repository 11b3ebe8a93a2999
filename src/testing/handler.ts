import { Answering, type Sink } from './answering';
import type { FakeCore, FakeHeaders } from './fake-core';
import type { FakeProviderError } from './fake-provider-error';
import { fakeText } from './fake-text';
import type { FakeAnswer } from './shapes/shape';

/**
 * What a handler needs of a request of Node's.
 *
 * @category Fakes
 */
export interface FakeHttpRequest extends AsyncIterable<Uint8Array> {
  /** The path, with its query. */
  readonly url?: string | undefined;
}

/**
 * What a handler needs of a response of Node's.
 *
 * @category Fakes
 */
export interface FakeHttpResponse {
  /** Sends status and headers. */
  writeHead(status: number, headers: { [name: string]: string }): unknown;
  /** Sends a piece of the body. */
  write(piece: string): unknown;
  /** Sends the last piece of the body. */
  end(piece?: string): unknown;
  /** Tells that the connection is closed, or the response was sent. */
  on(event: 'close', listener: () => void): unknown;
  /** The connection. */
  readonly socket: {
    /** Closes it. */
    end(): unknown;
  } | null;
}

/**
 * A handler of requests for `http.createServer` of Node.
 *
 * @category Fakes
 */
export type FakeRequestHandler = (request: FakeHttpRequest, response: FakeHttpResponse) => void;

/** Lets a fake provider answer over HTTP. */
export function handlerOf<C>(core: FakeCore<C>): FakeRequestHandler {
  return (request, response) => {
    bodyOf(request).then(
      (body) => answer(core, new URL(request.url ?? '/', 'http://fake').pathname, body, response),
      () => undefined, // the connection broke before the request was whole
    );
  };
}

function answer<C>(core: FakeCore<C>, path: string, body: object, response: FakeHttpResponse): void {
  const { shape } = core;
  const unknown = shape.notFound(path);
  if (unknown !== undefined) {
    sendJson(response, unknown.status, {}, unknown.body);
    return;
  }
  const sink = shape.streams(path, body) ? new StreamSink(core, body, response) : new WholeSink(core, response);
  const answering = new Answering<C>(core, sink, body);
  response.on('close', () => answering.leave());
  answering.start();
}

/** Sends each chunk at once. */
class StreamSink<C> implements Sink<C> {
  constructor(
    private readonly core: FakeCore<C>,
    private readonly body: object,
    private readonly response: FakeHttpResponse,
  ) {}

  begin(headers: FakeHeaders): void {
    this.response.writeHead(200, { ...headers, 'content-type': this.core.shape.contentType });
  }

  chunk(chunk: C): void {
    const { shape } = this.core;
    if (shape.isWanted(chunk, this.body)) {
      this.response.write(shape.wire(chunk));
    }
  }

  end(): void {
    this.response.end(this.core.shape.wireEnd);
  }

  refuse(error: FakeProviderError): void {
    sendError(this.response, error);
  }

  cut(): void {
    this.response.socket?.end();
  }

  garble(): void {
    this.response.end(this.core.shape.garbled);
  }

  failInside(chunk: C): void {
    this.response.end(this.core.shape.wire(chunk));
  }
}

/** Sends the whole answer when it is complete. */
class WholeSink<C> implements Sink<C> {
  #headers: FakeHeaders = {};

  constructor(
    private readonly core: FakeCore<C>,
    private readonly response: FakeHttpResponse,
  ) {}

  begin(headers: FakeHeaders): void {
    this.#headers = headers;
  }

  chunk(): void {}

  end(answer: FakeAnswer): void {
    const { shape } = this.core;
    const whole = shape.whole(fakeText(0, answer.output), answer);
    if (typeof whole === 'string') {
      this.response.writeHead(200, { ...this.#headers, 'content-type': shape.contentType });
      this.response.end(whole);
    } else {
      sendJson(this.response, 200, this.#headers, whole);
    }
  }

  refuse(error: FakeProviderError): void {
    sendError(this.response, error);
  }

  cut(): void {
    this.response.socket?.end();
  }

  garble(): void {
    this.response.writeHead(200, { ...this.#headers, 'content-type': 'application/json' });
    this.response.end('{"id":"fake","choi');
  }

  failInside(chunk: C): void {
    sendJson(this.response, 500, this.#headers, chunk as object);
  }
}

function sendError(response: FakeHttpResponse, { status, headers, error }: FakeProviderError): void {
  sendJson(response, status, headers, error);
}

function sendJson(response: FakeHttpResponse, status: number, headers: FakeHeaders, body: object): void {
  response.writeHead(status, { ...headers, 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

/** The parsed body of a request; what is no JSON object has nothing to say. */
async function bodyOf(request: FakeHttpRequest): Promise<object> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const piece of request) {
    text += decoder.decode(piece, { stream: true });
  }
  try {
    return Object(JSON.parse(text)) as object;
  } catch {
    return {};
  }
}
