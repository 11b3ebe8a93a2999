/**
 * So many stand there before the crowd comes. Without any, a collection would take the shapes of what is not there, and
 * the compiled code with them.
 */
export const early = 100;

let isWeighing = false;

/** Whether memory is measured from now on; times are better measured without, for collections take compiled code away. */
export function weigh(on: boolean): void {
  isWeighing = on;
}

/** Bytes that are reachable; not a number while nothing is weighed. */
export async function heapUsed(): Promise<number> {
  // What those who await still hold is let go in the next turn.
  await new Promise((resolve) => setTimeout(resolve));
  return heapUsedBeforeTimers();
}

/** The same while no timer may ring, for those would end what is weighed; promises go on. */
export async function heapUsedBeforeTimers(): Promise<number> {
  for (let step = 0; step < 20; step += 1) {
    await undefined;
  }
  if (!isWeighing) {
    return Number.NaN;
  }
  for (let round = 0; round < 3; round += 1) {
    globalThis.gc!(); // what is weakly held goes by the next collection
  }
  return process.memoryUsage().heapUsed;
}

/** What one of `n` cost, in ns. */
export function nsEach(n: number, ms: number): number {
  return (ms * 1e6) / n;
}
