import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { takeWhile } from 'rxjs';
import { estimateTokens, slidingWindow } from 'rxjs-resilience';
import {
  type FakeOpenAIChunk,
  FakeProviderError,
  type Faults,
  fakeProvider,
  seededRandom,
} from 'rxjs-resilience/testing';
import { answerTo } from '../provider/prompts';
import { type Fault, faultsBy, outage, quota } from './faults';

const kinds: readonly (keyof Faults)[] = ['throttle', 'serverError', 'cut', 'stall'];
const did: { readonly [fault in Fault]?: string } = {
  cut: 'cuts a stream',
  end: 'ends a stream without a word',
  stall: 'stalls a stream',
};

/** A provider that is made up, over real HTTP, and misbehaves as the seed says: in every run the same. */
export class DemoServer {
  /** Who hears of what goes wrong. */
  note: (what: string) => void = () => undefined;
  readonly #server = createServer((request, response) => void this.#receive(request, response));
  readonly #faults: ReadonlyMap<string, readonly Fault[]>;
  readonly #streams = new Set<ServerResponse>();
  #seen = new Map<string, number>();
  #provider = this.#newProvider();
  #begun = Date.now();
  #breakingDown: NodeJS.Timeout | undefined;
  /** What goes wrong with the request that comes in. */
  #next: Fault | undefined;

  constructor(private readonly seed: number) {
    this.#faults = faultsBy(seed);
  }

  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
  }

  /** What it has seen in this run. */
  get seen() {
    return this.#provider.server;
  }

  get isDown(): boolean {
    const elapsed = Date.now() - this.#begun;
    return elapsed >= outage.from && elapsed < outage.until;
  }

  /** A new run: nobody has asked for anything yet, and the outage is still to come. */
  begin(): void {
    this.#provider = this.#newProvider();
    this.#seen = new Map();
    this.#begun = Date.now();
    this.#breakingDown = setTimeout(() => {
      this.note(`server breaks down for ${(outage.until - outage.from) / 1_000} s`);
      this.#closeStreams();
    }, outage.from);
  }

  /** The run is over: whatever is still open is closed. */
  end(): void {
    clearTimeout(this.#breakingDown);
    this.#closeStreams();
  }

  stop(): void {
    this.end();
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #newProvider() {
    const share = (kind: keyof Faults) => () => (this.#next === kind ? 1 : 0);
    return fakeProvider({
      limits: slidingWindow(quota),
      hints: 'retry-after',
      latency: 120,
      tokensPerSecond: 70,
      faults: Object.fromEntries(kinds.map((kind) => [kind, share(kind)])),
      random: seededRandom(this.seed),
    });
  }

  #closeStreams(): void {
    for (const response of this.#streams) {
      response.destroy();
    }
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const { messages } = (await json(request)) as { readonly messages: readonly { readonly content: string }[] };
      this.#answer(messages.at(-1)!.content, response);
    } catch {
      response.destroy(); // the client hung up
    }
  }

  #answer(question: string, response: ServerResponse): void {
    const fault = this.isDown ? 'serverError' : this.#faultOf(question);
    this.#next = fault;
    const write = textWriter(answerTo(question));
    const size = { input: estimateTokens(question), output: write.tokens };
    let chunks = 0;
    const answering = this.#provider
      .open(size, { sync: () => response.writeHead(200, { 'content-type': 'text/event-stream' }) })
      .pipe(takeWhile(() => fault !== 'end' || chunks < size.output / 2))
      .subscribe({
        next: (chunk) => {
          chunks += 1;
          response.write(`data: ${JSON.stringify(write(chunk))}\n\n`);
        },
        complete: () => response.end(fault === 'end' ? undefined : 'data: [DONE]\n\n'),
        error: (error) => fail(response, error),
      });
    this.#next = undefined;
    this.#streams.add(response);
    response.once('close', () => {
      this.#streams.delete(response);
      answering.unsubscribe();
    });
  }

  /** Each prompt has its own faults, for its first requests. */
  #faultOf(question: string): Fault | undefined {
    const seen = this.#seen.get(question) ?? 0;
    this.#seen.set(question, seen + 1);
    const fault = this.#faults.get(question)?.[seen];
    if (fault !== undefined && did[fault] !== undefined) {
      this.note(`server ${did[fault]}`);
    }
    return fault;
  }
}

/** Puts a text into chunks, piece by piece, in place of what is made up. */
function textWriter(text: string) {
  let rest = text;
  const write = (chunk: FakeOpenAIChunk) => {
    const choices = chunk.choices.map((choice) => {
      const { content } = choice.delta;
      if (!content) {
        return choice;
      }
      const piece = rest.slice(0, content.length);
      rest = rest.slice(content.length);
      return { ...choice, delta: { ...choice.delta, content: piece } };
    });
    return { ...chunk, choices };
  };
  return Object.assign(write, { tokens: estimateTokens(text) });
}

/** A refusal is answered with its status; else the connection breaks. */
function fail(response: ServerResponse, error: unknown): void {
  if (error instanceof FakeProviderError) {
    response.writeHead(error.status, { ...error.headers, 'content-type': 'application/json' });
    response.end(JSON.stringify(error.error));
  } else {
    response.destroy();
  }
}
