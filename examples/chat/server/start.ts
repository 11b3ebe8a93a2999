import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Observable } from 'rxjs';
import type { Tempo } from '../../provider/start';
import { Api } from './api';
import type { ArmedFaults, QuotaConfig } from './faults';
import { Relay } from './relay';
import { buildPage, siteOf } from './site';
import { connectUpstream } from './upstream';

export interface ChatConfig {
  readonly port?: number;
  readonly tempo?: Tempo;
  /** The embedded provider's rate limit, for each lane. */
  readonly quota?: QuotaConfig;
}

/** A running page and its relays. */
export interface Chat {
  readonly url: string;
  readonly relays: readonly string[];
  readonly faults: ArmedFaults | undefined;
  /** How many answers the page waits for, as the server sees it. */
  readonly open$: Observable<number>;
  stop(): Promise<void>;
}

const defaultTempo = { ttft: 250, tps: 45 };
const defaultQuota = { requests: 24, window: 60_000 };

/** Serves the page on one port and relays its calls on others. */
export async function startChat(config: ChatConfig = {}): Promise<Chat> {
  const { port = 0, tempo = defaultTempo, quota = defaultQuota } = config;
  const [files, upstream] = await Promise.all([buildPage(), connectUpstream(tempo, quota)]);
  const own = new Set<string>();
  const isOwn = (origin: string | undefined) => own.has(origin ?? '');
  const relay = new Relay(upstream, isOwn);
  const servers = await Promise.all([1, 2, 3, 4].map(() => listen(relay.receive, 0)));
  const relays = servers.map((server) => `http://127.0.0.1:${portOf(server)}`);
  const { model, faults } = upstream;
  const lanes = { guarded: relays.slice(0, 2), plain: relays.slice(2) };
  const api = new Api({ model, quota, relays: lanes, hasFaults: faults !== undefined }, relay.open$, faults);
  const serveFile = siteOf(files, relays);
  const receive = async (request: IncomingMessage, response: ServerResponse) => {
    if (request.method === 'POST' && !isOwn(request.headers.origin)) {
      response.writeHead(403).end();
    } else if (!(await api.receive(request, response))) {
      serveFile(request, response);
    }
  };
  const page = await listen((request, response) => {
    receive(request, response).catch(() => response.writeHead(400).end());
  }, port);
  for (const host of ['127.0.0.1', 'localhost']) {
    own.add(`http://${host}:${portOf(page)}`);
  }
  const watching = relay.open$.subscribe(() => api.changed()); // a request may have used up a fault
  const stop = async () => {
    watching.unsubscribe();
    for (const server of [page, ...servers]) {
      server.close();
      server.closeAllConnections();
    }
    await upstream.stop();
  };
  return { url: `http://127.0.0.1:${portOf(page)}/`, relays, faults, open$: relay.open$, stop };
}

async function listen(receive: RequestListener, port: number): Promise<Server> {
  const server = createServer(receive);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
