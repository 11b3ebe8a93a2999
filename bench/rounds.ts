import { jobs } from './cases/index';
import type { CallJob, CrowdJob, Figures } from './job';
import { medians, type Patience } from './measure';
import { huge, inProcess, Standing } from './processes';
import { besideFloor, type CallResults, inTurns, ofAllRounds } from './turns';

/** How thoroughly everything is measured. */
export interface Effort {
  readonly rounds: number;
  /** All cases are warmed up together so often. */
  readonly warmedRounds: number;
  readonly patience: Patience;
  /** Larger crowds are left out. */
  readonly largest: number;
  /** Crowds are measured so often. */
  readonly crowdRounds: number;
  /** Permits of a Redis server are measured so often. */
  readonly redisRounds: number;
}

export const thorough: Effort = {
  rounds: 5,
  warmedRounds: 3,
  patience: { warmCalls: 30_000, warm: 3_000, warmCrowd: 10_000, turns: 15, samples: 3 },
  largest: 1e6,
  crowdRounds: 3,
  redisRounds: 7,
};
export const quick: Effort = {
  rounds: 3,
  warmedRounds: 1,
  patience: { warmCalls: 30_000, warm: 2_000, warmCrowd: 10_000, turns: 7, samples: 3 },
  largest: 1e5,
  crowdRounds: 1,
  redisRounds: 3,
};

const longest = 60_000;

/** What a case of a job costs in a crowd of each size, by its name. */
export type CrowdResults = Readonly<Record<string, Readonly<Record<number, Figures>>>>;

/** Each round has a new process for each case; all of them stand ready at once, and take turns. */
export async function callRounds(job: CallJob, { rounds, patience }: Effort): Promise<CallResults> {
  const found: CallResults[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    progress(`${job.name}: round ${round} of ${rounds}`);
    const cases: Standing[] = [];
    for (const { name } of job.cases) {
      cases.push(await Standing.ready({ job: job.name, case: name, patience }));
    }
    found.push(besideFloor(job, await inTurns(cases, patience.turns)));
    for (const each of cases) {
      each.leave();
    }
  }
  return ofAllRounds(job, found);
}

/** All cases of all jobs, warmed up together in one process; some such processes, and the medians of them. */
export async function warmedRounds({
  warmedRounds: rounds,
  patience,
}: Effort): Promise<Readonly<Record<string, CallResults>>> {
  const found: Readonly<Record<string, CallResults>>[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    progress(`warmed together: round ${round} of ${rounds}`);
    const each = await inProcess<(typeof found)[number]>({ patience }, 4 * longest);
    if (each !== undefined) {
      found.push(each);
    }
  }
  const measured = jobs.filter((job): job is CallJob => job.kind === 'calls' && found[0]?.[job.name] !== undefined);
  return Object.fromEntries(
    measured.map((job) => [
      job.name,
      ofAllRounds(
        job,
        found.map((each) => each[job.name]!),
      ),
    ]),
  );
}

export async function crowdRounds(
  job: CrowdJob,
  { largest, crowdRounds: rounds, patience }: Effort,
): Promise<CrowdResults> {
  const samples = new Map<string, Map<number, Figures[]>>(job.cases.map(({ name }) => [name, new Map()]));
  for (let round = 1; round <= rounds; round += 1) {
    for (const size of job.sizes.filter((each) => each <= largest && (each < huge || round % 2 === 1))) {
      progress(`${job.name}: ${size} ${job.of}, round ${round} of ${rounds}`);
      for (const { name } of job.cases.filter(({ upTo = Number.POSITIVE_INFINITY }) => size <= upTo)) {
        const figures = await inProcess<Figures>({ job: job.name, case: name, size, patience }, longest);
        if (figures !== undefined) {
          samples.get(name)!.set(size, [...(samples.get(name)!.get(size) ?? []), figures]);
        }
      }
    }
  }
  return Object.fromEntries(
    [...samples].map(([name, sizes]) => [
      name,
      Object.fromEntries([...sizes].map(([size, all]) => [size, medians(all)])),
    ]),
  );
}

function progress(text: string): void {
  console.log(`- ${text}`);
}
