import { jobs } from './cases/index';
import { peerBundles } from './peers';
import { measureRedis } from './redis';
import type { Bundle, Results } from './results';
import { callRounds, crowdRounds, type Effort, warmedRounds } from './rounds';

/** Measures bundles. */
export interface Sizer {
  readonly ownSizes: () => Promise<Bundle[]>;
  readonly measured: (wanted: readonly { name: string; imports: string; from: string }[]) => Promise<Bundle[]>;
}

/** What can be measured apart from everything else, and asked for by its name. */
export interface Part {
  readonly name: string;
  readonly measure: (effort: Effort) => Promise<unknown>;
}

/** The jobs, and what is not a job of one process, in the order in which they are run. */
export function allParts(sizer: Sizer): readonly Part[] {
  return [
    ...jobs.map((job) => ({
      name: job.name,
      measure: (effort: Effort) => (job.kind === 'calls' ? callRounds(job, effort) : crowdRounds(job, effort)),
    })),
    { name: 'warmed', measure: warmedRounds },
    { name: 'redis', measure: ({ redisRounds }) => measureRedis(redisRounds) },
    { name: 'sizes', measure: () => sizes(sizer) },
  ];
}

async function sizes({ ownSizes, measured }: Sizer): Promise<Results['sizes']> {
  return { own: await ownSizes(), peers: await measured(peerBundles) };
}
