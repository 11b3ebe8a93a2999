import type { CallJob } from './job';
import { median } from './measure';

/** What a case of a job costs, in ns, by its name. */
export type CallResults = Readonly<Record<string, number>>;

/** A case that is timed whenever its turn comes; undefined if it cannot be timed any more. */
export interface Turn {
  readonly name: string;
  readonly take: () => Promise<number | undefined>;
}

/** What each case cost at each of its turns. */
export type Turns = ReadonlyMap<string, readonly number[]>;

/**
 * Times all cases in turn, again and again: a turn is so short that whatever the machine does meanwhile, becoming faster
 * or slower, hits all of them alike.
 */
export async function inTurns(cases: readonly Turn[], turns: number): Promise<Turns> {
  const found = new Map(cases.map(({ name }) => [name, [] as number[]]));
  for (let turn = 1; turn <= turns; turn += 1) {
    for (const { name, take } of cases) {
      found.get(name)!.push((await take()) ?? Number.NaN);
    }
  }
  return new Map([...found].filter(([, each]) => each.every((ns) => !Number.isNaN(ns))));
}

/**
 * What each case costs, measured by the floor beside it: the median of its ratios to the floor at the same turn, times
 * what the floor costs.
 */
export function besideFloor(job: CallJob, turns: Turns): CallResults {
  const floors = turns.get(job.cases[0]!.name)!;
  const ratios = [...turns].map(([name, each]) => [name, median(each.map((ns, turn) => ns / floors[turn]!))] as const);
  return Object.fromEntries(ratios.map(([name, ratio]) => [name, ratio * median(floors)]));
}

/** The same of several rounds: ratios to the floor count, for it is not equally fast in every round. */
export function ofAllRounds(job: CallJob, rounds: readonly CallResults[]): CallResults {
  const floor = job.cases[0]!.name;
  const floors = rounds.map((round) => round[floor]!);
  const names = Object.keys(rounds[0]!).filter((name) => rounds.every((round) => round[name] !== undefined));
  return Object.fromEntries(
    names.map((name) => [name, median(rounds.map((round, index) => round[name]! / floors[index]!)) * median(floors)]),
  );
}
