import { classifyError } from '../../provider/classify-error';
import { Histogram } from '../report/histogram';
import type { Binding, TenantReport } from '../report/report-data';
import { refusalIn } from './refusal-reason';

/** What is counted anew in each bucket. */
export interface Counts {
  calls: number;
  answered: number;
  refused: number;
  failed: number;
  requests: number;
  throttled: number;
}

/** A guard as `Binding` names it. */
export type GuardName = Binding['guard'];

const mostTenants = 20;

/** Counts what becomes of calls, in room that does not grow with them. */
export class Books {
  readonly sums: Counts = noCounts();
  readonly wait = new Histogram();
  readonly firstToken = new Histogram();
  readonly whole = new Histogram();
  /** Since `endBucket`: waits of the calls that got their first value. */
  readonly recentWait = new Histogram();
  readonly refusals: { [reason: string]: number } = {};
  readonly failures: { [kind: string]: number } = {};
  readonly heldUp: { [guard in GuardName]: number } = { limiter: 0, breaker: 0, budget: 0, retry: 0 };
  readonly #tenants = new Map<string, { calls: number; answered: number; wait: Histogram }>();
  hedges = 0;
  retries = 0;
  /** Tokens of the answers that came to their end. */
  delivered = 0;
  /** Calls that have not ended. */
  open = 0;
  /** Of these, those of which an attempt runs. */
  running = 0;
  peakPerSecond = 0;
  #second = -1;
  #inSecond = 0;

  arrived(tenant: string | undefined): void {
    this.sums.calls += 1;
    this.open += 1;
    const own = this.#tenantOf(tenant);
    if (own !== undefined) {
      own.calls += 1;
    }
  }

  sent(now: number, before: 'nothing' | 'failed' | 'running'): void {
    this.sums.requests += 1;
    this.hedges += before === 'running' ? 1 : 0;
    this.retries += before === 'failed' ? 1 : 0;
    const second = Math.floor(now / 1_000);
    this.#inSecond = second === this.#second ? this.#inSecond + 1 : 1;
    this.#second = second;
    this.peakPerSecond = Math.max(this.peakPerSecond, this.#inSecond);
  }

  /** A call that had reached the provider has ended. */
  waited(ms: number, tenant: string | undefined): void {
    this.wait.add(ms);
    this.#tenantOf(tenant)?.wait.add(ms);
  }

  answered(ms: number, tokens: number, tenant: string | undefined): void {
    this.open -= 1;
    this.sums.answered += 1;
    this.delivered += tokens;
    this.whole.add(ms);
    const own = this.#tenantOf(tenant);
    if (own !== undefined) {
      own.answered += 1;
    }
  }

  /** @returns The guard that refused the call, if it was a guard. */
  failed(error: unknown): GuardName | undefined {
    this.open -= 1;
    const kind = classifyError(error);
    if (kind !== 'refused') {
      this.sums.failed += 1;
      count(this.failures, kind);
      return undefined;
    }
    const { reason, guard } = refusalIn(error);
    this.sums.refused += 1;
    count(this.refusals, reason);
    return guard;
  }

  tenants(): { [tenant: string]: TenantReport } {
    const told = [...this.#tenants].map(([name, { calls, answered, wait }]) => {
      return [name, { calls, answered, wait: wait.percentiles() }] as const;
    });
    return Object.fromEntries(told);
  }

  #tenantOf(name: string | undefined) {
    if (name === undefined) {
      return undefined;
    }
    const known = this.#tenants.get(name);
    if (known !== undefined || this.#tenants.size >= mostTenants) {
      return known;
    }
    const own = { calls: 0, answered: 0, wait: new Histogram() };
    this.#tenants.set(name, own);
    return own;
  }
}

export function noCounts(): Counts {
  return { calls: 0, answered: 0, refused: 0, failed: 0, requests: 0, throttled: 0 };
}

function count(counts: { [name: string]: number }, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}
