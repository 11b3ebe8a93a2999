/** Bytes that are reachable. */
export function heapUsed(): number {
  globalThis.gc!();
  globalThis.gc!();
  return process.memoryUsage().heapUsed;
}

/** What one of `n` cost, in ns. */
export function nsEach(n: number, ms: number): number {
  return (ms * 1e6) / n;
}
