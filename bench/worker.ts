// A process of its own for what is measured: prints one line of JSON.
import { createInterface } from 'node:readline';
import { weigh } from './cases/crowd';
import type { CallJob, CrowdJob, Figures, Job } from './job';
import { medians, nsPerCall, warmedUp } from './measure';
import { huge, type Task } from './processes';
import { type Profile, profiled } from './profile';
import { besideFloor, type CallResults, inTurns, type Turn } from './turns';

const { job: name, case: caseName, size, isProfiled, patience } = JSON.parse(process.argv[2]!) as Task;

async function result(): Promise<unknown> {
  if (name === undefined) {
    return allWarmed();
  }
  const { job } = (await import(`./cases/${name}.ts`)) as { job: Job }; // no other, which takes time to load
  if (job.kind === 'crowd') {
    return inCrowd(job);
  }
  return isProfiled ? profileOf(job) : alone(job);
}

async function profileOf(job: CallJob): Promise<Profile> {
  const body = job.cases.find((each) => each.name === caseName)!.make();
  return profiled(body, await warmedUp(body, patience));
}

/** Says when it is warm, then takes its turn whenever it is asked to, until nobody will ask any more. */
async function alone(job: CallJob): Promise<undefined> {
  const body = job.cases.find((each) => each.name === caseName)!.make();
  const n = await warmedUp(body, patience);
  say(n);
  for await (const _ of createInterface({ input: process.stdin })) {
    say(await nsPerCall(body, n, patience.samples));
  }
}

/** Crowds to warm up, some that are timed, and one that is weighed; a huge one is both. */
async function inCrowd(job: CrowdJob): Promise<Figures> {
  const { measure } = job.cases.find((each) => each.name === caseName)!;
  const { warmCrowd } = patience;
  const timed: Figures[] = [];
  await measure(warmCrowd);
  await measure(warmCrowd);
  for (let times = Math.ceil(Math.min(5, warmCrowd / size!)); times > 0 && size! < huge; times -= 1) {
    timed.push(await measure(size!));
  }
  weigh(true);
  const weighed = await measure(size!);
  const times = timed.length === 0 ? [] : Object.entries(medians(timed)).filter(([, value]) => Number.isFinite(value));
  return { ...weighed, ...Object.fromEntries(times) };
}

/** Every case after all others have run: what applications see, where the same rxjs does a hundred things. */
async function allWarmed(): Promise<Record<string, CallResults>> {
  const { jobs } = await import('./cases/index');
  const results: Record<string, CallResults> = {};
  const warmed: { readonly job: CallJob; readonly turns: Turn[] }[] = [];
  for (const job of jobs.filter((each): each is CallJob => each.kind === 'calls')) {
    const turns: Turn[] = [];
    for (const { name, make } of job.cases) {
      const body = make();
      const n = await warmedUp(body, patience);
      turns.push({ name, take: () => nsPerCall(body, n, patience.samples) });
    }
    warmed.push({ job, turns });
  }
  for (const { job, turns } of warmed) {
    results[job.name] = besideFloor(job, await inTurns(turns, patience.turns));
  }
  return results;
}

function say(said: unknown): void {
  process.stdout.write(`${JSON.stringify(said)}\n`);
}

// What is still open, such as timers of those who wait, does not matter.
const said = await result();
process.stdout.write(said === undefined ? '' : `${JSON.stringify(said)}\n`, () => process.exit());
