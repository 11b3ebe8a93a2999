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

/** What all cases cost after all others have run, by the names of the jobs. */
export type WarmedResults = Readonly<Record<string, CallResults>>;

/** A new process for each case; all of them stand ready at once, and take turns. */
export async function callRound(job: CallJob, { patience }: Effort): Promise<CallResults> {
  const cases: Standing[] = [];
  for (const { name } of job.cases) {
    cases.push(await Standing.ready({ job: job.name, case: name, patience }));
  }
  const turns = await inTurns(cases, patience.turns);
  for (const each of cases) {
    each.leave();
  }
  return besideFloor(job, turns);
}

/** All cases of all jobs, warmed up together in one process; undefined if it did not get to its end. */
export function warmedRound({ patience }: Effort): Promise<WarmedResults | undefined> {
  return inProcess<WarmedResults>({ patience }, 4 * longest);
}

export function ofAllWarmedRounds(rounds: readonly (WarmedResults | undefined)[]): WarmedResults {
  const found = rounds.filter((each) => each !== undefined);
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

/** A new process for each case and each size, one after the other; huge crowds stand in every other round. */
export async function crowdRound(job: CrowdJob, { largest, patience }: Effort, round: number): Promise<CrowdResults> {
  const found: Record<string, Record<number, Figures>> = {};
  for (const size of job.sizes.filter((each) => each <= largest && (each < huge || round % 2 === 1))) {
    for (const { name } of job.cases.filter(({ upTo = Number.POSITIVE_INFINITY }) => size <= upTo)) {
      const figures = await inProcess<Figures>({ job: job.name, case: name, size, patience }, longest);
      if (figures !== undefined) {
        found[name] = { ...found[name], [size]: figures };
      }
    }
  }
  return found;
}

export function ofAllCrowdRounds({ cases, sizes }: CrowdJob, rounds: readonly CrowdResults[]): CrowdResults {
  const mediansOf = (name: string) =>
    sizes
      .map((size) => [size, rounds.map((round) => round[name]?.[size]).filter((each) => each !== undefined)] as const)
      .filter(([, all]) => all.length > 0)
      .map(([size, all]) => [size, medians(all)]);
  return Object.fromEntries(cases.map(({ name }) => [name, Object.fromEntries(mediansOf(name))]));
}
