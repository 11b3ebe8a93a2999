import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Figures, Task } from './job';

const worker = fileURLToPath(new URL('worker.mjs', import.meta.url));
const flags = ['--expose-gc', '--max-old-space-size=8192'];
const longest = 180_000;

/** A process that measures one case of one build, and tells what it found line by line. */
export class CaseProcess {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(task: Task, library: string) {
    this.#child = spawn(process.execPath, [...flags, worker, JSON.stringify(task)], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, BENCH_LIBRARY: library },
      timeout: longest,
    });
    this.#child.stdin!.on('error', () => undefined); // one that has died is missed when it does not answer
    this.#lines = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  /** The next figures, or none if it has died. */
  async next(): Promise<Figures> {
    const { value, done } = await this.#lines.next();
    return done ? {} : (JSON.parse(value) as Figures);
  }

  async turn(): Promise<Figures> {
    this.#child.stdin!.write('\n');
    return this.next();
  }

  end(): void {
    this.#child.stdin!.end();
  }
}
