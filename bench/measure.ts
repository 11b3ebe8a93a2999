import type { Body } from './job';

/** How long a case is warmed up and then timed, in ms. */
export interface Patience {
  readonly warm: number;
  readonly timed: number;
}

/** A sample is as long as this, in ms: far longer than what a clock errs by, far shorter than a second. */
const sampleTime = 8;

/** What one call costs, in ns: the median of many samples, so that neither a collection nor a neighbour shows. */
export async function nsPerCall(body: Body, { warm, timed }: Patience): Promise<number> {
  const n = await warmedUp(body, warm);
  const samples: number[] = [];
  const end = performance.now() + timed;
  do {
    samples.push((await msFor(body, n)) / n);
    await turn();
  } while (performance.now() < end || samples.length < 3);
  return median(samples) * 1e6;
}

/** Lets the compiler see the work; returns how many calls fill a sample. */
export async function warmedUp(body: Body, ms: number): Promise<number> {
  const end = performance.now() + ms;
  let n = 1;
  let perCall: number;
  do {
    perCall = (await msFor(body, n)) / n;
    n = Math.max(1, Math.min(n * 2, Math.ceil(sampleTime / perCall)));
    await turn();
  } while (performance.now() < end);
  return n;
}

async function msFor(body: Body, n: number): Promise<number> {
  const start = performance.now();
  const ended = body(n);
  if (ended !== undefined) {
    await ended;
  }
  return performance.now() - start;
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
