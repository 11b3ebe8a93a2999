import { fork, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Finding } from './measure';

const file = fileURLToPath(new URL('./child.ts', import.meta.url));

/** Measures kinds in several processes at once; tells what was found as it is found. */
export async function measureAll(names: readonly string[], processes: number, tell: (finding: Finding) => void) {
  const rest = [...names];
  await Promise.all(Array.from({ length: processes }, () => measureSome(rest, tell)));
}

/** One process, which takes the next kind as long as there is one. */
function measureSome(rest: string[], tell: (finding: Finding) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = fork(file, { execArgv: process.execArgv });
    let name: string | undefined;
    const next = () => {
      name = rest.shift();
      if (name === undefined) {
        child.disconnect();
      } else {
        child.send(name);
      }
    };
    child.on('message', (finding: Finding) => {
      tell(finding);
      next();
    });
    child.on('exit', (code) => {
      if (name === undefined) {
        resolve();
      } else {
        reject(new Error(`${name}: its process ended with code ${code}`));
      }
    });
    next();
  });
}

/** ms within which a program must exit once it is done. */
const patience = 2_000;

/** Runs a program in a process of its own; tells what is wrong with its end, if anything is. */
export function wrongExit(name: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...process.execArgv, file, name], {
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
