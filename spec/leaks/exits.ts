import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** ms within which a program must exit once it is done. */
const patience = 2_000;

const program = fileURLToPath(new URL('./program.ts', import.meta.url));

/** Runs a program in a process of its own; tells what is wrong with its end, if anything is. */
export function wrongExit(name: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...process.execArgv, program, name], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let timer: NodeJS.Timeout | undefined;
    child.stdout.once('data', () => {
      timer = setTimeout(() => child.kill(), patience);
    });
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      if (signal !== null) {
        resolve(`did not exit within ${patience} ms`);
      } else if (code !== 0 || timer === undefined) {
        resolve(`came to no end, and exited with code ${code}`);
      } else {
        resolve(undefined);
      }
    });
  });
}
