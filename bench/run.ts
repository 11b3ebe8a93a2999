import { writeFileSync } from 'node:fs';
import { jobs } from './cases/index';
import type { Job } from './job';
import { peerBundles } from './peers';
import { drawGrowth } from './plots';
import { bundleTable, report } from './report';
import type { Bundle, Results } from './results';
import {
  type CallResults,
  type CrowdResults,
  callRounds,
  crowdRounds,
  type Effort,
  quick,
  thorough,
  warmedRounds,
} from './rounds';
import { callTable, crowdTable, markdown } from './tables';
import { verdicts } from './targets';

/** Measures bundles. */
interface Sizer {
  readonly ownSizes: () => Promise<Bundle[]>;
  readonly measured: (wanted: readonly { name: string; imports: string; from: string }[]) => Promise<Bundle[]>;
}

/** Seen from the compiled bench. */
const resultsFile = new URL('../RESULTS.md', import.meta.url);
const plotFolder = new URL('../../docs/bench/', import.meta.url);

/** What `npm run bench` does. */
export async function run(words: readonly string[], sizer: Sizer): Promise<void> {
  const started = performance.now();
  const effort = words.includes('--quick') ? quick : thorough;
  const word = words.find((each) => !each.startsWith('--'));
  const wanted = jobs.filter(({ name }) => name.includes(word ?? ''));
  const wantsWarmed = word === undefined || 'warmed'.includes(word);
  const wantsSizes = word === undefined || 'sizes'.includes(word);
  if (wanted.length === 0 && !wantsWarmed && !wantsSizes) {
    throw new Error(`There is no job ${word}; there are ${jobs.map(({ name }) => name).join(', ')}, warmed and sizes`);
  }
  const measured = await measuredJobs(wanted, effort);
  const results: Results = {
    ...measured,
    warmed: wantsWarmed ? await warmedRounds(effort) : new Map(),
    own: wantsSizes ? await sizer.ownSizes() : [],
    peers: wantsSizes ? await sizer.measured(peerBundles) : [],
  };
  print(word === 'warmed' ? jobs.filter(({ kind }) => kind === 'calls') : wanted, results);
  if (word === undefined && effort === thorough) {
    writeFileSync(resultsFile, report(jobs, results, drawn(results)));
    console.log('\nwrote bench/RESULTS.md and docs/bench/');
  }
  console.log(`\n${Math.round((performance.now() - started) / 1_000)} s`);
}

async function measuredJobs(wanted: readonly Job[], effort: Effort): Promise<Pick<Results, 'calls' | 'crowds'>> {
  const calls = new Map<string, CallResults>();
  const crowds = new Map<string, CrowdResults>();
  for (const job of wanted) {
    if (job.kind === 'calls') {
      calls.set(job.name, await callRounds(job, effort));
    } else {
      crowds.set(job.name, await crowdRounds(job, effort));
    }
  }
  return { calls, crowds };
}

function print(wanted: readonly Job[], results: Results): void {
  for (const job of wanted) {
    const warmed = results.warmed.get(job.name);
    const table =
      job.kind === 'calls'
        ? callTable(job, results.calls.get(job.name), warmed)
        : crowdTable(job, results.crowds.get(job.name)!);
    console.log(`\n${job.title}\n\n${markdown(table)}`);
  }
  if (results.own.length > 0) {
    console.log(`\nBytes, kB\n\n${markdown(bundleTable([...results.own, ...results.peers]))}`);
  }
  console.log(`\nTargets\n\n${markdown(verdicts(results), 2)}`);
}

function drawn({ crowds }: Results): ReadonlyMap<string, readonly string[]> {
  const plots = new Map<string, readonly string[]>();
  for (const job of jobs) {
    if (job.kind === 'crowd') {
      const shown = job.figures.filter(({ isDrawn }) => isDrawn);
      plots.set(
        job.name,
        shown.map((figure) => drawGrowth(job, figure, crowds.get(job.name)!, plotFolder)),
      );
    }
  }
  return plots;
}
