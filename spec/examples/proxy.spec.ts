import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OpenAI } from 'openai';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Fault } from '../../examples/provider/faults';
import { answerTo } from '../../examples/provider/prompts';
import { type EmbeddedProvider, startProvider } from '../../examples/provider/start';
import { newGateway } from '../../examples/proxy';

const question = 'What is a permit?';
const messages = [{ role: 'user' as const, content: question }];

let providers: { amber: EmbeddedProvider; birch: EmbeddedProvider };
let gateway: ReturnType<typeof newGateway>;
let url: string;

beforeEach(async () => {
  providers = { amber: await startProvider({ ttft: 5, tps: 1_000 }), birch: await startProvider({ ttft: 5, tps: 1_000 }) };
  const upstream = (name: keyof typeof providers, model: string) => ({ baseURL: providers[name].baseURL, apiKey: 'none', models: { chat: model }, requestsPerMinute: 100 });
  gateway = newGateway({
    upstreams: { amber: upstream('amber', 'a'), birch: { ...upstream('birch', 'b'), models: { chat: 'b', other: 'o' }, order: 1 } },
    accounts: {
      ada: { user: 'ada', org: 'acme', tier: 'free' },
      bob: { user: 'bob', org: 'acme', tier: 'pro' },
      eve: { user: 'eve', org: 'other', tier: 'pro' },
    },
    tiers: { free: 250, pro: 2_000 },
    organisation: 600,
  });
  url = await listening(gateway.server);
});
afterEach(async () => {
  gateway.server.closeAllConnections();
  gateway.server.close();
  await Promise.allSettled([providers.amber.stop(), providers.birch.stop()]); // some were stopped before
});

async function listening(server: Server): Promise<string> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** What the provider does with its next requests. */
function fail(name: keyof typeof providers, ...faults: readonly Fault[]): void {
  const left = [...faults];
  providers[name].gateway.troubles = { faultOf: () => left.shift() };
}

const sdk = (apiKey: string) => new OpenAI({ baseURL: `${url}/v1`, apiKey });

function post(key: string, body: object | string, init: RequestInit = {}): Promise<Response> {
  const headers = { authorization: `Bearer ${key}` };
  return fetch(`${url}/v1/chat/completions`, { method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body), ...init });
}

async function ask(key: string, more: object = {}): Promise<string> {
  let text = '';
  for await (const chunk of await sdk(key).chat.completions.create({ model: 'chat', messages, max_tokens: 100, stream: true, ...more })) {
    text += chunk.choices[0]?.delta.content ?? '';
  }
  return text;
}

describe('the gateway', () => {
  it('streams to an SDK of OpenAI’s, and answers in whole', async () => {
    expect(await ask('eve')).toBe(answerTo(question));
    const whole = await sdk('eve').chat.completions.create({ model: 'chat', messages, max_tokens: 100 });
    expect(whole.choices[0]!.message.content).toBe(answerTo(question));
    expect((await sdk('eve').models.list()).data.map(({ id }) => id)).toEqual(['chat', 'other']);
  });

  it('sends events until [DONE], and the usage only to those who ask for it', async () => {
    const events = async (more: object) => (await (await post('eve', { model: 'chat', messages, stream: true, ...more })).text()).trim().split('\n\n');
    const plain = await events({});
    const told = await events({ stream_options: { include_usage: true } });
    expect([plain.at(-1), told.at(-1)]).toEqual(['data: [DONE]', 'data: [DONE]']);
    expect([plain.some((event) => event.includes('"choices":[]')), told.at(-2)]).toEqual([false, expect.stringContaining('"usage":{')]);
  });

  it('refuses a user whose budget is spent, then all of the organisation, and tells whose it was', async () => {
    let mine = await post('ada', { model: 'chat', messages, max_tokens: 100 });
    while (mine.ok) {
      await mine.text();
      mine = await post('ada', { model: 'chat', messages, max_tokens: 100 });
    }
    expect([mine.status, Number(mine.headers.get('retry-after')) > 0, mine.headers.get('x-should-retry')]).toEqual([429, true, 'false']);
    expect(await mine.json()).toMatchObject({ error: { type: 'insufficient_quota', code: 'budget_exceeded', budget: 'user', of: 'ada' } });

    let ours = await post('bob', { model: 'chat', messages, max_tokens: 100 });
    expect(ours.status).toBe(200);
    while (ours.ok) {
      await ours.text();
      ours = await post('bob', { model: 'chat', messages, max_tokens: 100 });
    }
    expect([ours.status, await ours.json()]).toMatchObject([429, { error: { budget: 'organisation', of: 'acme' } }]);
    await expect(ask('ada')).rejects.toMatchObject({ status: 429, code: 'budget_exceeded' });
    expect(await ask('eve')).toBe(answerTo(question));
  });

  it('charges a budget what an answer has cost, not what was reserved', async () => {
    expect(await ask('ada', { max_tokens: 150 })).toBe(answerTo(question));
    expect(await ask('ada', { max_tokens: 150 })).toBe(answerTo(question));
  });

  it('goes to the other provider while one is down, refuses, or has not the model', async () => {
    await ask('eve');
    expect([providers.amber.gateway.requests, providers.birch.gateway.requests]).toEqual([1, 0]);
    expect(await ask('eve', { model: 'other' })).toBe(answerTo(question));
    fail('amber', { kind: 'refuse', status: 429, retryAfter: 60 });
    expect(await ask('eve')).toBe(answerTo(question));
    await providers.amber.stop();
    expect(await ask('eve')).toBe(answerTo(question));
    expect(providers.birch.gateway.requests).toBe(3);
  });

  it('says so when no provider answers, and breaks off an answer that has begun', async () => {
    fail('amber', { kind: 'cut', after: 5 });
    const begun = await post('eve', { model: 'chat', messages, stream: true });
    await expect(begun.text()).rejects.toThrow('terminated');
    await Promise.all([providers.amber.stop(), providers.birch.stop()]);
    const refused = await post('eve', { model: 'chat', messages });
    expect([refused.status, await refused.json()]).toMatchObject([502, { error: { type: 'server_error', code: 'provider_failed' } }]);
  });

  it('stops the request upstream when the caller hangs up, while it connects and while it streams', async () => {
    fail('amber', { kind: 'slow', delay: 60_000 }, { kind: 'stall', after: 10 });
    const controller = new AbortController();
    const connecting = post('eve', { model: 'chat', messages, stream: true }, { signal: controller.signal });
    await vi.waitFor(() => expect(providers.amber.gateway.open).toBe(1));
    controller.abort();
    await expect(connecting).rejects.toThrow();
    await vi.waitFor(() => expect(providers.amber.gateway.open).toBe(0));
    const streaming = await post('eve', { model: 'chat', messages, stream: true });
    await vi.waitFor(() => expect(providers.amber.gateway.open).toBe(1));
    await streaming.body!.cancel();
    await vi.waitFor(() => expect([providers.amber.gateway.open, gateway.router.state.routes.amber!.inFlight]).toEqual([0, 0]));
    expect(providers.birch.gateway.requests).toBe(0);
  });

  it('tells Prometheus what happens', async () => {
    await ask('eve');
    fail('amber', { kind: 'refuse', status: 500 }, { kind: 'refuse', status: 500 });
    await ask('eve');
    const response = await fetch(`${url}/metrics`);
    const text = await response.text();
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4');
    for (const line of text.trim().split('\n')) {
      expect(line).toMatch(/^(# TYPE \w+ (counter|gauge|histogram)|\w+\{(\w+="[^"]*",?)*\} -?[\d.e+-]+)$/);
    }
    expect(text).toContain('# TYPE gen_ai_client_operation_duration_seconds histogram');
    expect(text).toMatch(/gen_ai_client_operation_duration_seconds_bucket\{.*gen_ai_request_model="chat".*le="\+Inf"\} 1/);
    expect(text).toMatch(/rxjs_resilience_failovers_total\{rxjs_resilience_route_from="amber",rxjs_resilience_route_to="birch",.*\} 1/);
    expect(text).toMatch(/rxjs_resilience_retries_total\{.*error_type="500".*\} 1/);
  });

  it('refuses what it does not know', async () => {
    const refusals = [await post('nobody', { model: 'chat', messages }), await post('toString', { model: 'chat', messages }), await post('eve', '{'), await post('eve', { model: 'x', messages }), await fetch(`${url}/v2`)];
    expect(refusals.map(({ status }) => status)).toEqual([401, 401, 400, 404, 404]);
    expect(await refusals[3]!.json()).toMatchObject({ error: { type: 'invalid_request_error', code: 'model_not_found' } });
  });

  it('drains: answers what is in flight, and refuses the rest', async () => {
    fail('amber', { kind: 'slow', delay: 300 });
    const running = ask('eve');
    await vi.waitFor(() => expect(providers.amber.gateway.open).toBe(1));
    const drained = gateway.drain();
    expect((await post('eve', { model: 'chat', messages })).status).toBe(503);
    expect(await running).toBe(answerTo(question));
    await drained;
  });
});
