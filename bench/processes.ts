import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Patience } from './measure';

/** What one process measures: a case of a job, in a crowd of a size; or, without a job, all that is warmed together. */
export interface Task {
  readonly job?: string;
  readonly case?: string;
  readonly size?: number;
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
