import type { Percentiles } from './histogram';

/**
 * How much of a limit was used: shares from 0 to 1.
 *
 * @category Lab
 */
export interface Utilisation {
  /** On average over the run. */
  readonly mean: number;
  /** The most that was seen. */
  readonly max: number;
}

/**
 * The guard that held most calls up.
 *
 * @category Lab
 */
export interface Binding {
  /** `limiter`, `breaker`, `budget`, or `retry`: the backoff after the provider's errors. */
  readonly guard: 'limiter' | 'breaker' | 'budget' | 'retry';
  /** Of a limiter or a budget: the limit that was used most, as in `utilisation`; absent if none was used up. */
  readonly limit?: string;
  /** How many calls it made wait, or refused. */
  readonly calls: number;
}

/**
 * What became of the calls of one tenant.
 *
 * @category Lab
 */
export interface TenantReport {
  /** Calls that arrived. */
  readonly calls: number;
  /** Calls that were answered. */
  readonly answered: number;
  /** ms in which no attempt of a call ran, of the calls that reached the provider. */
  readonly wait: Percentiles;
}

/**
 * Series of a report: an entry for each bucket.
 *
 * @category Lab
 */
export interface ReportSeries {
  /** ms since the start at which each bucket ends. */
  readonly time: readonly number[];
  /** Calls that arrived. */
  readonly calls: readonly number[];
  /** Calls that were answered. */
  readonly answered: readonly number[];
  /** Calls that were refused. */
  readonly refused: readonly number[];
  /** Calls that failed. */
  readonly failed: readonly number[];
  /** Requests that were sent. */
  readonly requests: readonly number[];
  /** Requests that the provider refused with a 429. */
  readonly throttled: readonly number[];
  /** At the end of the bucket: calls of which no attempt runs. */
  readonly waiting: readonly number[];
  /** At the end of the bucket: requests that run. */
  readonly inFlight: readonly number[];
  /** ms that half of the calls that got their first value waited. */
  readonly waitP50: readonly number[];
  /** ms that 95 % of the calls that got their first value waited, at most. */
  readonly waitP95: readonly number[];
  /** Tokens that the provider charges for. */
  readonly billed: readonly number[];
}

/**
 * A report as plain JSON.
 *
 * @category Lab
 */
export interface ReportData {
  /** `name` of the simulation. */
  readonly name: string;
  /** Its seed. */
  readonly seed: number;
  /** ms in which calls arrived. */
  readonly duration: number;
  /** ms since the start at which the last call had ended. */
  readonly ended: number;
  /** Calls that arrived. */
  readonly calls: number;
  /** Calls that were answered to the end. */
  readonly answered: number;
  /** Calls that guards refused, by reason: those of `PermitRefusedError`, `circuit-open`, `budget`, `key-limit`. */
  readonly refused: { readonly [reason: string]: number };
  /** Calls that failed in another way. */
  readonly failed: number;
  /** The same by what `classifyError` says of their errors. */
  readonly failures: { readonly [kind: string]: number };
  /** Calls that would never have ended: nothing was scheduled any more. */
  readonly unfinished: number;
  /** ms in which no attempt of a call ran, of the calls that reached the provider. */
  readonly wait: Percentiles;
  /** ms from a call to its first value. */
  readonly firstToken: Percentiles;
  /** ms from a call to its end, of the calls that were answered. */
  readonly whole: Percentiles;
  /** Requests that were sent to the provider. */
  readonly requests: number;
  /** Requests that it refused with a 429. */
  readonly throttled: number;
  /** Requests that were sent while another one of the same call was running. */
  readonly hedges: number;
  /** Requests that were sent after one of the same call had failed. */
  readonly retries: number;
  /** The most requests that were sent within one second by the clock. */
  readonly peakPerSecond: number;
  /** Tokens of all requests. */
  readonly tokens: {
    /** Those that the provider charges for. */
    readonly billed: number;
    /** Those of them that are in no answer that came to its end. */
    readonly wasted: number;
  };
  /** What that costs by `price`; absent without. */
  readonly cost?: number;
  /** Of each limit of the client's policies, and of each that the provider enforces. */
  readonly utilisation: { readonly [limit: string]: Utilisation };
  /** Of each tenant, else of each key: of the first twenty. Empty if there are none. */
  readonly tenants: { readonly [tenant: string]: TenantReport };
  /** The guard that held most calls up; absent if none held up one in a hundred. */
  readonly binds?: Binding;
  /** How it went over time. */
  readonly series: ReportSeries;
}
