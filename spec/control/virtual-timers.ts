import type { VirtualScheduler } from '../../src/testing';

const { setTimeout, clearTimeout, setImmediate } = globalThis;
const { now } = Date;
const { random } = Math;

/**
 * While the work is done, timers, clock and chance of the process are virtual: so libraries can be tried that know no
 * scheduler.
 *
 * @param work Gets a function that lets time pass until then; promises are settled in between.
 */
export async function withTimersOf<T>(
  scheduler: VirtualScheduler,
  chance: () => number,
  work: (pass: (until: number) => Promise<void>) => Promise<T>,
): Promise<T> {
  globalThis.setTimeout = ((callback: (...given: unknown[]) => void, ms = 0, ...given: unknown[]) =>
    new VirtualTimer(scheduler, () => callback(...given), ms)) as unknown as typeof setTimeout;
  globalThis.clearTimeout = ((timer?: VirtualTimer) => timer?.stop()) as unknown as typeof clearTimeout;
  Date.now = () => scheduler.now();
  Math.random = chance;
  try {
    return await work(async (until) => {
      await promisesSettled();
      while (scheduler.next <= until) {
        scheduler.flush(scheduler.next);
        await promisesSettled();
      }
      scheduler.flush(until);
    });
  } finally {
    Object.assign(globalThis, { setTimeout, clearTimeout });
    Date.now = now;
    Math.random = random;
  }
}

/** What `setTimeout` of Node returns, as far as it is used. */
class VirtualTimer {
  readonly #action;

  constructor(scheduler: VirtualScheduler, work: () => void, ms: number) {
    this.#action = scheduler.schedule(work, Math.max(1, ms));
  }

  stop(): void {
    this.#action.unsubscribe();
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}

function promisesSettled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
