import { existsSync, readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import type { CallJob, CrowdJob, Job } from './job';
import { versions } from './peers';
import type { Bundle, Results } from './results';
import { callTable, crowdTable, markdown } from './tables';
import { verdicts } from './targets';

/** RESULTS.md. Explanations are written by hand in NOTES.md, and are kept. */
export function report(jobs: readonly Job[], results: Results, plots: ReadonlyMap<string, readonly string[]>): string {
  return `${[
    '# What it costs',
    introduction(),
    '## Targets',
    targetsAndNotes(results),
    ...jobs.flatMap((job) => [
      `## ${job.title}`,
      job.about,
      ...(job.kind === 'calls' ? ofCalls(job, results) : ofCrowd(job, results, plots)),
    ]),
    '## Bytes',
    'What a bundler (esbuild) makes of these imports, in kB, minified, and compressed with gzip; rxjs does not count. `npm run sizes` checks the budgets.',
    markdown(bundleTable([...results.own.map((each) => ({ ...each, name: `**${each.name}**` })), ...results.peers])),
  ].join('\n\n')}\n`;
}

function introduction(): string {
  const [cpu] = cpus();
  return `Written by \`npm run bench\`, which takes some ten minutes; do not edit. What is explained by hand stands in [NOTES.md](NOTES.md).
\`npm run bench -- queue\` runs only the jobs in whose names that is, and \`--quick\` is shorter: both print and write nothing.
The jobs: \`retry\`, \`circuit\`, \`rate\`, \`budget\`, \`stack\`, \`stream\`, \`queue\`, \`cancel\`, \`parked\`, \`keys\`. Each stands in a file of
[\`cases/\`](cases); to measure something else as well, add a case to the file of its job.

Every case runs in a process of its own, all cases of a job in turn, several rounds; the numbers are medians. They are
processor time, collections included, so that a busy machine shows less; still, only what stands beside each other in one run
can be compared. "Warmed" is what applications see: all cases run in one process first, so that the code of rxjs has been
used in many ways, and then each is measured.

In the tables **ours** are bold, _floors_ are slanted: nothing that does the work can cost less.

Measured on ${cpus().length} × ${cpu?.model.trim() || 'an unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}, ${process.platform} ${process.arch}, with ${versions().join(', ')}.`;
}

function targetsAndNotes(results: Results): string {
  const notes = new URL('../NOTES.md', import.meta.url);
  const rows = verdicts(results);
  const met = rows.filter((row) => row.at(-1) === 'met').length;
  const table = `${met} of ${rows.length - 1} are met.\n\n${markdown(rows, 2)}`;
  return existsSync(notes) ? `${table}\n\n${readFileSync(notes, 'utf8').trim()}` : table;
}

function ofCalls(job: CallJob, { calls, warmed }: Results): string[] {
  return [markdown(callTable(job, calls.get(job.name)!, warmed.get(job.name)))];
}

function ofCrowd(job: CrowdJob, { crowds }: Results, plots: ReadonlyMap<string, readonly string[]>): string[] {
  const results = crowds.get(job.name)!;
  const tables = job.figures.map((figure) => markdown(crowdTable({ ...job, figures: [figure] }, results)));
  return [...(plots.get(job.name) ?? []).map((name) => picture(name, job.title)), ...tables];
}

function picture(name: string, title: string): string {
  return [
    '<picture>',
    `  <source media="(prefers-color-scheme: dark)" srcset="../docs/bench/${name}-dark.svg">`,
    `  <img alt="${title}" src="../docs/bench/${name}-light.svg">`,
    '</picture>',
  ].join('\n');
}

export function bundleTable(bundles: readonly Bundle[]): string[][] {
  return [['', 'min', 'min + gzip'], ...bundles.map(({ name, min, gzip }) => [name, min.toFixed(2), gzip.toFixed(2)])];
}
