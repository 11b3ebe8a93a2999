import type { Attributes, BatchObservableResult, Meter, Observable } from '@opentelemetry/api';
import { read } from '../provider/read';
import { nameAttributes, routeAttributes } from './attributes';
import type { Observed } from './observed';

const statuses = ['closed', 'open', 'half-open', 'isolated'];

/** Gauges of what is, read when they are collected. Policies by key are left out: each key would be a series of its own. */
export class StateGauges {
  private readonly inFlight: Observable;
  private readonly breaker: Observable;
  private readonly budget: Observable;
  private readonly all: Observable[];

  constructor(
    private readonly meter: Meter,
    private readonly observed: Observed,
  ) {
    const gauge = (name: string, description: string) => meter.createObservableGauge(name, { description });
    this.inFlight = gauge('rxjs_resilience.in_flight', 'Calls that run, by what they are doing');
    this.breaker = gauge('rxjs_resilience.breaker.state', '1 for the status that the breaker has, 0 for the others');
    this.budget = gauge('rxjs_resilience.budget.left', 'What is left of the tightest limit of a budget');
    this.all = [this.inFlight, this.breaker, this.budget];
    meter.addBatchObservableCallback(this.read, this.all);
  }

  stop(): void {
    this.meter.removeBatchObservableCallback(this.read, this.all);
  }

  private readonly read = (result: BatchObservableResult): void => {
    const { state } = this.observed;
    const routes = read(state, 'routes');
    for (const [route, client] of routes === undefined ? [[undefined, state]] : Object.entries(routes as object)) {
      this.readClient(client, routeAttributes(route), result);
    }
  };

  private readClient(state: unknown, route: Attributes, result: BatchObservableResult): void {
    for (const [phase, count] of Object.entries((read(state, 'calls') ?? {}) as Record<string, number>)) {
      result.observe(this.inFlight, count, { ...route, 'rxjs_resilience.phase': phase });
    }
    const status = read(read(state, 'breaker'), 'status');
    if (status !== undefined) {
      const name = nameAttributes(read(read(state, 'breaker'), 'name'));
      for (const each of statuses) {
        const attributes = { ...route, ...name, 'rxjs_resilience.breaker.status': each };
        result.observe(this.breaker, each === status ? 1 : 0, attributes);
      }
    }
    [read(state, 'budget')].flat().forEach((budget, index, { length }) => {
      const left = read(budget, 'remaining');
      if (typeof left === 'number') {
        const place = length === 1 ? {} : { 'rxjs_resilience.policy.index': index };
        result.observe(this.budget, left, { ...route, ...nameAttributes(read(budget, 'name')), ...place });
      }
    });
  }
}
