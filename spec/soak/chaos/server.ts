import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { clients, outagesOf, type Plan, plansOf, wordsOf } from './plan';
import { type Exchange, headers } from './records';
import { Responder } from './respond';

/** A provider on loopback that does what was planned, and remembers all it saw. */
export class ChaosServer {
  readonly exchanges: Exchange[] = [];
  readonly open = new Set<Exchange>();
  readonly sockets = new Set<Socket>();
  mostOpen = 0;
  readonly #plans: ReadonlyMap<string, Plan>;
  readonly #outages: ReturnType<typeof outagesOf>;
  #firstAt: number | undefined;
  readonly #server = createServer((request, response) => void this.#receive(request, response));

  constructor(seed: number, seconds: number) {
    const plans = clients.flatMap((client) => plansOf(client, seed, seconds));
    this.#plans = new Map(plans.map((plan) => [plan.id, plan]));
    this.#outages = outagesOf(seed, seconds);
    this.#server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket)).on('error', () => undefined);
    });
  }

  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1', 1_024);
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  planOf(call: string): Plan {
    return this.#plans.get(call)!;
  }

  /** Waits until none of these is left, at most so long. */
  async gone(count: () => number, ms: number): Promise<number> {
    for (const until = Date.now() + ms; count() > 0 && Date.now() < until; ) {
      await sleep(10);
    }
    return count();
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const exchange = this.#record(request);
    const gone = new AbortController();
    response
      .on('error', () => undefined)
      .on('close', () => {
        exchange.closedAt = Date.now();
        this.open.delete(exchange);
        gone.abort();
      });
    try {
      const plan = this.planOf(exchange.call);
      skip(exchange, plan, await text(request));
      const responder = new Responder(exchange, plan, response, gone.signal);
      if (this.#isDown) {
        exchange.fault = 'outage';
        responder.refuse(503, 'The server is down');
      } else {
        await responder.respond(plan.faults[exchange.attempt - 1] ?? { kind: 'none' });
      }
    } catch {
      response.destroy(); // the client hung up
    }
  }

  #record({ headers: sent }: IncomingMessage): Exchange {
    this.#firstAt ??= Date.now();
    const exchange: Exchange = {
      call: String(sent[headers.call]),
      attempt: Number(sent[headers.attempt]),
      grantedAt: Number(sent[headers.grantedAt]),
      arrivedAt: Date.now(),
      fault: 'none',
      skipped: 0,
      hasBegun: false,
      wordsSent: 0,
      hasSentFinal: false,
    };
    this.exchanges.push(exchange);
    this.open.add(exchange);
    this.mostOpen = Math.max(this.mostOpen, this.open.size);
    return exchange;
  }

  get #isDown(): boolean {
    const elapsed = Date.now() - this.#firstAt!;
    return this.#outages.some(({ from, until }) => from <= elapsed && elapsed < until);
  }
}

/** A client that goes on with an answer sends what it has: the rest is wanted. */
function skip(exchange: Exchange, plan: Plan, body: string): void {
  const { messages } = JSON.parse(body) as { messages: readonly { role: string; content: string }[] };
  const had = messages.find(({ role }) => role === 'assistant')?.content ?? '';
  let rest = had;
  for (const word of wordsOf(plan)) {
    if (!rest.startsWith(word)) {
      break;
    }
    rest = rest.slice(word.length);
    exchange.skipped += 1;
  }
  if (rest !== '') {
    exchange.madeUp = had;
  }
}
