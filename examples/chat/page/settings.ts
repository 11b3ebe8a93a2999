import type { PageConfig } from '../server/api';

/** What the address of the page may set; durations are ms. */
export interface Settings {
  /** Requests and tokens in any `window`. */
  readonly requests: number;
  readonly tokens: number;
  readonly window: number;
  readonly concurrent: number;
  /** Tokens an hour. */
  readonly budget: number;
  /** Of both lanes: how often they try again, and the first backoff. */
  readonly retries: number;
  readonly delay: number;
  /** How long the breaker stays open, and after how many failures in a row it opens. */
  readonly recovery: number;
  readonly failures: number;
  /** Until the first token, and between two of them. */
  readonly first: number;
  readonly each: number;
}

/** The defaults, and what the query (`?requests=60&retries=5`) sets instead. */
export function settingsOf(query: string, { quota }: PageConfig): Settings {
  const given = new URLSearchParams(query);
  const number = (name: keyof Settings, otherwise: number) => {
    const value = Number(given.get(name) ?? Number.NaN);
    return Number.isFinite(value) && value >= 0 ? value : otherwise;
  };
  return {
    requests: number('requests', quota.requests),
    // What leaves here on time may arrive a little early: some room, and the provider's window never overflows.
    window: number('window', quota.window * 1.02),
    tokens: number('tokens', 40_000),
    // What was stopped here may count there for a moment longer.
    concurrent: number('concurrent', Math.ceil(quota.concurrent * 0.8)),
    budget: number('budget', 60_000),
    retries: number('retries', 5),
    delay: number('delay', 500),
    recovery: number('recovery', 4_000),
    failures: number('failures', 5),
    first: number('first', 4_000),
    each: number('each', 2_000),
  };
}
