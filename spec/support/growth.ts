import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** How much longer the same may take with a long history: what walks it takes a thousand times as long, and more. */
export const tolerance = 30;

/** The median of how long some work takes, in ms. */
export function timeOf(work: () => void): number {
  const times = Array.from({ length: 41 }, () => {
    const start = performance.now();
    for (let count = 0; count < 20; count += 1) {
      work();
    }
    return performance.now() - start;
  });
  return times.sort((one, other) => one - other)[20]!;
}

/** The bytes that some work leaves behind in what its caller keeps. */
export function bytesOf(work: () => void): number {
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  work();
  collectGarbage();
  return process.memoryUsage().heapUsed - before;
}
