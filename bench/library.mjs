// The library as its users have it: what is measured is the built package.
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The top of the repository. */
export const root = fileURLToPath(new URL('..', import.meta.url));
/** What is imported as `rxjs-resilience`. */
export const library = join(root, 'dist/index.js');

/** Builds the library if any of its files is newer than what was built. */
export function buildLibrary() {
  const sources = readdirSync(join(root, 'src'), { recursive: true }).map((name) => join('src', name));
  const newest = Math.max(
    ...[...sources, 'package.json', 'tsdown.config.ts'].map((name) => changedAt(join(root, name))),
  );
  if (newest > changedAt(library)) {
    console.log('building the library');
    execute('npm', ['run', '--silent', 'build', '--', '--logLevel', 'error']);
  }
}

/** Runs a program at the top of the repository, and throws if it fails. */
export function execute(program, words) {
  const { status, error } = spawnSync(program, words, { cwd: root, stdio: 'inherit' });
  if (status !== 0) {
    throw error ?? new Error(`${program} ${words.join(' ')} failed`);
  }
}

/** When a file was written, in ms; 0 if there is none. */
export function changedAt(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
