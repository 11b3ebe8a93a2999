import type { Body, Figures } from './job';

/** How long a case is warmed up, and how often it is timed then. */
export interface Patience {
  /** So many calls are made first; optimised code comes after some ten thousand. */
  readonly warmCalls: number;
  /** But for no longer than so many ms. */
  readonly warm: number;
  /** So many stand in the crowd that warms up a job with crowds. */
  readonly warmCrowd: number;
  /** All cases are timed in turn so often. */
  readonly turns: number;
  /** So many samples are taken at each turn. */
  readonly samples: number;
}

/** A sample is as long as this, in ms: far longer than what a clock errs by, far shorter than a second. */
const sampleTime = 8;

/** What one call costs now, in ns of processor time: the median of a few samples of `n` calls. */
export async function nsPerCall(body: Body, n: number, samples: number): Promise<number> {
  const found: number[] = [];
  for (let sample = 1; sample <= samples; sample += 1) {
    found.push((await msFor(body, n)) / n);
    await turn();
  }
  return median(found) * 1e6;
}

/** Lets the compiler see enough of the work; returns how many calls fill a sample. */
export async function warmedUp(body: Body, { warmCalls, warm }: Patience): Promise<number> {
  const end = performance.now() + warm;
  let n = 1;
  let perCall: number;
  let rest = warmCalls;
  do {
    perCall = (await msFor(body, n)) / n;
    rest -= n;
    n = Math.max(1, Math.min(n * 2, Math.ceil(sampleTime / Math.max(perCall, 1e-6))));
    await turn();
  } while (rest > 0 && performance.now() < end);
  return n;
}

/** Of processor time, for the machine has other things to do as well; collections count. */
async function msFor(body: Body, n: number): Promise<number> {
  const start = process.cpuUsage();
  const ended = body(n);
  if (ended !== undefined) {
    await ended;
  }
  return msSince(start);
}

/** Processor time since then, in ms. */
export function msSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000;
}

/** Lets timers ring, as they do in every program that is not only a loop. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
}

export function medians(all: readonly Figures[]): Figures {
  return Object.fromEntries(Object.keys(all[0]!).map((key) => [key, median(all.map((each) => each[key]!))]));
}
