import { once } from 'node:events';
import { Agent, createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import nodeFetch from 'node-fetch';
import { defer, lastValueFrom, type Observable } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { fromStream, perMinute, ResilientClient, resilient, retryBackoff, TokenBudget } from '../../src/index';

const fast = { baseDelay: 1, maxRetries: 2 };
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A server, and how many of its answers are not closed yet. */
async function serve(listener: (...words: [...Parameters<RequestListener>, number: number]) => void) {
  const seen = { requests: 0, open: 0, url: '' };
  const server = createServer((request, response) => {
    seen.requests += 1;
    seen.open += 1;
    response.on('close', () => { seen.open -= 1; });
    listener(request, response, seen.requests);
  });
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  seen.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return seen;
}
/** Its body never ends. */
const endless = (response: ServerResponse, status: number, headers: Record<string, string> = {}) => {
  response.writeHead(status, headers).write('words that never end');
};
const busy = async () => new Response('busy', { status: 503 });

describe('S8: a Response with which another try may succeed', () => {
  it('is a failure of the attempt, which waits as long as it asks, and holds no connection', async () => {
    const seen = await serve((_request, response, number) => {
      if (number < 3) {
        endless(response, number === 1 ? 429 : 503, { 'retry-after-ms': '30' });
      } else {
        response.writeHead(404).end('for the caller to read');
      }
    });
    const client = new ResilientClient({ retryBackoff: { baseDelay: 1 }, circuitBreak: {} });
    const outcomes: string[] = [];
    client.events$.subscribe(({ policy, type }) => { if (policy === 'breaker') { outcomes.push(type); } });
    const begun = performance.now();
    const response = await client.run((signal) => fetch(seen.url, { signal }));
    expect([response.status, seen.requests]).toEqual([404, 3]);
    expect(await response.text()).toBe('for the caller to read');
    expect(performance.now() - begun).toBeGreaterThanOrEqual(58);
    expect(outcomes).toEqual(['ignored', 'failure', 'success']); // a 429 is none
    await vi.waitFor(() => expect(seen.open).toBe(0));
  });

  it('frees the only connection that there is, of node-fetch as well', async () => {
    const seen = await serve((_request, response, number) => number === 1 ? endless(response, 503) : response.end('whole'));
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const client = new ResilientClient({ retryBackoff: fast });
    const response = await client.run((signal) => nodeFetch(seen.url, { signal: signal as never, agent }));
    expect(await response.text()).toBe('whole');
    await vi.waitFor(() => expect(seen.open).toBe(0));
    agent.destroy();
  });

  it.each<[string, (response: Response) => unknown]>([
    ['whose body somebody reads',     (response) => { void response.text(); }],
    ['whose body has been read',      (response) => response.arrayBuffer()],
    ['without a body',                (response) => Object.defineProperty(response, 'body', { value: null })],
    ['whose body cannot be stopped',  (response) => Object.defineProperty(response, 'body', { value: {} })],
    ['whose body says nothing of it', (response) => Object.defineProperty(response, 'body', { value: { cancel() {} } })],
    ['whose body throws',             (response) => Object.defineProperty(response, 'body', { value: { cancel() { throw new Error('hostile'); } } })],
    ['which has a hostile body',      (response) => Object.defineProperty(response, 'body', { get() { throw new Error('hostile'); } })],
  ])('is a failure if it is one %s', async (_, prepare) => {
    const client = new ResilientClient({ retryBackoff: fast });
    let asked = 0;
    const open = async () => {
      asked += 1;
      const response = await busy();
      await prepare(response);
      return response;
    };
    await expect(client.run(open)).rejects.toMatchObject({ name: 'ProviderFailureError', message: 'HTTP 503', status: 503 });
    expect(asked).toBe(3);
  });

  it.each<[string, number, (open: () => Promise<Response>) => Observable<Response>]>([
    ['resilient',             3, (open) => defer(open).pipe(resilient({ retryBackoff: fast }))],
    ['the guard of a client', 3, (open) => defer(open).pipe(new ResilientClient({ retryBackoff: fast }).guard())],
    ['fromStream',            3, (open) => fromStream(open).pipe(retryBackoff(fast))],
    ['retryBackoff alone',    1, (open) => defer(open).pipe(retryBackoff(fast))],
  ])('is a failure where values are looked at: %s', async (_, requests, guarded) => {
    let asked = 0;
    const answer = guarded(() => { asked += 1; return busy(); });
    const end = await lastValueFrom(answer).catch((error: unknown) => error);
    expect([asked, end instanceof Response]).toEqual([requests, requests === 1]);
  });

  it('is not asked what it costs, and costs nothing', async () => {
    const client = new ResilientClient({
      retryBackoff: fast,
      tokenBudget: new TokenBudget({ limits: perMinute(100) }),
    });
    let asked = 0;
    const open = async () => {
      asked += 1;
      return asked === 1 ? busy() : new Response('whole', { headers: { 'x-tokens': '7' } });
    };
    await client.run(open, { tokens: 10, usage: ({ headers }) => Number(headers.get('x-tokens') ?? undefined) });
    expect([asked, client.budget.state.limits[0]!.used]).toEqual([2, 7]);
  });

  it('stays whole where the user says what a failure is: it may be in his error', async () => {
    const client = new ResilientClient({ retryBackoff: fast });
    const failure = (response: Response) => !response.ok && Object.assign(new Error('No'), { status: 400, response });
    const error = await client.run(async () => new Response('why', { status: 400 }), { failure }).catch((thrown) => thrown);
    expect(await (error as { response: Response }).response.text()).toBe('why');
  });

  it('is a value where the call looks for no failures', async () => {
    const client = new ResilientClient({ retryBackoff: fast });
    const response = await client.run(busy, { failure: false });
    expect(await response.text()).toBe('busy');
  });
});

describe('S2: a Response that comes when nobody waits for it any more', () => {
  it('is let go', async () => {
    const seen = await serve((_request, response) => endless(response, 200));
    const client = new ResilientClient({});
    const subscription = client.call(async () => {
      const response = await fetch(seen.url); // without the signal
      await sleep(50);
      return response;
    }).subscribe();
    await vi.waitFor(() => expect(seen.open).toBe(1));
    subscription.unsubscribe();
    await vi.waitFor(() => expect(seen.open).toBe(0));
  });
});

describe('U1: an answer made of a Response, not of what is in it', () => {
  it.each([200, 400])('fails, says what to do, and lets it go: status %i', async (status) => {
    const seen = await serve((_request, response) => endless(response, status));
    const client = new ResilientClient({ retryBackoff: fast });
    const { phase, error } = await lastValueFrom(client.answer((signal) => fetch(seen.url, { signal })));
    expect([phase, seen.requests]).toEqual(['failed', 1]);
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toBe(
      `answer: a Response (HTTP ${status}) is no text, give eventsOf(response) of rxjs-resilience/http, or text`,
    );
    await vi.waitFor(() => expect(seen.open).toBe(0));
  });

  it('shows what the user reads of it', async () => {
    const client = new ResilientClient({});
    const read = ({ status }: Response) => String(status);
    const open = async () => new Response('Hello');
    expect(await lastValueFrom(client.answer(open, { text: read }))).toMatchObject({ phase: 'done', text: '200' });
    expect(await lastValueFrom(client.answer(open, { reasoning: read }))).toMatchObject({ phase: 'done', reasoning: '200' });
  });
});
