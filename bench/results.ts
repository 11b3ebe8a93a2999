import type { Job } from './job';
import type { RedisResults } from './redis/results';
import type { CrowdResults } from './rounds';
import type { CallResults } from './turns';

/** The size of a bundle, in kB. */
export interface Bundle {
  readonly name: string;
  /** What `npm run sizes` lets pass. */
  readonly most?: number | undefined;
  readonly target?: number | undefined;
  readonly min: number;
  readonly gzip: number;
}

/** All that was measured, by the names of the jobs. */
export interface Results {
  readonly calls: Readonly<Record<string, CallResults>>;
  readonly crowds: Readonly<Record<string, CrowdResults>>;
  readonly warmed: Readonly<Record<string, CallResults>>;
  readonly redis: RedisResults | undefined;
  readonly sizes: { readonly own: readonly Bundle[]; readonly peers: readonly Bundle[] };
}

/** Figures by the names of what was measured, told apart by what they are. */
export function resultsOf(figures: ReadonlyMap<string, unknown>, jobs: readonly Job[]): Results {
  const ofKind = (wanted: Job['kind']) =>
    Object.fromEntries(
      jobs
        .filter(({ kind, name }) => kind === wanted && figures.has(name))
        .map(({ name }) => [name, figures.get(name)]),
    );
  return {
    calls: ofKind('calls'),
    crowds: ofKind('crowd'),
    warmed: figures.get('warmed') ?? {},
    redis: figures.get('redis'),
    sizes: figures.get('sizes') ?? { own: [], peers: [] },
  } as Results;
}
