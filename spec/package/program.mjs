import { spawn } from 'node:child_process';

/** Runs a program to its end, and answers with all that it printed; throws what it printed if it fails. */
export function run(folder, program, ...words) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        printed += text;
      });
    }
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) {
        resolve(printed);
      } else {
        reject(new Error(`${[program, ...words].join(' ')} ended with ${code}:\n${printed.trim()}`));
      }
    });
  });
}

/** Runs a script in the folder of the user, and throws unless it prints what it must. */
export async function runScript(folder, file, expected = 'it works') {
  const printed = (await run(folder, process.execPath, file)).trim();
  if (printed !== expected) {
    throw new Error(`${file} printed ${JSON.stringify(printed)} instead of ${JSON.stringify(expected)}`);
  }
}
