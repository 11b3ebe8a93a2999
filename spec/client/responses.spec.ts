import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import nodeFetch from 'node-fetch';
import { defer, lastValueFrom, type Observable } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fromStream, perMinute, ResilientClient, resilient, retryBackoff, TokenBudget } from '../../src/index';
import { FaultServer } from '../support/fault-server';

const fast = { baseDelay: 1, maxRetries: 2 };
let server: FaultServer;

beforeEach(async () => {
  server = await FaultServer.start();
});
afterEach(() => server.stop());

const endless = { pieces: ['words that never end'], ending: 'stall' } as const;
/** Resolves when all connections were closed by the client, or answered in full. */
const allClosed = () => Promise.all(server.exchanges.map(({ closed }) => closed));
const busy = async () => new Response('busy', { status: 503 });

describe('S8: a Response with which another try may succeed', () => {
  it('is a failure of the attempt, which waits as long as it asks, and holds no connection', async () => {
    const headers = { 'retry-after-ms': '30' };
    server.answer({ ...endless, status: 429, headers }, { ...endless, status: 503, headers }, { status: 404, pieces: ['for the caller to read'] });
    const client = new ResilientClient({ retryBackoff: { baseDelay: 1 }, circuitBreak: {} });
    const outcomes: string[] = [];
    client.events$.subscribe(({ policy, type }) => { if (policy === 'breaker') { outcomes.push(type); } });
    const begun = performance.now();
    const response = await client.run((signal) => fetch(server.url, { signal }));
    expect([response.status, server.exchanges.length]).toEqual([404, 3]);
    expect(await response.text()).toBe('for the caller to read');
    expect(performance.now() - begun).toBeGreaterThanOrEqual(58);
    expect(outcomes).toEqual(['ignored', 'failure', 'success']); // a 429 is none
    await allClosed();
  });

  it('frees the only connection that there is, of node-fetch as well', async () => {
    server.answer({ ...endless, status: 503 }, { pieces: ['whole'] });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const client = new ResilientClient({ retryBackoff: fast });
    const response = await client.run((signal) => nodeFetch(server.url, { signal: signal as never, agent }));
    expect(await response.text()).toBe('whole');
    await allClosed();
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
    server.answer(endless);
    const client = new ResilientClient({});
    const subscription = client.call(async () => {
      const response = await fetch(server.url); // without the signal
      await sleep(50);
      return response;
    }).subscribe();
    const { closed } = await server.exchange(0);
    subscription.unsubscribe();
    expect(await closed).toMatchObject({ isComplete: false });
  });
});

describe('U1: an answer made of a Response, not of what is in it', () => {
  it.each([200, 400])('fails, says what to do, and lets it go: status %i', async (status) => {
    server.answer({ ...endless, status });
    const client = new ResilientClient({ retryBackoff: fast });
    const { phase, error } = await lastValueFrom(client.answer((signal) => fetch(server.url, { signal })));
    expect([phase, server.exchanges.length]).toEqual(['failed', 1]);
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toBe(
      `answer: a Response (HTTP ${status}) is no text, give eventsOf(response) of rxjs-resilience/http, or text`,
    );
    await allClosed();
  });

  it('shows what the user reads of it', async () => {
    const client = new ResilientClient({});
    const read = ({ status }: Response) => String(status);
    const open = async () => new Response('Hello');
    expect(await lastValueFrom(client.answer(open, { text: read }))).toMatchObject({ phase: 'done', text: '200' });
    expect(await lastValueFrom(client.answer(open, { reasoning: read }))).toMatchObject({ phase: 'done', reasoning: '200' });
  });
});
