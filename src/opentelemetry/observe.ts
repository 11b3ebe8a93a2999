import { type Attributes, type Meter, metrics, type Tracer, trace } from '@opentelemetry/api';
import { Options } from '../internal/options';
import { CallMetrics } from './call-metrics';
import { CallSpans } from './call-spans';
import { Calls } from './calls';
import type { Observed, ObservedCall } from './observed';
import { StateGauges } from './state-gauges';

/**
 * Options of {@link observe}.
 *
 * @category OpenTelemetry
 */
export interface ObserveOptions {
  /** What makes the metrics. Default: the meter `rxjs-resilience` of the global provider. */
  readonly meter?: Meter | undefined;
  /** What makes the spans. Default: the tracer `rxjs-resilience` of the global provider. */
  readonly tracer?: Tracer | undefined;
  /**
   * Attributes of a call, for its metrics and its span, beside those of the GenAI conventions. Keep to few values: each
   * combination is a time series. Default none: keys of users are no attributes.
   */
  readonly attributes?: ((call: ObservedCall) => Attributes) | undefined;
}

const name = 'rxjs-resilience';

/**
 * Tells OpenTelemetry what a client does, from now on.
 *
 * Metrics: `gen_ai.client.operation.duration` and `.time_to_first_chunk` in s, `gen_ai.client.token.usage`, and
 * `rxjs_resilience.` `waits` in s, `retries`, `hedges`, `refusals`, `failovers`, `breaker.state`, `budget.left` and
 * `in_flight`. Spans: one for each call, a child for each attempt, and events for its waits.
 *
 * The operation, the provider and the model of a call are read from its option `meta`:
 * `{ operation?: 'chat', provider?, model? }`.
 *
 * @param observed A client, or what has its `events$` and its `state`. Each needs a meter of its own, or policies with
 * names: else two give values for the same gauge.
 * @returns A function that ends it. Spans of calls that run then are ended, too.
 * @throws TypeError that names the option and shows the value.
 * @category OpenTelemetry
 *
 * @example
 * ```ts
 * import { ResilientClient } from 'rxjs-resilience';
 * import { observe } from 'rxjs-resilience/opentelemetry';
 *
 * const client = new ResilientClient({ retryBackoff: {}, circuitBreak: {} });
 * const stop = observe(client, { attributes: ({ key }) => ({ 'app.tenant': key ?? 'none' }) });
 *
 * await client.run(() => 'an answer', { meta: { provider: 'openai', model: 'gpt-4.1-mini' } });
 * stop();
 * ```
 */
export function observe(observed: Observed, options: ObserveOptions = {}): () => void {
  new Options('observe', { observed: read(observed) }, ['observed'])
    .required('observed')
    .having('observed', 'subscribe', 'a ResilientClient, or something with events$ and state');
  new Options('observe', options, ['meter', 'tracer', 'attributes'])
    .functions('attributes')
    .having('meter', 'createHistogram', 'a Meter of OpenTelemetry')
    .having('tracer', 'startSpan', 'a Tracer of OpenTelemetry');
  const { meter = metrics.getMeter(name), tracer = trace.getTracer(name), attributes } = options;
  const calls = new Calls(attributes);
  const told = new CallMetrics(meter);
  const spans = new CallSpans(tracer);
  const gauges = new StateGauges(meter, observed);
  const listening = observed.events$.subscribe((event) => {
    const own = calls.attributesOf(event);
    told.record(event, own);
    spans.record(event, own);
    if (event.policy === 'call' && event.type === 'ended') {
      calls.ended(event);
    }
  });
  return () => {
    listening.unsubscribe();
    gauges.stop();
    spans.stop();
  };
}

function read(observed: Observed | undefined): unknown {
  return observed?.events$;
}
