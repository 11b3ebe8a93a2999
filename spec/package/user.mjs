// A user of the library: an empty folder, far from this repository, in which the packed tarball is installed.
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from '../../bench/library.mjs';
import { run } from './program.mjs';

/** Packs the library as it would be published, and installs it beside what its user has. */
export async function packedAndInstalled() {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'rxjs-resilience-user-')));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  process.once('SIGINT', () => process.exit(130));
  cpSync(fileURLToPath(new URL('user', import.meta.url)), folder, { recursive: true });
  const packing = await run(root, 'npm', 'pack', '--silent', '--ignore-scripts', '--pack-destination', folder);
  const tarball = packing.trim();
  const quiet = ['--silent', '--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline'];
  await run(folder, 'npm', 'install', ...quiet, `./${tarball}`);
  const library = join(folder, 'node_modules/rxjs-resilience');
  return { folder, tarball, library, manifest: JSON.parse(readFileSync(join(library, 'package.json'), 'utf8')) };
}
