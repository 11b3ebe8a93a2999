// A process of its own for one case: says when it is ready, then takes its turn whenever it is asked to.
import { createInterface } from 'node:readline';
import { jobs, type Task } from './job';
import { bytesPerCall, isTurnCase, nsPerCall, warmedUp } from './measure';

const { job: jobName, name, effort } = JSON.parse(process.argv[2]!) as Task;
const { job } = await jobs[jobName]!();
const found = job.cases.find((each) => each.name === name)!;
if (isTurnCase(found)) {
  const body = await found.make();
  const n = await warmedUp(body, effort.warm, found.burst);
  say({ bytes: found.burst === undefined && job.columns.includes('bytes') ? await bytesPerCall(body, n) : Number.NaN });
  for await (const _ of createInterface({ input: process.stdin })) {
    say(await nsPerCall(body, n, found.burst === undefined ? 3 : 1));
  }
} else {
  say(await found.measure());
}
// What is still open, such as timers of calls that wait, does not matter.
process.stdout.write('', () => process.exit());

function say(said: unknown): void {
  process.stdout.write(`${JSON.stringify(said)}\n`);
}
