import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { estimateTokens } from 'rxjs-resilience';
import { type Break, type Fault, outage, type Refusal } from './faults';
import { eventsOf, isToken } from './sse';
import { Troubles } from './troubles';

const did = { cut: 'cut a stream', end: 'ended a stream without a word', stall: 'stalled a stream' };

/** Stands before the model and makes it misbehave, over real HTTP; counts what a run has cost. */
export class Gateway {
  requests = 0;
  throttled = 0;
  /** What was billed: the prompt once the model answers, and every token that was sent. */
  tokens = 0;
  /** Who hears of what goes wrong. */
  onTrouble: (what: string) => void = () => undefined;
  #troubles: Troubles;
  #outage: NodeJS.Timeout | undefined;
  readonly #streaming = new Set<ServerResponse>();
  readonly #stalled = new Set<ServerResponse>();
  readonly #server = createServer((request, response) => void this.#receive(request, response));

  constructor(
    private readonly model: string,
    private readonly faults: ReadonlyMap<string, readonly Fault[]>,
  ) {
    this.#troubles = new Troubles(faults);
  }

  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
  }

  /** A new run: nobody has asked for anything yet, and the outage is still to come. */
  begin(): void {
    this.#troubles = new Troubles(this.faults);
    this.#outage = setTimeout(() => this.#breakDown(), outage.from);
    this.requests = 0;
    this.throttled = 0;
    this.tokens = 0;
  }

  /** The run is over: whatever is still open is closed. */
  end(): void {
    clearTimeout(this.#outage);
    for (const response of [...this.#streaming, ...this.#stalled]) {
      response.destroy();
    }
  }

  stop(): void {
    this.end();
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** Answers on which, as far as the server can see, somebody still waits. */
  get open(): number {
    return this.#streaming.size + this.#stalled.size;
  }

  get isDown(): boolean {
    return this.#troubles.isDown;
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      this.requests += 1;
      const body = await text(request);
      const question: string = JSON.parse(body).messages.at(-1).content;
      const fault = this.#troubles.of(question);
      if (fault?.kind === 'refuse') {
        this.#refuse(response, fault);
      } else {
        await this.#answer(response, body, estimateTokens(question), fault);
      }
    } catch {
      response.destroy(); // the client hung up, or the model did
    }
  }

  #refuse(response: ServerResponse, { status, retryAfter }: Refusal): void {
    this.throttled += status === 429 ? 1 : 0;
    const hint = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
    const message = status === 429 ? 'Rate limit reached' : 'The server had an error';
    response.writeHead(status, { 'content-type': 'application/json', ...hint });
    response.end(JSON.stringify({ error: { message, type: status === 429 ? 'requests' : 'server_error' } }));
  }

  async #answer(response: ServerResponse, body: string, promptTokens: number, fault?: Break): Promise<void> {
    const hangUp = new AbortController();
    response.once('close', () => {
      hangUp.abort();
      this.#streaming.delete(response);
      this.#stalled.delete(response);
    });
    this.#streaming.add(response);
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(this.model, { method: 'POST', headers, body, signal: hangUp.signal });
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    this.tokens += promptTokens;
    let sent = 0;
    for await (const event of eventsOf(answer.body!)) {
      if (fault !== undefined && sent === fault.after && isToken(event)) {
        this.#misbehave(response, fault);
        return;
      }
      response.write(event);
      sent += isToken(event) ? 1 : 0;
      this.tokens += isToken(event) ? 1 : 0;
    }
    response.end();
  }

  #misbehave(response: ServerResponse, { kind, after }: Break): void {
    this.onTrouble(`server ${did[kind]} after ${after} tokens`);
    if (kind === 'stall') {
      this.#streaming.delete(response);
      this.#stalled.add(response); // until the client hangs up
    } else if (kind === 'cut') {
      response.destroy();
    } else {
      response.end();
    }
  }

  #breakDown(): void {
    this.onTrouble(`server breaks down for ${(outage.until - outage.from) / 1_000} s`);
    for (const response of this.#streaming) {
      response.destroy();
    }
  }
}
