import { existsSync, readFileSync } from 'node:fs';
import { agreement } from './agreement';
import type { CallJob, CrowdJob, Job } from './job';
import type { Kept } from './kept';
import { redisTables } from './redis/tables';
import type { Bundle, Results } from './results';
import { callTable, crowdTable, markdown } from './tables';
import { verdicts } from './targets';

/** RESULTS.md. Explanations are written by hand in NOTES.md, and are kept. */
export function report(
  jobs: readonly Job[],
  results: Results,
  again: Results,
  plots: ReadonlyMap<string, readonly string[]>,
  kept: ReadonlyMap<string, Kept>,
): string {
  const { own, peers } = results.sizes;
  return `${[
    '# What it costs',
    introduction(kept, agreement(jobs, results, again)),
    '## Targets',
    targetsAndNotes(results, again),
    ...jobs
      .filter(({ name }) => kept.has(name))
      .flatMap((job) => [
        `## ${job.title}`,
        job.about,
        ...(job.kind === 'calls' ? ofCalls(job, results) : ofCrowd(job, results, plots)),
      ]),
    ...ofRedis(results),
    '## Bytes',
    'What a bundler (esbuild) makes of these imports, in kB, minified, and compressed with gzip; rxjs does not count. `npm run sizes` fails where one is more than the last column says; what was aimed at is the target.',
    markdown(bundleTable([...own.map((each) => ({ ...each, name: `**${each.name}**` })), ...peers])),
  ].join('\n\n')}\n`;
}

function introduction(kept: ReadonlyMap<string, Kept>, agreed: string | undefined): string {
  return `Written by \`npm run bench\`, which takes some fifteen minutes; do not edit. What is explained by hand stands in [NOTES.md](NOTES.md).
\`npm run bench -- queue\` runs only the jobs in whose names that is, and \`--quick\` is shorter: both print and write nothing.
\`npm run bench -- queue --keep\` renews the figures of these jobs, which are kept in [\`results/\`](results), and writes this file
anew from all of them: figures of one table are of one run, those of two tables need not be. The "warmed" columns are of one
run of their own.

The jobs: \`retry\`, \`circuit\`, \`rate\`, \`budget\`, \`stack\`, \`stream\`, \`queue\`, \`cancel\`, \`parked\`, \`keys\`, each in a file of
[\`cases/\`](cases), to which a case can be added to measure something else as well; and \`warmed\`, \`redis\`, which stands in
[\`redis/\`](redis), and \`sizes\`.

Every case runs in a process of its own. All processes of a job stand ready at once and take turns of some 25 ms; what counts
is the ratio to the turn that the floor had beside it, so that it does not matter when the machine becomes faster or slower. The
ratios are medians of the turns, then of rounds with new processes, which are spread over the whole run. What is measured is
processor time, collections included;
only what stands beside each other in one run can be compared. Crowds, from the line in which calls wait on, are measured one process
after the other. How Redis is measured stands above its tables. "Warmed" is what applications see: all cases run in one process
first, so that the code of rxjs has been used in many ways, and then they take turns; the targets are for processes of their own.
Each figure is a median of its own, so those of a row need not add up. An empty cell: it took longer than a minute, or is not tried.
\`npm run bench -- stack --profile\` shows where the time of our cases goes, and how much they allocate.

How far two runs are apart: \`npm run bench -- --again\` measures everything once more and keeps it beside the first run's figures,
for the column "again" below${agreed === undefined ? '' : `; ${agreed}`}.

In the tables **ours** are bold, _floors_ are slanted: nothing that does the work can cost less.

${measuredOn(kept)}`;
}

/** One line, or one for each machine or set of versions. */
function measuredOn(kept: ReadonlyMap<string, Kept>): string {
  const names = new Map<string, string[]>();
  for (const [name, { on }] of kept) {
    names.set(on, [...(names.get(on) ?? []), `\`${name}\``]);
  }
  const all = [...names];
  return all
    .map(([on, jobs]) => (all.length === 1 ? `Measured on ${on}.` : `- ${jobs.join(', ')}: measured on ${on}.`))
    .join('\n');
}

function targetsAndNotes(results: Results, again: Results): string {
  const notes = new URL('../NOTES.md', import.meta.url);
  const rows = verdicts(results, again);
  const met = rows.filter((row) => row.at(-1) === 'met').length;
  const table = `${met} of ${rows.length - 1} are met.\n\n${markdown(rows, 2)}`;
  return existsSync(notes) ? `${table}\n\n${readFileSync(notes, 'utf8').trim()}` : table;
}

function ofCalls(job: CallJob, { calls, warmed }: Results): string[] {
  return [markdown(callTable(job, calls[job.name], warmed[job.name]))];
}

function ofCrowd(job: CrowdJob, { crowds }: Results, plots: ReadonlyMap<string, readonly string[]>): string[] {
  const results = crowds[job.name]!;
  const tables = job.figures.map((figure) => markdown(crowdTable({ ...job, figures: [figure] }, results)));
  return [...(plots.get(job.name) ?? []).map((name) => `![${job.title}](../docs/bench/${name}.svg)`), ...tables];
}

function ofRedis({ redis }: Results): string[] {
  const tables = redis === undefined ? [] : redisTables(redis);
  const parts = tables.flatMap(({ about, table }) => (table === undefined ? [about] : [about, markdown(table)]));
  return redis === undefined ? [] : ['## Redis', ...parts];
}

export function bundleTable(bundles: readonly Bundle[]): string[][] {
  const limit = (size: number | undefined) => (size === undefined ? '' : String(size));
  return [
    ['', 'min', 'min + gzip', 'target', 'checked: at most'],
    ...bundles.map(({ name, min, gzip, target, most }) => [
      name,
      ...[min.toFixed(2), gzip.toFixed(2), limit(target), limit(most)],
    ]),
  ];
}
