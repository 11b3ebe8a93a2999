/** Does the work `n` times. */
export type Body = (n: number) => void | Promise<void>;

/** What a case is beside the others of its job: one of our operators, somebody else's, or what nobody can beat. */
export type Role = 'ours' | 'peer' | 'floor';

/** One way to do the work of a job, timed for a single call. */
export interface CallCase {
  readonly name: string;
  readonly role: Role;
  /** Prepares the work; is not timed. */
  readonly make: () => Body;
}

/** Work that is done again and again: what one call costs. */
export interface CallJob {
  readonly kind: 'calls';
  /** By this name it is asked for on the command line. */
  readonly name: string;
  readonly title: string;
  readonly about: string;
  readonly cases: readonly CallCase[];
}

/** What was measured, by the keys of the job's figures. */
export type Figures = { readonly [key: string]: number };

/** One way to do the work of a job, with `n` calls, keys, … at once. */
export interface CrowdCase {
  readonly name: string;
  readonly role: Role;
  readonly measure: (n: number) => Figures | Promise<Figures>;
  /** The largest crowd that it gets through in reasonable time. Default: all sizes. */
  readonly upTo?: number | undefined;
}

/** What is measured of a crowd. */
export interface Figure {
  readonly key: string;
  readonly title: string;
  readonly unit: 'ns' | 'B';
  /** Whether its growth is drawn. */
  readonly isDrawn?: boolean;
}

/** Work with many calls, keys, … at once: how cost grows with the crowd. */
export interface CrowdJob {
  readonly kind: 'crowd';
  readonly name: string;
  readonly title: string;
  readonly about: string;
  /** What the crowd consists of. */
  readonly of: string;
  readonly sizes: readonly number[];
  readonly figures: readonly Figure[];
  readonly cases: readonly CrowdCase[];
}

export type Job = CallJob | CrowdJob;
export type Case = CallCase | CrowdCase;
