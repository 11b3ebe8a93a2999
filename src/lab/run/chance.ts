/**
 * Does something while `Math.random` is another function: a client that was not given a `random` of its own draws its
 * jitter from it, and a seed would decide everything but that.
 */
export function withRandom<T>(random: () => number, work: () => T): T {
  const usual = Math.random;
  Math.random = random;
  try {
    return work();
  } finally {
    Math.random = usual;
  }
}
