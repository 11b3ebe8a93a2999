/**
 * So many stand there before the crowd comes. Without any, a collection would take the shapes of what is not there, and
 * the compiled code with them.
 */
export const early = 100;

/** Bytes that are reachable. */
export async function heapUsed(): Promise<number> {
  // What those who await still hold is let go in the next turn, and what is weakly held by one collection by the next.
  for (let round = 0; round < 3; round += 1) {
    await new Promise((resolve) => setTimeout(resolve));
    globalThis.gc!();
  }
  return process.memoryUsage().heapUsed;
}

/** What one of `n` cost, in ns. */
export function nsEach(n: number, ms: number): number {
  return (ms * 1e6) / n;
}
