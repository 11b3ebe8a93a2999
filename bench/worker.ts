// A process of its own for what is measured: prints one line of JSON.
import { weigh } from './cases/crowd';
import type { CallCase, CallJob, CrowdJob, Figures, Job } from './job';
import { medians, nsPerCall, warmedUp } from './measure';
import { huge, type Task } from './processes';

const { job: name, case: caseName, size, patience } = JSON.parse(process.argv[2]!) as Task;

async function result(): Promise<unknown> {
  if (name === undefined) {
    return allWarmed();
  }
  const { job } = (await import(`./cases/${name}.ts`)) as { job: Job }; // no other, which takes time to load
  return job.kind === 'calls' ? alone(job) : inCrowd(job);
}

async function alone(job: CallJob): Promise<number> {
  return nsPerCall(job.cases.find((each) => each.name === caseName)!.make(), patience);
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
async function allWarmed(): Promise<Record<string, Record<string, number>>> {
  const { jobs } = await import('./cases/index');
  const cases = jobs
    .filter((job): job is CallJob => job.kind === 'calls')
    .flatMap((job) => job.cases.map((each: CallCase) => ({ job: job.name, name: each.name, body: each.make() })));
  for (const { body } of cases) {
    await warmedUp(body, patience);
  }
  const results: Record<string, Record<string, number>> = {};
  for (const { job, name, body } of cases) {
    results[job] ??= {};
    results[job][name] = await nsPerCall(body, patience);
  }
  return results;
}

// What is still open, such as timers of those who wait, does not matter.
process.stdout.write(`${JSON.stringify(await result())}\n`, () => process.exit());
