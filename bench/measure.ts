import type { Body, Figures, Job, OnceCase, TurnCase } from './job';

/** A sample is as long as this, in ms: far longer than what a clock errs by, far shorter than a second. */
const sampleTime = 8;

/** What a call costs now, in ns: of processor time, collections included, and by the wall clock. */
export async function nsPerCall(body: Body, n: number, samples: number): Promise<Figures> {
  const found: Figures[] = [];
  for (let sample = 1; sample <= samples; sample += 1) {
    found.push(await timed(body, n));
    await macrotask();
  }
  return medians(found);
}

/** Lets the compiler see enough of the work, as far as it is to be had in time; returns how many calls fill a sample. */
export async function warmedUp(body: Body, warm: number, burst?: number): Promise<number> {
  const begun = performance.now();
  const isWarm = (calls: number, ms: number) => ms > warm && (calls > 40_000 || ms > warm + 2_000);
  let n = burst ?? 1;
  for (let calls = 0; !isWarm(calls, performance.now() - begun); calls += n) {
    const { ns } = await timed(body, n);
    n = burst ?? Math.max(1, Math.min(n * 2, Math.ceil((sampleTime * 1e6) / Math.max(ns!, 1))));
    await macrotask();
  }
  return n;
}

/** Bytes that a call allocates: the median of runs short enough for most of them to be free of collections. */
export async function bytesPerCall(body: Body, most: number): Promise<number> {
  const n = Math.min(most, 200);
  const found: number[] = [];
  for (const end = performance.now() + 300; found.length < 100 && (found.length < 5 || performance.now() < end); ) {
    const before = process.memoryUsage().heapUsed;
    await body(n);
    found.push((process.memoryUsage().heapUsed - before) / n);
  }
  return median(found);
}

async function timed(body: Body, n: number): Promise<Figures> {
  const [wall, start] = [performance.now(), process.cpuUsage()];
  await body(n);
  return { ns: processorNs(start) / n, wall: ((performance.now() - wall) * 1e6) / n };
}

/** Processor time since then, in ns. */
export function processorNs(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) * 1_000;
}

/** Bytes that are reachable. */
export async function heapUsed(): Promise<number> {
  await macrotask();
  for (let round = 0; round < 3; round += 1) {
    globalThis.gc!(); // what is held weakly goes with the next collection
  }
  return process.memoryUsage().heapUsed;
}

/** Lets timers fire, as they do in every program that is not only a loop. */
export function macrotask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

/** Ratios to the floor at the same turn do not mind a machine that becomes faster or slower. */
export function besideFloor(own: readonly Figures[], floor: readonly Figures[], clock: Job['clock']): Figures {
  const key = clock === 'wall' ? 'wall' : 'ns';
  const pairs = own.map((each, turn) => [each[key]!, floor[turn]![key]!] as const);
  const { ns, wall } = medians(own) as { ns: number; wall: number };
  return {
    ...{ ns, wall, perSecond: 1e9 / wall },
    ratio: median(pairs.map(([one, other]) => one / other)),
    over: median(pairs.map(([one, other]) => one - other)),
  };
}

export function isTurnCase(each: TurnCase | OnceCase): each is TurnCase {
  return 'make' in each;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
}

export function medians(all: readonly Figures[]): Figures {
  return Object.fromEntries(Object.keys(all[0] ?? {}).map((key) => [key, median(all.map((each) => each[key]!))]));
}
