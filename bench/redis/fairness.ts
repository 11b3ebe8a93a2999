// Who keeps the limit, wastes no time, and is fair, when many wait in several processes?
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Redis } from 'ioredis';
import type { Granted } from '../../spec/redis/support/recorded-client';
import { limiters } from './limiters';
import { type Fairness, task } from './results';

/** What a process tells at the end. */
interface Report {
  readonly times: readonly number[];
  readonly granted?: readonly Granted[];
  readonly failure?: string;
}

/** Seen from the compiled bench. */
const worker = fileURLToPath(new URL('redis/worker.mjs', import.meta.url));
const longest = 60_000;

/** All libraries, one after the other. */
export async function fairness(redis: Redis, url: string, id: string): Promise<Fairness[]> {
  const rows: Fairness[] = [];
  for (const library of Object.keys(limiters)) {
    console.log(`- redis: ${task.processes} processes, ${library}`);
    const before = await scriptsRun(redis);
    const reports = await together([url, library, id]);
    const scripts = (await scriptsRun(redis)) - before;
    const failure = reports.find((report) => report?.failure !== undefined)?.failure;
    if (failure !== undefined || reports.includes(undefined)) {
      console.log(`  ! ${library}: ${failure ?? 'took too long'}`);
    }
    rows.push(rowOf(library, reports, scripts));
  }
  return rows;
}

/** Processes that begin at once when all are ready. */
async function together(words: readonly string[]): Promise<(Report | undefined)[]> {
  const workers = Array.from({ length: task.processes }, () => fork(worker, words));
  const end = () => {
    for (const each of workers) {
      each.kill('SIGKILL');
    }
  };
  const timer = setTimeout(end, longest);
  try {
    await Promise.all(workers.map(nextMessage));
    const reports = Promise.all(workers.map(nextMessage));
    for (const each of workers.filter(({ connected }) => connected)) {
      each.send('go');
    }
    return (await reports) as (Report | undefined)[];
  } finally {
    clearTimeout(timer);
    end();
  }
}

function nextMessage(process: ChildProcess): Promise<unknown> {
  return new Promise((resolve) => {
    if (!process.connected) {
      resolve(undefined);
    }
    process.once('message', resolve);
    process.once('exit', () => resolve(undefined));
  });
}

async function scriptsRun(redis: Redis): Promise<number> {
  const stats = await redis.info('commandstats');
  const calls = [...stats.matchAll(/cmdstat_(?:eval|evalsha|multi):calls=(\d+)/g)];
  return calls.reduce((sum, [, count]) => sum + Number(count), 0);
}

function rowOf(library: string, reports: readonly (Report | undefined)[], scripts: number): Fairness {
  const all = reports.flatMap((report) => report?.times ?? []).sort((one, other) => one - other);
  const [first, last] = [all[0] ?? 0, all.at(-1) ?? 0];
  const half = (first + last) / 2;
  const granted = reports
    .flatMap((report) => report?.granted ?? [])
    .flatMap(({ at, calls }) => Array<number>(calls).fill(at))
    .sort((one, other) => one - other);
  return {
    library,
    letThrough: all.length,
    mostInSecond: mostWithin(all, 1_000),
    mostInTenth: mostWithin(all, 100),
    ...(granted.length === 0 ? {} : { mostGrantedInSecond: mostWithin(granted, 1_000) }),
    span: (last - first) / 1_000,
    shares: reports.map((report) => report?.times.filter((at) => at <= half).length ?? 0),
    scripts,
  };
}

function mostWithin(times: readonly number[], window: number): number {
  let [first, most] = [0, 0];
  times.forEach((at, index) => {
    while (times[first]! + window <= at) {
      first += 1;
    }
    most = Math.max(most, index - first + 1);
  });
  return most;
}
