import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { DataPointType, MeterProvider, type MetricData, MetricReader } from '@opentelemetry/sdk-metrics';
import { OpenAI } from 'openai';
import { lastValueFrom, type Observable } from 'rxjs';
import {
  CircuitOpenError,
  estimateRequest,
  isFinalChunk,
  keyed,
  PermitRefusedError,
  perDay,
  perMinute,
  ResilientClient,
  ResilientRouter,
  retryAfterOf,
  TokenBudget,
  TokenBudgetExceededError,
} from 'rxjs-resilience';
import { observe } from 'rxjs-resilience/opentelemetry';
import { startProvider } from './provider/start';

// npx tsx examples/proxy.ts --listen 8080 [--config gateway.json]
// curl -N -H 'authorization: Bearer key-of-ada' localhost:8080/v1/chat/completions \
//   -d '{"model": "chat", "stream": true, "messages": [{"role": "user", "content": "What is a permit?"}]}'
// curl localhost:8080/metrics

/** One provider that speaks as OpenAI does. */
export interface Upstream {
  readonly baseURL?: string;
  readonly apiKey: string;
  /** Its own name of each model that callers may ask for. */
  readonly models: { readonly [model: string]: string };
  readonly requestsPerMinute: number;
  /** Those of a lower order come first. */
  readonly order?: number;
}

/** Whom a key belongs to. */
export interface Account {
  readonly user: string;
  readonly org: string;
  readonly tier: string;
}

/** Budgets are in tokens a day. */
export interface GatewayConfig {
  readonly upstreams: { readonly [name: string]: Upstream };
  readonly accounts: { readonly [key: string]: Account };
  /** What a user of each tier may spend. */
  readonly tiers: { readonly [tier: string]: number };
  /** What all users of an organisation may spend together. */
  readonly organisation: number;
}

type Chat = OpenAI.ChatCompletionCreateParams;
type Piece = OpenAI.ChatCompletionChunk | OpenAI.ChatCompletion;

/** What an error says beside its message: ms, and whose budget is spent. */
type More = { readonly [name in 'budget' | 'of']?: string | undefined } & { readonly retryAfter?: number | undefined };

/** A server with the API of OpenAI in front of several providers, with a budget for each user and each organisation. */
export function newGateway({ upstreams, accounts, tiers, organisation }: GatewayConfig) {
  const tierOf = new Map(Object.values(accounts).map(({ user, tier }) => [user, tier]));
  const allowance = (user: string) => perDay(tiers[tierOf.get(user)!]!);
  const perUser = keyed((user) => new TokenBudget({ name: 'user', limits: allowance(user) }), { by: 'user' });
  const perOrg = keyed(() => new TokenBudget({ name: 'organisation', limits: perDay(organisation) }), { by: 'org' });
  const routes = Object.entries(upstreams).map(([name, { baseURL, apiKey, requestsPerMinute, order = 0 }]) => {
    const client = new ResilientClient({
      retryBackoff: { maxRetries: 1, baseDelay: 200, maxRetryAfter: 1_000 }, // short: another provider stands ready
      rateLimit: { name, limits: perMinute(requestsPerMinute) },
      circuitBreak: { name, recoveryTimeout: 10_000 },
      tokenBudget: [perUser, perOrg], // the same for all providers; each must have room, or none is touched
      timeout: { first: 20_000, content: 20_000 },
      defaults: { maxWait: 30_000 },
    });
    return { name, order, client, openai: new OpenAI({ baseURL, apiKey, maxRetries: 0 }) };
  });
  const openaiOf = new Map(routes.map(({ name, openai }) => [name, openai]));
  const router = new ResilientRouter({
    routes: Object.fromEntries(routes.map(({ name, client, order }) => [name, { client, order }])),
  });
  const metrics = new Metrics(router);
  const models = [...new Set(Object.values(upstreams).flatMap((upstream) => Object.keys(upstream.models)))];

  function call(chat: Chat, { user, org }: Account): Observable<Piece> {
    const { stream_options, ...rest } = chat;
    // The usage is asked for, so that budgets are settled to what it really cost.
    const streamed = chat.stream ? { stream_options: { ...stream_options, include_usage: true } } : {};
    const open = (name: string) => {
      const model = upstreams[name]!.models[chat.model];
      const send = (signal: AbortSignal) =>
        openaiOf.get(name)!.chat.completions.create({ ...rest, ...streamed, model: model! }, { signal });
      return model === undefined ? undefined : send; // a provider without that model is no candidate
    };
    return router.call(open, {
      key: { user, org },
      tokens: estimateRequest(chat),
      meta: { model: chat.model },
      ...(chat.stream ? { isFinal: isFinalChunk } : {}),
    }) as Observable<Piece>;
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, key = ''] = /^Bearer (.+)$/.exec(request.headers.authorization ?? '') ?? [];
    const account = Object.hasOwn(accounts, key) ? accounts[key] : undefined;
    const chat = (await json(request).catch(() => undefined)) as Chat | undefined;
    if (account === undefined) {
      return refuse(response, 401, 'invalid_api_key', 'The key is not known');
    }
    if (typeof chat?.model !== 'string' || !Array.isArray(chat.messages)) {
      return refuse(response, 400, 'invalid_body', 'The body must be JSON with model and messages');
    }
    if (!models.includes(chat.model)) {
      return refuse(response, 404, 'model_not_found', `There is no model ${chat.model}`);
    }
    const subscription = call(chat, account).subscribe({
      next: (piece) => (chat.stream ? sendEvent(response, piece, chat) : sendJson(response, piece)),
      error: (error) => fail(response, error),
      complete: () => response.end(chat.stream ? 'data: [DONE]\n\n' : undefined),
    });
    response.once('close', () => subscription.unsubscribe()); // who hangs up pays for no more tokens
  }

  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://gateway').pathname;
    if (request.method === 'POST' && path === '/v1/chat/completions') {
      answer(request, response).catch(() => response.destroy());
    } else if (path === '/v1/models') {
      sendJson(response, { object: 'list', data: models.map((id) => ({ id, object: 'model' })) });
    } else if (path === '/metrics') {
      response.setHeader('content-type', 'text/plain; version=0.0.4');
      void metrics.text().then((text) => response.end(text));
    } else {
      refuse(response, 404, 'not_found', `There is no ${path}`);
    }
  });
  /** Answers what is in flight, refuses the rest, and closes. */
  const drain = () => lastValueFrom(router.drain(), { defaultValue: undefined }).then(() => server.close());
  return { server, router, drain };
}

function sendEvent(response: ServerResponse, chunk: Piece, { stream_options }: Chat): void {
  if (!response.headersSent) {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  }
  if (chunk.choices.length > 0 || stream_options?.include_usage) {
    response.write(`data: ${JSON.stringify(chunk)}\n\n`);
  }
}

function fail(response: ServerResponse, error: Error & { readonly status?: unknown }): void {
  const { message, status } = error;
  if (response.headersSent) {
    response.destroy(); // nobody must take half an answer for a whole one
  } else if (error instanceof TokenBudgetExceededError) {
    const whose = { budget: error.policyName, of: error.key };
    refuse(response, 429, 'budget_exceeded', message, { retryAfter: retryAfterOf(error), ...whose });
  } else if (error instanceof CircuitOpenError || error instanceof PermitRefusedError || status === 429) {
    refuse(response, 503, 'overloaded', message, { retryAfter: retryAfterOf(error) });
  } else if (typeof status === 'number' && [400, 413, 422].includes(status)) {
    refuse(response, status, 'refused_by_provider', message);
  } else {
    refuse(response, 502, 'provider_failed', message);
  }
}

/** An error in the words of OpenAI's API; of a spent budget it says whose that is. */
function refuse(response: ServerResponse, status: number, code: string, message: string, more: More = {}): void {
  const { retryAfter = 0, ...whose } = more;
  const type = status === 429 ? 'insufficient_quota' : status < 500 ? 'invalid_request_error' : 'server_error';
  response.setHeader('x-should-retry', String(status === 503)); // OpenAI's clients would ask again by themselves
  if (retryAfter > 0) {
    response.setHeader('retry-after', Math.ceil(retryAfter / 1_000));
  }
  sendJson(response, { error: { message, type, code, ...whose } }, status);
}

function sendJson(response: ServerResponse, body: object, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
}

/** What the library measures, as Prometheus reads it. */
class Metrics extends MetricReader {
  constructor(router: ResilientRouter) {
    super();
    observe(router, { meter: new MeterProvider({ readers: [this] }).getMeter('gateway') });
  }

  async text(): Promise<string> {
    const { resourceMetrics } = await this.collect();
    const lines = resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics.flatMap(linesOf));
    return lines.map((line) => `${line}\n`).join('');
  }

  protected async onForceFlush(): Promise<void> {}
  protected async onShutdown(): Promise<void> {}
}

function linesOf(metric: MetricData): string[] {
  const { name, unit } = metric.descriptor;
  const isCounter = metric.dataPointType === DataPointType.SUM && metric.isMonotonic;
  const own = `${name}${unit === 's' ? '_seconds' : ''}${isCounter ? '_total' : ''}`;
  if (metric.dataPointType !== DataPointType.HISTOGRAM) {
    const lines = metric.dataPoints.map(({ attributes, value }) => lineOf(own, attributes, value as number));
    return [`# TYPE ${plain(own)} ${isCounter ? 'counter' : 'gauge'}`, ...lines];
  }
  const lines = metric.dataPoints.flatMap(({ attributes, value: { buckets, count, sum = 0 } }) => {
    const upTo = (place: number) => buckets.counts.slice(0, place + 1).reduce((all, each) => all + each, 0);
    const bounds = [...buckets.boundaries, '+Inf'];
    const each = bounds.map((le, place) => lineOf(`${own}_bucket`, { ...attributes, le }, upTo(place)));
    return [...each, lineOf(`${own}_sum`, attributes, sum), lineOf(`${own}_count`, attributes, count)];
  });
  return [`# TYPE ${plain(own)} histogram`, ...lines];
}

function lineOf(name: string, attributes: object, value: number): string {
  const labels = Object.entries(attributes).map(([label, text]) => `${plain(label)}=${JSON.stringify(String(text))}`);
  return `${plain(name)}{${labels.join()}} ${value}`;
}

function plain(name: string): string {
  return name.replace(/\W/g, '_');
}

/** Two providers on this machine, for a first look. */
async function demo(): Promise<GatewayConfig> {
  const [amber, birch] = [await startProvider(), await startProvider()];
  const upstream = { apiKey: 'none', models: { chat: 'demo' }, requestsPerMinute: 100 };
  return {
    upstreams: { amber: { ...upstream, baseURL: amber.baseURL }, birch: { ...upstream, baseURL: birch.baseURL } },
    accounts: { 'key-of-ada': { user: 'ada', org: 'acme', tier: 'pro' } },
    tiers: { pro: 5_000 },
    organisation: 8_000,
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values } = parseArgs({
    options: { listen: { type: 'string', default: '8080' }, config: { type: 'string' } },
  });
  const config = values.config === undefined ? await demo() : JSON.parse(await readFile(values.config, 'utf8'));
  const { server, drain } = newGateway(config);
  server.listen(Number(values.listen), '127.0.0.1', () => console.log(`http://localhost:${values.listen}`));
  process.once('SIGTERM', () => void drain().then(() => process.exit()));
}
