import type { CallJob, CrowdJob, Job } from './job';
import type { Results } from './results';
import type { CrowdResults } from './rounds';

/** How far two runs are apart in one ratio: 0.1 if one says 1.1 times what the other says. */
interface Difference {
  readonly what: string;
  readonly by: number;
}

/** A ratio to the first case of its job, for the machine is not equally fast in two runs. */
interface Ratio {
  readonly what: string;
  readonly value: number;
}

/** How far two runs are apart, in every ratio that both have measured: the smallest difference first. */
function differences(jobs: readonly Job[], one: Results, other: Results): Difference[] {
  return jobs
    .flatMap((job) => {
      const before = new Map(ratiosOf(job, one).map(({ what, value }) => [what, value]));
      return ratiosOf(job, other)
        .filter(({ what }) => before.has(what))
        .map(({ what, value }) => ({ what, by: apart(before.get(what)!, value) }));
    })
    .sort((first, second) => first.by - second.by);
}

/** How far two runs are apart, in words; undefined if they have nothing in common. */
export function agreement(jobs: readonly Job[], one: Results, other: Results): string | undefined {
  const found = differences(jobs, one, other);
  if (found.length === 0) {
    return undefined;
  }
  const within = (share: number) => percent(found[Math.ceil(found.length * share) - 1]!.by);
  const { what, by } = found.at(-1)!;
  return `of ${found.length} ratios half are within ${within(0.5)} of each other, nine of ten within ${within(0.9)}; ${what} is furthest away, by ${percent(by)}`;
}

function ratiosOf(job: Job, { calls, crowds, warmed }: Results): Ratio[] {
  if (job.kind === 'crowd') {
    return ratiosOfCrowd(job, crowds[job.name] ?? {});
  }
  return [...ratiosOfCalls(job, calls[job.name] ?? {}), ...ratiosOfCalls(job, warmed[job.name] ?? {}, ', warmed')];
}

function ratiosOfCalls(job: CallJob, found: Readonly<Record<string, number>>, how = ''): Ratio[] {
  const floor = found[job.cases[0]!.name];
  return Object.entries(found)
    .slice(1)
    .map(([name, ns]) => ({ what: `\`${job.name}\`: ${name}${how}`, value: ns / floor! }));
}

/** Times beside those of the job's first case in a crowd of that size; bytes as they are. */
function ratiosOfCrowd({ name, cases, figures }: CrowdJob, found: CrowdResults): Ratio[] {
  return Object.entries(found).flatMap(([each, sizes]) =>
    Object.entries(sizes).flatMap(([size, measured]) =>
      figures.flatMap(({ key, title, unit }) => {
        const base = unit === 'B' ? 1 : found[cases[0]!.name]?.[Number(size)]?.[key];
        const value = measured[key];
        return value === undefined || base === undefined || (unit === 'ns' && each === cases[0]!.name)
          ? []
          : [{ what: `\`${name}\`: ${each}, ${title}, ${size}`, value: value / base }];
      }),
    ),
  );
}

function apart(one: number, other: number): number {
  return Math.max(one, other) / Math.min(one, other) - 1;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
}
