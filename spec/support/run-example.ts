import { format } from 'node:util';
import { vi } from 'vitest';
import type { Example } from './examples';

/** How long an example may take, in ms of real time. */
const patience = 10_000;
/** For how long nothing more may be printed after what was expected. */
const silence = 40;
const realSetTimeout = globalThis.setTimeout;
const realSetImmediate = globalThis.setImmediate;
const sleep = (ms: number) => new Promise((resolve) => realSetTimeout(resolve, ms));

/**
 * Imports an example and returns the lines that it printed.
 *
 * One that imports nothing but rxjs and this library runs in virtual time: whenever nothing else is left to do, the clock
 * jumps to the next timer, so a minute's wait takes no time, and takes exactly a minute. One that talks to a server, or
 * lives in a framework, runs in real time.
 */
export async function runExample(file: string, { expected }: Example, isVirtual: boolean): Promise<string[]> {
  const printed = new Printed();
  try {
    await (isVirtual ? inVirtualTime(file) : inRealTime(file, () => printed.lines.length >= expected.length));
    return printed.lines;
  } finally {
    printed.restore();
  }
}

/** Whether nothing in an example, or in the examples that it imports, needs real time. */
export function isVirtual(example: Example, all: readonly Example[]): boolean {
  const imported = [...example.code.matchAll(/(?:from|^import) '([^']+)'/gm)].map((match) => match[1]!);
  return imported.every((name) => {
    const neighbour = all.find(
      ({ document, path }) => document === example.document && path.replace(/\.tsx?$/, '').endsWith(name.slice(1)),
    );
    return name.startsWith('./') && neighbour !== undefined
      ? isVirtual(neighbour, all)
      : /^rxjs(\/testing|-resilience(\/testing)?)?$/.test(name);
  });
}

async function inRealTime(file: string, isComplete: () => boolean): Promise<void> {
  const deadline = Date.now() + patience;
  await import(/* @vite-ignore */ file);
  while (!isComplete() && Date.now() < deadline) {
    await sleep(5);
  }
  await sleep(silence);
}

async function inVirtualTime(file: string): Promise<void> {
  const deadline = Date.now() + patience;
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] });
  try {
    let isLoaded = false;
    const whole = import(/* @vite-ignore */ file).finally(() => {
      isLoaded = true;
    });
    whole.catch(() => undefined); // reported below
    await nothingElseToDo();
    while (!isLoaded || vi.getTimerCount() > 0) {
      if (vi.getTimerCount() > 0) {
        vi.advanceTimersToNextTimer();
      }
      await nothingElseToDo();
      if (vi.getRealSystemTime() > deadline) {
        throw new Error('The example does not end: a timer is still running, or a promise is never settled');
      }
    }
    await whole;
  } finally {
    vi.useRealTimers();
  }
}

/** Promises settle before the next immediate; some need an immediate of their own. */
async function nothingElseToDo(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) {
    await new Promise((resolve) => realSetImmediate(resolve));
  }
}

/** What is printed while it listens. */
class Printed {
  #text = '';
  readonly #spies = [
    ...(['log', 'info', 'warn', 'error'] as const).map((name) =>
      vi.spyOn(console, name).mockImplementation((...values) => {
        this.#text += `${format(...values)}\n`;
      }),
    ),
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      this.#text += String(text);
      return true;
    }),
  ];

  get lines(): string[] {
    const lines = this.#text.split('\n').map((line) => line.trimEnd());
    return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
  }

  restore(): void {
    for (const spy of this.#spies) {
      spy.mockRestore();
    }
  }
}
