import { writeFileSync } from 'node:fs';
import { agreement } from './agreement';
import { jobs } from './cases/index';
import { allKept, keep, type Which } from './kept';
import { allParts, type Sizer } from './parts';
import { machine } from './peers';
import { drawGrowth } from './plots';
import { redisTables } from './redis/tables';
import { bundleTable, report } from './report';
import { type Results, resultsOf } from './results';
import { quick, thorough } from './rounds';
import { callTable, crowdTable, markdown } from './tables';
import { verdicts } from './targets';

/** Seen from the compiled bench. */
const resultsFile = new URL('../RESULTS.md', import.meta.url);
const plotFolder = new URL('../../docs/bench/', import.meta.url);

/** What `npm run bench` does. */
export async function run(words: readonly string[], sizer: Sizer): Promise<void> {
  const started = performance.now();
  const isQuick = words.includes('--quick');
  const word = words.find((each) => !each.startsWith('--'));
  const which: Which = words.includes('--again') ? 'again' : 'first';
  const keeps = words.includes('--keep') || which === 'again' || (word === undefined && !isQuick);
  if (keeps && isQuick) {
    throw new Error('What --quick measures is not kept');
  }
  const parts = allParts(sizer);
  const wanted = parts.filter(({ name }) => name.includes(word ?? ''));
  if (wanted.length === 0) {
    throw new Error(`There is no job ${word}; there are ${parts.map(({ name }) => name).join(', ')}`);
  }
  const figures = new Map<string, unknown>();
  for (const { name, measure } of wanted) {
    figures.set(name, await measure(isQuick ? quick : thorough));
    if (keeps) {
      keep(name, which, { on: machine(), figures: figures.get(name) });
    }
  }
  const results = resultsOf(figures, jobs);
  print(results);
  if (which === 'again' || !keeps) {
    console.log(`\nBeside what is kept: ${agreement(jobs, keptResults('first'), results) ?? 'nothing to compare'}`);
  }
  if (keeps) {
    writeReport();
  }
  console.log(`\n${Math.round((performance.now() - started) / 1_000)} s`);
}

function print(results: Results): void {
  const { calls, crowds, warmed, redis, sizes } = results;
  for (const job of jobs) {
    if (job.kind === 'calls' && (calls[job.name] ?? warmed[job.name]) !== undefined) {
      show(job.title, callTable(job, calls[job.name], warmed[job.name]));
    } else if (job.kind === 'crowd' && crowds[job.name] !== undefined) {
      show(job.title, crowdTable(job, crowds[job.name]!));
    }
  }
  for (const { about, table } of redis === undefined ? [] : redisTables(redis)) {
    show(about, table);
  }
  if (sizes.own.length > 0) {
    show('Bytes, kB', bundleTable([...sizes.own, ...sizes.peers]));
  }
  show('Targets', verdicts(results), 2);
}

function show(title: string, table: string[][] | undefined, words?: number): void {
  console.log(`\n${title}${table === undefined ? '' : `\n\n${markdown(table, words)}`}`);
}

/** From what this run and those before it have kept. */
function writeReport(): void {
  const results = keptResults('first');
  writeFileSync(resultsFile, report(jobs, results, keptResults('again'), drawn(results), allKept('first')));
  console.log('\nwrote bench/RESULTS.md, bench/results/ and docs/bench/');
}

function keptResults(which: Which): Results {
  return resultsOf(new Map([...allKept(which)].map(([name, { figures }]) => [name, figures])), jobs);
}

function drawn({ crowds }: Results): ReadonlyMap<string, readonly string[]> {
  const plots = new Map<string, readonly string[]>();
  for (const job of jobs) {
    const results = crowds[job.name];
    if (job.kind === 'crowd' && results !== undefined) {
      const shown = job.figures.filter(({ isDrawn }) => isDrawn);
      plots.set(
        job.name,
        shown.map((figure) => drawGrowth(job, figure, results, plotFolder)),
      );
    }
  }
  return plots;
}
