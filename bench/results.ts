import type { CallResults, CrowdResults } from './rounds';

/** The size of a bundle, in kB. */
export interface Bundle {
  readonly name: string;
  readonly most?: number | undefined;
  readonly min: number;
  readonly gzip: number;
}

/** All that was measured, by the names of the jobs. */
export interface Results {
  readonly calls: ReadonlyMap<string, CallResults>;
  readonly warmed: ReadonlyMap<string, CallResults>;
  readonly crowds: ReadonlyMap<string, CrowdResults>;
  readonly own: readonly Bundle[];
  readonly peers: readonly Bundle[];
}
