/** Does the work `n` times. */
export type Body = (n: number) => void | Promise<void>;

/** What was measured of one case, by the keys of `columns` in tables.ts. */
export type Figures = { readonly [key: string]: number };

/** One of ours, somebody else's, or what nobody who does the work can beat. */
export type Kind = 'ours' | 'peer' | 'floor';

/** Work that is done again and again, in turns with all other cases of its job. */
export interface TurnCase {
  readonly name: string;
  readonly kind: Kind;
  /** Prepares the work; is not timed. */
  readonly make: () => Body | Promise<Body>;
  /** The case whose turns it is compared with. Default: the first of the job. */
  readonly floor?: string;
  /** Calls in one sample, if it has to be a certain number. Default: as many as fill some ms. */
  readonly burst?: number;
}

/** Work that is done once in a process: a crowd, or what something weighs. */
export interface OnceCase {
  readonly name: string;
  readonly kind: Kind;
  readonly measure: () => Figures | Promise<Figures>;
  /** Takes so long that it is measured once, and not at all by `--quick`. */
  readonly isHuge?: boolean;
}

export interface Job {
  /** Ratios are of processor time, unless other processes do a part of the work. Default `'processor'`. */
  readonly clock?: 'processor' | 'wall';
  /** What its table shows, of what was measured. */
  readonly columns: readonly string[];
  readonly cases: readonly (TurnCase | OnceCase)[];
}

/** What one process measures. */
export interface Task {
  readonly job: string;
  readonly name: string;
  readonly effort: Effort;
}

/** How thoroughly all is measured. */
export interface Effort {
  /** So many times with new processes. */
  readonly rounds: number;
  /** So many turns in each process. */
  readonly turns: number;
  /** ms in which a process warms up at least. */
  readonly warm: number;
}

export const quick: Effort = { rounds: 1, turns: 7, warm: 300 };
export const thorough: Effort = { rounds: 3, turns: 15, warm: 1_000 };

/** All jobs; each is loaded only where it is needed. */
export const jobs: Readonly<Record<string, () => Promise<{ readonly job: Job }>>> = {
  calls: () => import('./calls'),
  stack: () => import('./stack'),
  failures: () => import('./failures'),
  chunks: () => import('./chunks'),
  crowd: () => import('./crowd'),
  memory: () => import('./memory'),
  growth: () => import('./growth'),
  redis: () => import('./redis'),
};
