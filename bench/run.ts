import { writeFileSync } from 'node:fs';
import { agreement } from './agreement';
import { jobs } from './cases/index';
import type { CallJob } from './job';
import { allKept, keep, type Which } from './kept';
import { allParts, type Part, type Sizer } from './parts';
import { machine } from './peers';
import { drawGrowth } from './plots';
import { inProcess } from './processes';
import type { Profile } from './profile';
import { redisTables } from './redis/tables';
import { bundleTable, report } from './report';
import { type Results, resultsOf } from './results';
import { type Effort, quick, thorough } from './rounds';
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
  if (words.includes('--profile')) {
    await profile(word);
    return;
  }
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
  const figures = await measured(wanted, isQuick ? quick : thorough, (name, found) => {
    if (keeps) {
      keep(name, which, { on: machine(), figures: found });
    }
  });
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

/**
 * The first round of everything, then the second, …: so the rounds of each part are spread over the whole run, and a
 * machine that is slow for some minutes is so for some rounds of all parts.
 */
async function measured(
  parts: readonly Part[],
  effort: Effort,
  done: (name: string, figures: unknown) => void,
): Promise<ReadonlyMap<string, unknown>> {
  const found = new Map<string, unknown[]>(parts.map(({ name }) => [name, []]));
  const figures = new Map<string, unknown>();
  const most = Math.max(...parts.map(({ rounds }) => rounds(effort)));
  for (let round = 1; round <= most; round += 1) {
    for (const { name, rounds, measure, figuresOf } of parts.filter((each) => round <= each.rounds(effort))) {
      console.log(`- ${name}: round ${round} of ${rounds(effort)}`);
      found.get(name)!.push(await measure(effort, round));
      if (round === rounds(effort)) {
        figures.set(name, figuresOf(found.get(name)!));
        done(name, figures.get(name));
      }
    }
  }
  return figures;
}

/** Shows where the time of our cases goes. */
async function profile(word = ''): Promise<void> {
  const asked = jobs.filter((job): job is CallJob => job.kind === 'calls' && job.name.includes(word));
  for (const job of asked) {
    for (const { name } of job.cases.filter(({ role, name }) => role === 'ours' || name === job.cases[0]!.name)) {
      const { patience } = thorough;
      const found = await inProcess<Profile>({ job: job.name, case: name, patience, isProfiled: true }, 60_000);
      if (found !== undefined) {
        const rows = found.shares.slice(0, 15).map(({ where, share }) => [where, `${(share * 100).toFixed(1)} %`]);
        show(`${job.title}: ${name}, ${Math.round(found.bytes)} B`, [['where', 'of the time'], ...rows]);
      }
    }
  }
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
