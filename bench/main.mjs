// What our guards cost, beside a floor and beside other libraries. Measures the built package.
// npm run bench                         every job, some twelve minutes; prints tables and targets
// npm run bench -- calls chunks         some jobs: calls stack failures chunks crowd memory growth redis sizes
// npm run bench -- calls --quick        shorter, for a first look
// npm run bench -- calls --only=rate    only cases with this in their name, and their floors
// npm run bench -- stack --beside=../x  the build of another checkout as well, in the same turns
// npm run bench -- --write              writes the tables of these jobs into bench/RESULTS.md
import { cpSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { buildLibrary, library, root } from './library.mjs';

const words = process.argv.slice(2);
const folder = join(root, `bench/build/${process.pid}`); // of this run, so that others can go on beside it
buildLibrary();
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
await build({
  entryPoints: ['run.ts', 'worker.ts', 'redis-waiters.ts'].map((name) => join(root, 'bench', name)),
  outdir: folder,
  outExtension: { '.js': '.mjs' },
  ...{ bundle: true, splitting: true, format: 'esm', platform: 'node', target: 'node20', packages: 'external' },
  // Types only; the cases get the library that is measured from `support.ts`.
  external: ['rxjs-resilience', 'rxjs-resilience/redis'],
});
const beside = words.find((word) => word.startsWith('--beside='))?.slice('--beside='.length);
if (beside !== undefined) {
  // Copied, so that both builds use the same rxjs.
  cpSync(resolve(beside, 'dist'), join(folder, 'beside'), { recursive: true });
}
const { run } = await import(pathToFileURL(join(folder, 'run.mjs')).href);
await run(words, library, beside === undefined ? undefined : join(folder, 'beside/index.js'));
