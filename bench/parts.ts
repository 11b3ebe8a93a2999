import { jobs } from './cases/index';
import type { CallJob, CrowdJob } from './job';
import { peerBundles } from './peers';
import { measureRedis } from './redis';
import type { Bundle, Results } from './results';
import { callRound, crowdRound, type Effort, ofAllCrowdRounds, ofAllWarmedRounds, warmedRound } from './rounds';
import { ofAllRounds } from './turns';

/** Measures bundles. */
export interface Sizer {
  readonly ownSizes: () => Promise<Bundle[]>;
  readonly measured: (wanted: readonly { name: string; imports: string; from: string }[]) => Promise<Bundle[]>;
}

/** What can be measured apart from everything else, and asked for by its name. */
export interface Part {
  readonly name: string;
  readonly rounds: (effort: Effort) => number;
  /** Measures once: round 1, 2, … */
  readonly measure: (effort: Effort, round: number) => Promise<unknown>;
  /** What all rounds come to. */
  readonly figuresOf: (rounds: readonly unknown[]) => unknown;
}

/** The jobs, and what is not a job of one process. */
export function allParts(sizer: Sizer): readonly Part[] {
  return [
    ...jobs.map((job) => (job.kind === 'calls' ? ofCalls(job) : ofCrowd(job))),
    part('warmed', ({ warmedRounds }) => warmedRounds, warmedRound, ofAllWarmedRounds),
    part('redis', once, ({ redisRounds }) => measureRedis(redisRounds), only),
    part('sizes', once, () => sizes(sizer), only),
  ];
}

function ofCalls(job: CallJob): Part {
  return part(
    job.name,
    ({ rounds }) => rounds,
    (effort) => callRound(job, effort),
    (rounds) => ofAllRounds(job, rounds),
  );
}

function ofCrowd(job: CrowdJob): Part {
  return part(
    job.name,
    ({ crowdRounds }) => crowdRounds,
    (effort, round) => crowdRound(job, effort, round),
    (rounds) => ofAllCrowdRounds(job, rounds),
  );
}

function part<Round>(
  name: string,
  rounds: Part['rounds'],
  measure: (effort: Effort, round: number) => Promise<Round>,
  figuresOf: (rounds: readonly Round[]) => unknown,
): Part {
  return { name, rounds, measure, figuresOf: figuresOf as Part['figuresOf'] };
}

function once(): number {
  return 1;
}

function only<T>([first]: readonly T[]): T | undefined {
  return first;
}

async function sizes({ ownSizes, measured }: Sizer): Promise<Results['sizes']> {
  return { own: await ownSizes(), peers: await measured(peerBundles) };
}
