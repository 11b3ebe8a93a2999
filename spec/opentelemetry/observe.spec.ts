import { type Attributes, context, trace } from '@opentelemetry/api';
import { AggregationTemporality, type HistogramMetricData, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { config, Subject } from 'rxjs';
import { keyed, perHour, perSecond, RateLimiter, ResilientClient, ResilientRouter, TokenBudget } from 'rxjs-resilience';
import { type ObservedEvent, type ObserveOptions, observe } from 'rxjs-resilience/opentelemetry';
import { VirtualScheduler } from 'rxjs-resilience/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const answer = { choices: [{ index: 0, message: { content: 'Hi' }, finish_reason: 'stop' }], usage: { prompt_tokens: 9, completion_tokens: 2 } };
const overloaded = Object.assign(new Error('Overloaded'), { status: 503 });
const meta = { provider: 'openai', model: 'gpt-4o' };
const model = { 'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'openai', 'gen_ai.request.model': 'gpt-4o' };

describe('observe', () => {
  let metrics: MeterProvider;
  let exporter: InMemoryMetricExporter;
  let spans: InMemorySpanExporter;
  let tracing: BasicTracerProvider;
  let scheduler: VirtualScheduler;
  beforeEach(() => {
    exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    metrics = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1e8 })] });
    spans = new InMemorySpanExporter();
    tracing = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
    scheduler = new VirtualScheduler();
  });
  afterEach(() => Promise.all([metrics.shutdown(), tracing.shutdown()]));

  const options = (more: ObserveOptions = {}) => ({ meter: metrics.getMeter('spec'), tracer: tracing.getTracer('spec'), ...more });

  /** All points: the sum of a histogram or counter, the value of a gauge, with their attributes. */
  async function points(name: string): Promise<(readonly [number, Attributes])[]> {
    exporter.reset();
    await metrics.forceFlush();
    const found = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics));
    return found
      .filter(({ descriptor }) => descriptor.name === name)
      .flatMap(({ dataPoints }) => dataPoints.map(({ value, attributes }) => [typeof value === 'number' ? value : (value as HistogramMetricData['dataPoints'][0]['value']).sum!, attributes] as const));
  }

  /** A call whose attempts do this, one after the other. */
  function call(client: ResilientClient, outcomes: readonly unknown[], more: object = {}) {
    const errors: unknown[] = [];
    let attempts = 0;
    const open = () => {
      const outcome = outcomes[attempts++];
      return outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome);
    };
    const subscription = client.call(open, { meta, tokens: 10, ...more }).subscribe({ error: (error) => errors.push(error) });
    return { errors, subscription };
  }

  async function flush() {
    for (let turn = 0; turn < 20; turn += 1) {
      await Promise.resolve();
      scheduler.flush();
    }
  }

  it('records durations, first chunks and tokens by the conventions for GenAI', async () => {
    const client = new ResilientClient({ retryBackoff: { jitter: 'none' }, scheduler });
    observe(client, options());
    call(client, [overloaded, answer]);
    await flush();
    const done = { ...model, 'rxjs_resilience.outcome': 'done' };
    expect(await points('gen_ai.client.operation.duration')).toEqual([[1, done]]);
    expect(await points('gen_ai.client.operation.time_to_first_chunk')).toEqual([[0, model]]);
    expect(await points('gen_ai.client.token.usage')).toEqual([
      [9, { ...model, 'gen_ai.token.type': 'input' }],
      [2, { ...model, 'gen_ai.token.type': 'output' }],
    ]);
  });

  it('counts retries, refusals and waits', async () => {
    const limiter = new RateLimiter({ name: 'ours', limits: perSecond(1), maxQueue: 1, scheduler });
    const client = new ResilientClient({ retryBackoff: { maxRetries: 1, jitter: 'none' }, rateLimit: limiter, scheduler });
    observe(client, options());
    call(client, [overloaded, overloaded]);
    call(client, [answer]);
    call(client, [answer]);
    await flush();
    const named = { ...model, 'rxjs_resilience.policy': 'limiter', 'rxjs_resilience.policy.name': 'ours' };
    const retried = { ...model, 'rxjs_resilience.policy': 'retry' };
    const error = { 'error.type': '503', 'rxjs_resilience.error.class': 'transient' };
    expect(await points('rxjs_resilience.refusals')).toEqual([[1, { ...named, 'rxjs_resilience.reason': 'queue-full' }]]);
    expect(await points('rxjs_resilience.retries')).toEqual([[1, { ...retried, ...error }]]);
    const waits = await points('rxjs_resilience.waits');
    expect(waits).toContainEqual([1, { ...retried, 'rxjs_resilience.wait': 'retry' }]);
    expect(waits).toContainEqual([expect.any(Number), { ...named, 'rxjs_resilience.wait': 'permit' }]);
    const failed = { ...model, 'rxjs_resilience.outcome': 'failed' };
    expect(await points('gen_ai.client.operation.duration')).toContainEqual([expect.any(Number), { ...failed, ...error }]);
    expect(await points('gen_ai.client.operation.duration')).toContainEqual([
      0,
      { ...failed, 'error.type': 'PermitRefusedError', 'rxjs_resilience.error.class': 'refused' },
    ]);
  });

  it('calls a failure by its name where the status is that of an answer which broke off', async () => {
    const client = new ResilientClient({ scheduler });
    observe(client, options());
    call(client, [Object.assign(new TypeError('terminated'), { statusCode: 200 })]);
    await flush();
    expect(await points('gen_ai.client.operation.duration')).toMatchObject([[0, { 'error.type': 'TypeError' }]]);
  });

  it('observes a failure whose status is of another kind, by its name', async () => {
    const client = new ResilientClient({ scheduler });
    observe(client, options());
    for (const status of [Symbol('503'), {}, Object.create(null)]) {
      call(client, [Object.assign(new TypeError('odd'), { status })]);
    }
    await flush();
    expect(await points('gen_ai.client.operation.duration')).toMatchObject([[0, { 'error.type': 'TypeError' }]]);
    expect(spans.getFinishedSpans().filter(({ name }) => name === 'chat gpt-4o')).toHaveLength(3);
  });

  it('observes a call for which the option attributes throws, and reports what it throws', async () => {
    const unhandled: unknown[] = [];
    config.onUnhandledError = (error) => unhandled.push(error);
    const mistake = new Error('mine');
    const client = new ResilientClient({ scheduler });
    observe(client, options({ attributes: () => { throw mistake; } }));
    expect(call(client, [answer]).errors).toEqual([]);
    await flush();
    expect(spans.getFinishedSpans().map(({ name }) => name)).toEqual(['attempt', 'chat gpt-4o']);
    expect(await points('gen_ai.client.operation.duration')).toMatchObject([[0, model]]);
    await new Promise((resolve) => setTimeout(resolve));
    expect(unhandled).toEqual([mistake]);
    config.onUnhandledError = null;
  });

  it('reads the state when it is collected, and leaves out what is by key', async () => {
    const budgets = [new TokenBudget({ name: 'all', limits: perHour(1_000), scheduler }), keyed(() => new TokenBudget({ limits: perHour(10) }))] as const;
    const client = new ResilientClient({ circuitBreak: { name: 'provider' }, tokenBudget: budgets, defaults: { key: 'ada' }, scheduler });
    observe(client, options());
    client.breaker.isolate();
    const status = (word: string, value: number) => [value, { 'rxjs_resilience.policy.name': 'provider', 'rxjs_resilience.breaker.status': word }];
    expect(await points('rxjs_resilience.breaker.state')).toEqual([status('closed', 0), status('open', 0), status('half-open', 0), status('isolated', 1)]);
    expect(await points('rxjs_resilience.budget.left')).toEqual([[1_000, { 'rxjs_resilience.policy.name': 'all', 'rxjs_resilience.policy.index': 0 }]]);
    expect(await points('rxjs_resilience.in_flight')).toEqual(['waiting', 'connecting', 'streaming'].map((phase) => [0, { 'rxjs_resilience.phase': phase }]));
  });

  it('makes a span for each call and a child for each attempt, with events for waits', async () => {
    const client = new ResilientClient({ retryBackoff: { jitter: 'none' }, rateLimit: { limits: perSecond(1) }, scheduler });
    observe(client, options());
    call(client, [overloaded, answer]);
    await flush();
    const [first, second, whole] = spans.getFinishedSpans();
    expect([first, second].map((span) => span!.parentSpanContext?.spanId)).toEqual([whole, whole].map((span) => span!.spanContext().spanId));
    expect(whole).toMatchObject({ name: 'chat gpt-4o', status: { code: 0 } });
    expect(whole!.attributes).toEqual({ ...model, 'rxjs_resilience.outcome': 'done', 'rxjs_resilience.attempts': 2, 'gen_ai.usage.input_tokens': 9, 'gen_ai.usage.output_tokens': 2 });
    expect(whole!.events.map(({ name }) => name)).toEqual(['retry']);
    expect(first).toMatchObject({ name: 'attempt', status: { code: 2 }, attributes: { 'rxjs_resilience.attempt': 1, 'error.type': '503' } });
    expect(first!.events.map(({ name }) => name)).toEqual(['granted']);
    expect(second).toMatchObject({ status: { code: 0 }, attributes: { 'rxjs_resilience.attempt': 2 } });
    expect(second!.events.map(({ name }) => name)).toEqual(['granted', 'first chunk']);
  });

  it('tells of a wait, of a rejected answer, and of calls that fail or are cancelled', async () => {
    const client = new ResilientClient({ rateLimit: { limits: perSecond(1) }, scheduler });
    observe(client, options());
    call(client, [answer], { validate: () => { throw new Error('no JSON'); } });
    const { subscription } = call(client, [answer], { meta: undefined });
    subscription.unsubscribe();
    await flush();
    const outcomes = spans.getFinishedSpans().filter(({ name }) => name !== 'attempt');
    expect(outcomes.map(({ name, status, attributes }) => [name, status.code, attributes['rxjs_resilience.outcome']])).toEqual([
      ['chat', 0, 'cancelled'],
      ['chat gpt-4o', 2, 'failed'],
    ]);
    const events = spans.getFinishedSpans().filter(({ name }) => name === 'attempt').map(({ events }) => events.map(({ name, attributes }) => [name, attributes?.['rxjs_resilience.ahead']]));
    expect(events).toEqual([[['waiting', 0]], [['granted', undefined], ['first chunk', undefined], ['rejected', undefined]]]);
  });

  it('never makes the key of a user an attribute, unless the option attributes does', async () => {
    const tokenBudget = keyed(() => new TokenBudget({ limits: perHour(100), scheduler }));
    const client = new ResilientClient({ tokenBudget, scheduler });
    const stop = observe(client, options());
    call(client as never, [answer], { key: 'ada@example.com' });
    call(client as never, [answer], { key: 'ada@example.com', tokens: 1_000 });
    await flush();
    exporter.reset();
    await metrics.forceFlush();
    const told = () => JSON.stringify([exporter.getMetrics().map(({ scopeMetrics }) => scopeMetrics), spans.getFinishedSpans().map(({ name, attributes, events, status }) => ({ name, attributes, events, status }))]);
    expect(told()).toContain('rxjs_resilience.refusals');
    expect(told()).not.toContain('ada@');
    stop();
    observe(client, options({ attributes: ({ key, meta }) => ({ tenant: key?.split('@')[1] ?? '', 'gen_ai.request.model': 'mine', meta: JSON.stringify(meta) }) }));
    call(client as never, [answer], { key: 'ada@example.com' });
    await flush();
    expect(spans.getFinishedSpans().at(-1)!.attributes).toMatchObject({ tenant: 'example.com', 'gen_ai.request.model': 'mine', meta: JSON.stringify(meta) });
  });

  it('is a child of the span that is active where the call is subscribed', async () => {
    const client = new ResilientClient({ scheduler });
    observe(client, options());
    const parent = tracing.getTracer('app').startSpan('request');
    const active = trace.setSpan(context.active(), parent);
    const manager = { active: () => active, with: (_: unknown, run: () => unknown) => run(), bind: (_: unknown, target: unknown) => target, enable: () => manager, disable: () => manager };
    context.setGlobalContextManager(manager as never);
    call(client, [answer]);
    context.disable();
    await flush();
    expect(spans.getFinishedSpans().at(-1)!.parentSpanContext?.spanId).toBe(parent.spanContext().spanId);
  });

  it('ends with the function that it returns, and the spans that run with it', async () => {
    const client = new ResilientClient({ scheduler });
    const stop = observe(client, options());
    client.call(() => new Promise(() => undefined), { meta }).subscribe();
    stop();
    expect(spans.getFinishedSpans().map(({ name }) => name)).toEqual(['attempt', 'chat gpt-4o']);
    call(client, [answer]);
    await flush();
    expect(spans.getFinishedSpans()).toHaveLength(2);
    expect(await points('gen_ai.client.operation.duration')).toEqual([]);
    expect(await points('rxjs_resilience.in_flight')).toEqual([]);
  });

  it('observes a router: calls of each route apart, hedges, failovers, and a gauge for each route', async () => {
    const events$ = new Subject<ObservedEvent & { [field: string]: unknown }>();
    const state = { routes: { a: { calls: { waiting: 1 }, breaker: { status: 'open' } }, b: { calls: { waiting: 2 }, budget: { remaining: 5 } } } };
    observe({ events$, state }, options());
    const tell = (policy: string, type: string, more: object = {}) => events$.next({ policy, type, ...more });
    for (const route of ['a', 'b']) {
      tell('call', 'began', { call: 1, route, meta: { operation: 'embeddings', model: route } });
      tell('call', 'attempt-began', { call: 1, route, attempt: 1 });
      tell('call', 'attempt-began', { call: 1, route, attempt: 2 });
      tell('call', 'hedged', { call: 1, route, attempt: 2, after: 5 });
    }
    tell('router', 'failed-over', { from: 'a', to: 'b' });
    tell('breaker', 'refused', { call: 9, route: 'b' });
    tell('call', 'ended', { call: 1, route: 'a', outcome: 'failed', attempts: 2, duration: 1_500, error: 'a word' });
    tell('call', 'accepted', { call: 1, route: 'a', attempt: 1, after: 1 });
    tell('budget', 'refused', { call: 1, route: 'b', requested: 7 });
    tell('call', 'ended', { call: 1, route: 'b', outcome: 'done', attempts: 2, duration: 500, usage: { final: true } });
    const of = (model: string) => ({ 'gen_ai.operation.name': 'embeddings', 'gen_ai.request.model': model });
    expect(await points('rxjs_resilience.hedges')).toEqual([[1, of('a')], [1, of('b')]]);
    expect(await points('rxjs_resilience.failovers')).toEqual([
      [1, { 'rxjs_resilience.route.from': 'a', 'rxjs_resilience.route.to': 'b', 'error.type': '_OTHER', 'rxjs_resilience.error.class': 'unknown' }],
    ]);
    expect(await points('gen_ai.client.operation.duration')).toEqual([
      [1.5, { ...of('a'), 'rxjs_resilience.outcome': 'failed', 'error.type': '_OTHER', 'rxjs_resilience.error.class': 'unknown' }],
      [0.5, { ...of('b'), 'rxjs_resilience.outcome': 'done' }],
    ]);
    expect(await points('rxjs_resilience.in_flight')).toEqual([
      [1, { 'rxjs_resilience.route': 'a', 'rxjs_resilience.phase': 'waiting' }],
      [2, { 'rxjs_resilience.route': 'b', 'rxjs_resilience.phase': 'waiting' }],
    ]);
    expect(spans.getFinishedSpans().map(({ name }) => name)).toEqual(['attempt', 'attempt', 'embeddings a', 'attempt', 'attempt', 'embeddings b']);
  });

  it('observes a ResilientRouter', async () => {
    const route = (order: number) => ({ client: new ResilientClient({ circuitBreak: {}, scheduler }), order });
    const router = new ResilientRouter({ routes: { first: route(0), second: route(1) }, scheduler });
    observe(router, options());
    router.call((name) => () => (name === 'first' ? Promise.reject(overloaded) : Promise.resolve(answer)), { meta }).subscribe();
    await flush();
    expect(await points('rxjs_resilience.failovers')).toEqual([
      [1, { 'rxjs_resilience.route.from': 'first', 'rxjs_resilience.route.to': 'second', 'error.type': '503', 'rxjs_resilience.error.class': 'transient' }],
    ]);
    expect((await points('gen_ai.client.operation.duration')).map(([, attributes]) => attributes['rxjs_resilience.outcome'])).toEqual(['failed', 'done']);
    expect((await points('rxjs_resilience.breaker.state')).filter(([value]) => value === 1).map(([, attributes]) => attributes['rxjs_resilience.route'])).toEqual(['first', 'second']);
    expect(spans.getFinishedSpans().map(({ name }) => name)).toEqual(['attempt', 'chat gpt-4o', 'attempt', 'chat gpt-4o']);
  });

  it('adds an event to the span of a call that has no attempt', async () => {
    const events$ = new Subject<ObservedEvent>();
    observe({ events$, state: {} }, options());
    events$.next({ policy: 'call', type: 'began', call: 1 });
    events$.next({ policy: 'limiter', type: 'refused', call: 1, name: 'ours' });
    events$.next({ policy: 'limiter', type: 'paused', call: 1 });
    events$.next({ policy: 'call', type: 'accepted', call: 1 });
    events$.next({ policy: 'call', type: 'rejected', call: 1 });
    events$.next({ policy: 'call', type: 'ended', call: 1 });
    expect(spans.getFinishedSpans()[0]!.events).toMatchObject([{ name: 'refused', attributes: { 'rxjs_resilience.policy': 'limiter', 'rxjs_resilience.policy.name': 'ours' } }]);
  });

  it('uses the global meter and tracer, which do nothing unless they are set', () => {
    const client = new ResilientClient({ scheduler });
    const stop = observe(client);
    call(client, [answer]);
    stop();
    expect(client.state.calls.waiting).toBe(0);
  });

  it('is refused for what cannot be observed, and for options that are none', () => {
    const client = new ResilientClient({});
    expect(() => observe(undefined as never)).toThrow('observe: observed must be given, got undefined');
    expect(() => observe({ events$: 5 } as never)).toThrow('observe: observed must be a ResilientClient, or something with events$ and state, got 5');
    expect(() => observe(client, { metre: 1 } as never)).toThrow('observe: unknown option metre: 1');
    expect(() => observe(client, { meter: {} as never })).toThrow('observe: meter must be a Meter of OpenTelemetry, got {}');
    expect(() => observe(client, { tracer: {} as never })).toThrow('observe: tracer must be a Tracer of OpenTelemetry, got {}');
    expect(() => observe(client, { attributes: {} as never })).toThrow('observe: attributes must be a function, got {}');
  });
});
