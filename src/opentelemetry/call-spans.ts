import { type Attributes, context, type Span, SpanKind, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api';
import type { ResilientClientEvent } from '../client/client-state';
import { read } from '../provider/read';
import { failureAttributes, policyAttributes } from './attributes';
import { callOf } from './calls';
import type { ObservedEvent } from './observed';

interface Spans {
  readonly call: Span;
  /** Those that run, by number: more than one while a call is hedged. */
  readonly attempts: Map<number, Span>;
}

/** A span for each call, and a child for each attempt; what an attempt waits for is an event of its span. */
export class CallSpans {
  private readonly running = new Map<string, Spans>();

  constructor(private readonly tracer: Tracer) {}

  record(event: ObservedEvent, attributes: Attributes): void {
    const id = callOf(event);
    if (id === undefined) {
      return;
    }
    if (event.type === 'began') {
      const name = `${attributes['gen_ai.operation.name']} ${attributes['gen_ai.request.model'] ?? ''}`.trim();
      const call = this.tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes });
      this.running.set(id, { call, attempts: new Map() });
      return;
    }
    const spans = this.running.get(id);
    if (spans === undefined) {
      return; // it began before
    }
    this.told(event as ObservedEvent & ResilientClientEvent, spans);
    if (event.type === 'ended') {
      this.running.delete(id);
    }
  }

  /** Ends the spans of the calls that run. */
  stop(): void {
    for (const { call, attempts } of this.running.values()) {
      endAll(attempts);
      call.end();
    }
    this.running.clear();
  }

  private told(event: ResilientClientEvent, spans: Spans): void {
    const { call, attempts } = spans;
    switch (event.type) {
      case 'attempt-began':
        attempts.set(event.attempt, this.begin(event.attempt, call));
        break;
      case 'accepted':
        attempts.get(event.attempt)?.addEvent('first chunk');
        break;
      case 'rejected':
        attempts.get(event.attempt)?.addEvent('rejected');
        break;
      case 'waiting':
      case 'granted':
      case 'refused':
        latest(spans).addEvent(event.type, details(event));
        break;
      case 'retry':
        endAll(attempts, event.error);
        call.addEvent('retry', { 'rxjs_resilience.delay': event.delay, ...failureAttributes(event.error) });
        break;
      case 'ended':
        endCall(event, spans);
        break;
    }
  }

  private begin(attempt: number, call: Span): Span {
    const attributes = { 'rxjs_resilience.attempt': attempt };
    return this.tracer.startSpan('attempt', { attributes }, trace.setSpan(context.active(), call));
  }
}

function endCall({ outcome, attempts, usage, error }: Extract<ResilientClientEvent, { type: 'ended' }>, spans: Spans) {
  const { call } = spans;
  endAll(spans.attempts, error);
  call.setAttributes({
    'rxjs_resilience.outcome': outcome,
    'rxjs_resilience.attempts': attempts,
    ...(usage?.input === undefined ? {} : { 'gen_ai.usage.input_tokens': usage.input }),
    ...(usage?.output === undefined ? {} : { 'gen_ai.usage.output_tokens': usage.output }),
  });
  end(call, error);
}

function endAll(attempts: Map<number, Span>, error?: unknown): void {
  for (const span of attempts.values()) {
    end(span, error);
  }
  attempts.clear();
}

function end(span: Span, error: unknown): void {
  if (error !== undefined) {
    span.setAttributes(failureAttributes(error));
    span.setStatus({ code: SpanStatusCode.ERROR }); // without the message, which may name the key of a user
  }
  span.end();
}

function latest({ call, attempts }: Spans): Span {
  return [...attempts.values()].at(-1) ?? call;
}

/** What an event says that is a number or a word, without the key of a user. */
function details(event: ResilientClientEvent): Attributes {
  const said = ['waited', 'ahead', 'reason', 'retryAfter', 'requested', 'remaining'].flatMap((field) => {
    const value = read(event, field);
    return typeof value === 'number' || typeof value === 'string' ? [[`rxjs_resilience.${field}`, value]] : [];
  });
  return { ...policyAttributes(event.policy, event as { name?: string }), ...Object.fromEntries(said) };
}
