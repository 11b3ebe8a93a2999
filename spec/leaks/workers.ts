import { fork } from 'node:child_process';
import type { Finding } from './measure';

const worker = new URL('./worker.ts', import.meta.url);

/** Measures kinds in several processes at once; tells what was found as it is found. */
export async function measureAll(names: readonly string[], processes: number, tell: (finding: Finding) => void) {
  const rest = [...names];
  await Promise.all(Array.from({ length: processes }, () => measureSome(rest, tell)));
}

/** One process, which takes the next kind as long as there is one. */
function measureSome(rest: string[], tell: (finding: Finding) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = fork(worker, { execArgv: process.execArgv });
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
