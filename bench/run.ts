import { jobs } from './cases/index';
import { callRounds, crowdRounds, quick, thorough } from './rounds';
import { callTable, crowdTable, markdown } from './tables';

/** What `npm run bench` does. */
export async function run(words: readonly string[]): Promise<void> {
  const effort = words.includes('--quick') ? quick : thorough;
  const word = words.find((each) => !each.startsWith('--')) ?? '';
  for (const job of jobs.filter(({ name }) => name.includes(word))) {
    const table =
      job.kind === 'calls'
        ? callTable(job, await callRounds(job, effort), undefined)
        : crowdTable(job, await crowdRounds(job, effort));
    console.log(`\n${job.title}\n\n${markdown(table)}\n`);
  }
}
