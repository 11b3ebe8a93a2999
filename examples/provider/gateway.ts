import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Break, type ChatRequest, type Delay, noTroubles, type Refusal, type Troubles } from './faults';
import { eventsOf, isToken } from './sse';

/** Stands before the model and makes it misbehave, over real HTTP. */
export class Gateway {
  requests = 0;
  /** What goes wrong from now on. */
  troubles: Troubles = noTroubles;
  readonly #streaming = new Set<ServerResponse>();
  readonly #stalled = new Set<ServerResponse>();
  readonly #server = createServer((request, response) => void this.#receive(request, response));

  constructor(private readonly model: string) {}

  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
  }

  /** Counts from zero. */
  reset(): void {
    this.requests = 0;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** Answers on which, as far as the server can see, somebody still waits. */
  get open(): number {
    return this.#streaming.size + this.#stalled.size;
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      this.requests += 1;
      const body = await text(request);
      const asked: ChatRequest = JSON.parse(body);
      const fault = this.troubles.faultOf(asked);
      if (fault?.kind === 'refuse') {
        this.#refuse(response, fault);
      } else {
        await this.#answer(response, body, asked, fault);
      }
    } catch {
      response.destroy(); // the client hung up, or the model did
    }
  }

  #refuse(response: ServerResponse, { status, retryAfter }: Refusal): void {
    const hint = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
    const message = status === 429 ? 'Rate limit reached' : 'The server had an error';
    response.writeHead(status, { 'content-type': 'application/json', ...hint });
    response.end(JSON.stringify({ error: { message, type: status === 429 ? 'requests' : 'server_error' } }));
  }

  async #answer(
    response: ServerResponse,
    body: string,
    { stream = false }: ChatRequest,
    fault?: Break | Delay,
  ): Promise<void> {
    const { signal } = this.#track(response);
    response.writeHead(200, { 'content-type': stream ? 'text/event-stream' : 'application/json' }).flushHeaders();
    if (fault?.kind === 'slow') {
      await sleep(fault.delay, undefined, { signal });
    }
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(this.model, { method: 'POST', headers, body, signal });
    if (!stream) {
      response.end(await answer.text());
      return;
    }
    let sent = 0;
    for await (const event of eventsOf(answer.body!)) {
      if (fault !== undefined && fault.kind !== 'slow' && sent === fault.after && isToken(event)) {
        this.#misbehave(response, fault);
        return;
      }
      response.write(event);
      sent += isToken(event) ? 1 : 0;
    }
    response.end();
  }

  /** Counts the answer as open until it ends or the client hangs up, of which the signal tells. */
  #track(response: ServerResponse): AbortController {
    const hangUp = new AbortController();
    response.once('close', () => {
      hangUp.abort();
      this.#streaming.delete(response);
      this.#stalled.delete(response);
    });
    this.#streaming.add(response);
    return hangUp;
  }

  #misbehave(response: ServerResponse, { kind }: Break): void {
    if (kind === 'stall') {
      this.#streaming.delete(response);
      this.#stalled.add(response); // until the client hangs up
    } else if (kind === 'cut') {
      response.destroy();
    } else {
      response.end();
    }
  }
}
