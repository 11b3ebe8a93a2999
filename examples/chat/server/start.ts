import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Observable } from 'rxjs';
import { Api, type LaneName, type Quota } from './api';
import { Embedded, type Tempo } from './embedded';
import { Real } from './real';
import { Relay } from './relay';
import { buildPage, siteOf } from './site';

export interface ChatConfig {
  readonly port?: number;
  readonly tempo?: Partial<Tempo>;
  /** The embedded provider's rate limit, for each lane. */
  readonly quota?: Quota;
}

/** A running page and its relays. */
export interface Chat {
  readonly url: string;
  readonly relays: readonly string[];
  readonly embedded: Embedded | undefined;
  /** How many answers the page waits for, as the server sees it. */
  readonly open$: Observable<number>;
  stop(): Promise<void>;
}

const defaultTempo = { latency: 250, tokensPerSecond: 60, outage: 20_000 };
const defaultQuota = { requests: 45, window: 10_000, concurrent: 9 };
/** With six connections to each, none of thirty prompts waits for one. */
const relaysPerLane = [1, 2, 3, 4, 5, 6];

/** Serves the page on one port and relays its calls on others. */
export async function startChat(config: ChatConfig = {}): Promise<Chat> {
  const { port = 0, quota = defaultQuota } = config;
  const tempo = { ...defaultTempo, ...config.tempo };
  const files = await buildPage();
  const key = process.env.OPENAI_API_KEY;
  const embedded = key === undefined ? new Embedded(quota, tempo) : undefined;
  const real = new Real(key ?? '');
  const own = new Set<string>();
  const isOwn = (origin: string | undefined) => own.has(origin ?? '');
  const relay = new Relay(isOwn);
  const serversOf = (lane: LaneName) =>
    relaysPerLane.map(() =>
      listen((request, response) =>
        relay.receive(request, response, (body) => (embedded ?? real).answer(body, response, lane)),
      ),
    );
  const [guarded, plain] = await Promise.all([Promise.all(serversOf('guarded')), Promise.all(serversOf('plain'))]);
  const relays = { guarded: guarded.map(urlOf), plain: plain.map(urlOf) };
  const isEmbedded = embedded !== undefined;
  const model = isEmbedded ? 'demo' : real.model;
  const api = new Api({ model, quota, relays, isEmbedded, outage: tempo.outage }, relay.open$, embedded);
  const all = [...relays.guarded, ...relays.plain];
  const serveFile = siteOf(files, all);
  const page = await listen(async (request, response) => {
    if (request.method === 'POST' && !isOwn(request.headers.origin)) {
      response.writeHead(403).end();
    } else if (!(await api.receive(request, response))) {
      serveFile(request, response);
    }
  }, port);
  own.add(urlOf(page)).add(urlOf(page).replace('127.0.0.1', 'localhost'));
  const stop = async () => {
    for (const server of [page, ...guarded, ...plain]) {
      server.close();
      server.closeAllConnections();
    }
  };
  return { url: `${urlOf(page)}/`, relays: all, embedded, open$: relay.open$, stop };
}

type Receive = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** A server on loopback; what it cannot make sense of is a 400. */
async function listen(receive: Receive, port = 0): Promise<Server> {
  const listener: RequestListener = (request, response) => {
    receive(request, response).catch(() => (response.headersSent ? response.destroy() : response.writeHead(400).end()));
  };
  const server = createServer(listener);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
