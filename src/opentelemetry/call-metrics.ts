import type { Attributes, Counter, Histogram, Meter } from '@opentelemetry/api';
import type { ResilientClientEvent } from '../client/client-state';
import { read } from '../provider/read';
import { failureAttributes, policyAttributes } from './attributes';
import type { ObservedEvent } from './observed';

/** As the GenAI conventions advise. */
const seconds = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
const tokens = [1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864];

/** Counters and histograms of what happens. */
export class CallMetrics {
  private readonly duration: Histogram;
  private readonly firstChunk: Histogram;
  private readonly usage: Histogram;
  private readonly waits: Histogram;
  private readonly retries: Counter;
  private readonly hedges: Counter;
  private readonly refusals: Counter;
  private readonly failovers: Counter;

  constructor(meter: Meter) {
    const histogram = (name: string, description: string, unit: string, explicitBucketBoundaries: number[]) =>
      meter.createHistogram(name, { description, unit, advice: { explicitBucketBoundaries } });
    const counter = (name: string, description: string) => meter.createCounter(name, { description });
    this.duration = histogram('gen_ai.client.operation.duration', 'How long calls took, waits included', 's', seconds);
    this.firstChunk = histogram(
      'gen_ai.client.operation.time_to_first_chunk',
      'From the request of an attempt to its first value',
      's',
      seconds,
    );
    this.usage = histogram('gen_ai.client.token.usage', 'Tokens of calls, as reported', '{token}', tokens);
    this.waits = histogram('rxjs_resilience.waits', 'How long calls waited for a permit or a retry', 's', seconds);
    this.retries = counter('rxjs_resilience.retries', 'Attempts that failed and were followed by another');
    this.hedges = counter('rxjs_resilience.hedges', 'Attempts that began beside a slow one');
    this.refusals = counter('rxjs_resilience.refusals', 'Calls that a policy did not let through');
    this.failovers = counter('rxjs_resilience.failovers', 'Calls that went on with another route');
  }

  record(observed: ObservedEvent, call: Attributes): void {
    const event = observed as ResilientClientEvent;
    const at = { ...call, ...policyAttributes(observed.policy, observed) };
    switch (observed.type) {
      case 'ended':
        this.ended(event as Ended, call);
        break;
      case 'accepted':
        this.firstChunk.record((event as Accepted).after / 1_000, call);
        break;
      case 'granted':
        this.waits.record((event as Granted).waited / 1_000, { ...at, 'rxjs_resilience.wait': 'permit' });
        break;
      case 'retry':
        this.retries.add(1, { ...at, ...failureAttributes((event as Retry).error) });
        this.waits.record((event as Retry).delay / 1_000, { ...at, 'rxjs_resilience.wait': 'retry' });
        break;
      case 'hedged':
        this.hedges.add(1, call);
        break;
      case 'refused':
        this.refusals.add(1, { ...at, ...reasonOf(event) });
        break;
      case 'failed-over':
        this.failovers.add(1, { ...waysOf(event), ...failureAttributes(read(event, 'error')) });
        break;
    }
  }

  private ended({ outcome, duration, usage, error }: Ended, call: Attributes): void {
    const failed = outcome === 'failed' ? failureAttributes(error) : {};
    this.duration.record(duration / 1_000, { ...call, 'rxjs_resilience.outcome': outcome, ...failed });
    for (const type of ['input', 'output'] as const) {
      const used = usage?.[type];
      if (used !== undefined) {
        this.usage.record(used, { ...call, 'gen_ai.token.type': type });
      }
    }
  }
}

type OfType<Type> = Extract<ResilientClientEvent, { readonly type: Type }>;
type Ended = OfType<'ended'>;
type Accepted = OfType<'accepted'>;
type Granted = OfType<'granted'>;
type Retry = OfType<'retry'>;

/** From where to where a call of a router went. */
function waysOf(event: unknown): Attributes {
  return {
    'rxjs_resilience.route.from': read(event, 'from') as string,
    'rxjs_resilience.route.to': read(event, 'to') as string,
  };
}

function reasonOf(event: ResilientClientEvent): Attributes {
  return 'reason' in event ? { 'rxjs_resilience.reason': event.reason } : {};
}
