import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the server does with one request. */
export interface Answer {
  /** Default 200. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** The whole body. */
  readonly json?: unknown;
  /** The body piece by piece, as it goes over the wire. */
  readonly pieces?: readonly (string | Uint8Array)[];
  /**
   * What follows the body: its end, silence, the end of the connection; or a reset of the connection instead of an
   * answer. Default `'end'`.
   */
  readonly ending?: 'end' | 'stall' | 'close' | 'reset';
  /** Not a byte is sent before this resolves. */
  readonly after?: Promise<unknown>;
}

/** One request, and what became of its connection. */
export interface Exchange {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
  /** When the connection was closed, or the answer was complete: ms on the clock of `performance.now`. */
  readonly closed: Promise<{ readonly at: number; readonly isComplete: boolean }>;
  /** Lets the socket die now, in the middle of the answer. */
  die(): void;
  /** Resets the connection now: what has not been read may be lost. */
  reset(): void;
}

/** A server that does with each request what it was told: for what a correct provider, or a mock of one, never does. */
export class FaultServer {
  readonly exchanges: Exchange[] = [];
  readonly #answers: Answer[] = [];
  readonly #server: Server;
  #onExchange: (() => void)[] = [];

  private constructor() {
    this.#server = createServer(async (request, response) => {
      const body = await bodyOf(request);
      this.#record(request, response, body);
      await send(response, this.#answers.shift() ?? { status: 500, json: { error: { message: 'No answer is left' } } });
    });
  }

  static async start(): Promise<FaultServer> {
    const server = new FaultServer();
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Tells what to do with the next requests, one answer for each. */
  answer(...answers: readonly Answer[]): void {
    this.#answers.push(...answers);
  }

  /** The request with that number, as soon as it has come. */
  async exchange(index: number): Promise<Exchange> {
    while (this.exchanges[index] === undefined) {
      await new Promise<void>((resolve) => this.#onExchange.push(resolve));
    }
    return this.exchanges[index];
  }

  /** Ends all connections; from then on they are refused. */
  async stop(): Promise<void> {
    const stopped = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await stopped;
  }

  #record(request: IncomingMessage, response: ServerResponse, body: string): void {
    this.exchanges.push({
      path: request.url ?? '',
      headers: request.headers,
      body: body === '' ? undefined : JSON.parse(body),
      closed: new Promise((resolve) => {
        response.on('close', () => resolve({ at: performance.now(), isComplete: response.writableFinished }));
      }),
      die: () => response.socket?.destroy(),
      reset: () => response.socket?.resetAndDestroy(),
    });
    for (const resolve of this.#onExchange.splice(0)) {
      resolve();
    }
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const piece of request.setEncoding('utf8')) {
    text += piece;
  }
  return text;
}

async function send(response: ServerResponse, answer: Answer): Promise<void> {
  const { status = 200, headers, json, pieces = [], ending = 'end', after } = answer;
  await after;
  if (ending === 'reset') {
    response.socket?.resetAndDestroy();
    return;
  }
  response.sendDate = false; // dates in headers are read relative to it: only what the answer says
  const type = json === undefined ? 'text/event-stream' : 'application/json';
  response.writeHead(status, { 'content-type': type, ...headers });
  response.flushHeaders();
  for (const piece of json === undefined ? pieces : [JSON.stringify(json)]) {
    response.write(piece);
  }
  if (ending === 'end') {
    response.end();
  } else if (ending === 'close') {
    setImmediate(() => response.socket?.destroySoon());
  }
}
