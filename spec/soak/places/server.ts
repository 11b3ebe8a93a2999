import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chat } from '../../support/openai-peers';

/** What a page is told of the servers that it may ask. */
export interface Servers {
  /** Fails in the way that the first name of the path says. */
  readonly url: string;
  /** Nobody listens there. */
  readonly gone: string;
}

/** Where a call was made that stalls: told when its connection is closed. */
const closed = new Map<string, Promise<void>>();

const start = chat.pieces.slice(0, chat.start.pieces).join('');
const streams = { 'content-type': 'text/event-stream' };

type Behavior = (response: ServerResponse, call: string) => unknown;

const behaviors: Readonly<Record<string, Behavior>> = {
  whole: (response) => response.writeHead(200, streams).end(chat.pieces.join('')),
  /** The connection breaks when the beginning of the answer has been read. */
  cut: (response) => {
    response.writeHead(200, streams).write(start);
    setTimeout(() => response.socket?.destroy(), 200);
  },
  stall: (response, call) => {
    closed.set(call, new Promise((resolve) => response.once('close', resolve)));
    response.writeHead(200, streams).write(start);
  },
  closed: async (response, call) => {
    await closed.get(call);
    response.end('closed');
  },
  throttled: (response) => {
    const error = { message: 'Rate limit reached', type: 'requests', param: null, code: 'rate_limit_exceeded' };
    const type = { 'content-type': 'application/json', 'retry-after-ms': '1700' };
    response.writeHead(429, type).end(JSON.stringify({ error }));
  },
};

/** `/stall/7/v1/…`: the behaviour, and the name of the call. A page of another origin asks, so it must be allowed to. */
function respond({ method, url = '', headers }: IncomingMessage, response: ServerResponse): void {
  const [, name = '', call = ''] = url.split('/');
  response.setHeader('access-control-allow-origin', '*');
  response.setHeader('access-control-expose-headers', 'retry-after-ms');
  response.setHeader('access-control-allow-headers', headers['access-control-request-headers'] ?? '*');
  if (method === 'OPTIONS') {
    response.end();
  } else {
    behaviors[name]!(response, call);
  }
}

/** For all tests of a browser: the page asks a real server. */
export default async function setup({ provide }: { provide(name: 'servers', value: Servers): void }) {
  const servers = [createServer(respond), createServer()];
  await Promise.all(servers.map((each) => new Promise<void>((resolve) => each.listen(0, '127.0.0.1', resolve))));
  const [url, gone] = servers.map((each) => `http://127.0.0.1:${(each.address() as AddressInfo).port}`);
  const [server, other] = servers;
  other!.close();
  provide('servers', { url: url!, gone: gone! });
  return () => {
    server!.close();
    server!.closeAllConnections();
  };
}
