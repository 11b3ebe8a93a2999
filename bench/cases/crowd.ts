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
  // What those who await still hold is let go in the next turn, and what is weakly held by one collection by the next.
  for (let round = 0; round < (isWeighing ? 3 : 1); round += 1) {
    await new Promise((resolve) => setTimeout(resolve));
    if (isWeighing) {
      globalThis.gc!();
    }
  }
  return isWeighing ? process.memoryUsage().heapUsed : Number.NaN;
}

/** What one of `n` cost, in ns. */
export function nsEach(n: number, ms: number): number {
  return (ms * 1e6) / n;
}
