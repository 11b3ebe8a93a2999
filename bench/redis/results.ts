/** What one way to ask a server comes to, with so many questions in flight. */
export interface Throughput {
  readonly what: string;
  readonly inFlight: number;
  readonly perSecond: number;
  /** `perSecond` beside that of INCR in the same round. */
  readonly ofIncr: number;
  /** In ms, as are those of the slowest hundredth. */
  readonly p50: number;
  readonly p99: number;
}

/** How a library lets those through who wait in several processes. */
export interface Fairness {
  readonly library: string;
  readonly letThrough: number;
  readonly mostInSecond: number;
  readonly mostInTenth: number;
  /** By the clock of the server, when it granted them; only of ours. */
  readonly mostGrantedInSecond?: number;
  /** From the first to the last, in s. */
  readonly span: number;
  /** How many of each process were let through by half time. */
  readonly shares: readonly number[];
  readonly scripts: number;
}

/** What was measured on a server, or why nothing was. */
export type RedisResults =
  | { readonly server: string; readonly throughput: readonly Throughput[]; readonly fairness: readonly Fairness[] }
  | { readonly missing: string };

/** What every library is asked to do: so many permits in a second for all processes together. */
export const task = { processes: 4, waiters: 200, capacity: 10, perSecond: 100 };

/** The shortest time in which all can be let through, in s. */
export const idealSpan = (task.processes * task.waiters - task.capacity) / task.perSecond;
