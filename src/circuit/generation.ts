/** A time in one status. A verdict counts only in the generation that admitted its call. */
export type Generation = Closed | Open | HalfOpen;

export interface Closed {
  readonly status: 'closed';
}

export interface Open {
  readonly status: 'open';
  readonly openedAt: number;
  readonly openUntil: number;
}

export interface HalfOpen {
  readonly status: 'half-open';
  admitted: number;
  successes: number;
  failures: number;
  /** The time in which it is closed since, if its probes have closed it. */
  closed?: Closed;
}

/** What a verdict, or the time, has changed. */
export type Transition =
  | { readonly to: 'open'; readonly until: number; readonly reason: string }
  | { readonly to: 'half-open' }
  | { readonly to: 'closed' };

/** The generation in which probes find out whether the provider is back. */
export function halfOpened(successes = 0, failures = 0): HalfOpen {
  return { status: 'half-open', admitted: successes + failures, successes, failures };
}
