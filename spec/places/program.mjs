import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '');

export const read = (...path) => JSON.parse(readFileSync(join(...path), 'utf8'));

/** Runs a program to its end; what it said is kept for when it fails. */
export function run(command, words, { cwd = root, env = {}, timeout } = {}) {
  const shell = process.platform === 'win32' && command === 'npm';
  const stdio = ['ignore', 'pipe', 'pipe'];
  return new Promise((resolve) => {
    const child = spawn(command, words, { cwd, timeout, shell, stdio, env: { ...process.env, ...env } });
    let said = '';
    const hear = (data) => {
      said += data;
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('error', ({ message }) => resolve({ isFine: false, said: message }));
    child.on('close', (code, signal) => {
      resolve({ isFine: code === 0, said: signal === null ? said : `${said}\nIt was stopped by ${signal}.` });
    });
  });
}
