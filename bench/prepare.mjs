// Installs the other libraries, builds ours, and compiles the bench, so that the processes that are timed run plain Node.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { buildLibrary, changedAt, execute, library, redisLibrary, root } from './library.mjs';

const bench = join(root, 'bench');

/** Returns the address of the compiled bench. */
export async function prepare() {
  if (changedAt(join(bench, 'node_modules/.package-lock.json')) < changedAt(join(bench, 'package-lock.json'))) {
    console.log('installing the libraries that are measured beside ours');
    execute('npm', ['ci', '--prefix', bench, '--no-audit', '--no-fund']);
  }
  buildLibrary();
  await build({
    entryPoints: ['run.ts', 'worker.ts', 'redis/worker.ts'].map((name) => join(bench, name)),
    outdir: join(bench, 'build'),
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    plugins: [builtLibrary],
  });
  return pathToFileURL(join(bench, 'build/run.mjs')).href;
}

const builtLibrary = {
  name: 'built library',
  setup({ onResolve }) {
    const at = (path) => () => ({ path: pathToFileURL(path).href, external: true });
    onResolve({ filter: /^rxjs-resilience$/ }, at(library));
    onResolve({ filter: /^rxjs-resilience\/redis$/ }, at(redisLibrary));
  },
};
