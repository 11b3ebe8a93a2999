import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Patience } from './measure';

/** What one process measures: a case of a job, in a crowd of a size; or, without a job, all that is warmed together. */
export interface Task {
  readonly job?: string;
  readonly case?: string;
  readonly size?: number;
  /** Whether it is profiled, not timed. */
  readonly isProfiled?: boolean;
  readonly patience: Patience;
}

/** A crowd that takes so long that it is measured less often. */
export const huge = 1e6;

const worker = fileURLToPath(new URL('worker.mjs', import.meta.url));
const flags = ['--expose-gc', '--max-old-space-size=8192'];

/** Measures in a process of its own; undefined if that takes longer than `maxTime` ms or ends in an error. */
export function inProcess<T>(task: Task, maxTime: number): Promise<T | undefined> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...flags, worker, JSON.stringify(task)], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: maxTime,
    });
    let said = '';
    let complained = '';
    child.stdout.on('data', (data) => {
      said += data;
    });
    child.stderr.on('data', (data) => {
      complained += data;
    });
    child.once('close', (code) => {
      if (code === 0) {
        resolve(JSON.parse(said) as T);
        return;
      }
      console.log(`  ! ${task.case} ${task.size ?? ''}: ${complained.trim().split('\n').at(-1) || 'took too long'}`);
      resolve(undefined);
    });
  });
}

/** A process that has warmed up a case, and times it whenever its turn comes. */
export class Standing {
  readonly #child: ChildProcess;
  readonly #said: AsyncIterator<string>;

  private constructor(
    readonly name: string,
    child: ChildProcess,
  ) {
    this.#child = child;
    child.stdin!.on('error', () => undefined); // a process that has died is missed when it does not answer
    this.#said = (createInterface({ input: child.stdout! }) as Interface)[Symbol.asyncIterator]();
  }

  /** A new process, when it is warm. */
  static async ready(task: Task): Promise<Standing> {
    const stdio = ['pipe', 'pipe', 'inherit'] as const;
    const standing = new Standing(
      task.case!,
      spawn(process.execPath, [...flags, worker, JSON.stringify(task)], { stdio: [...stdio] }),
    );
    await standing.#word();
    return standing;
  }

  /** What a call costs now, in ns; undefined if the process has died, which it says itself. */
  readonly take = async (): Promise<number | undefined> => {
    this.#child.stdin!.write('\n');
    return this.#word();
  };

  leave(): void {
    this.#child.stdin!.end();
  }

  async #word(): Promise<number | undefined> {
    const { value, done } = await this.#said.next();
    return done ? undefined : (JSON.parse(value) as number);
  }
}
