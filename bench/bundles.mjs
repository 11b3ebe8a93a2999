// How many bytes a bundler makes of what is imported; rxjs does not count, whoever needs us has it.
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { buildLibrary, library, root } from './library.mjs';

/**
 * What is imported, and at how many kB it comes, minified and compressed: at most `most`, which the build checks and
 * which is raised only with a reason in the changelog; `target` is what was aimed at.
 */
export const bundles = [
  { name: 'retryBackoff', imports: '{ retryBackoff }', most: 11.8, target: 3.8 },
  { name: 'circuitBreak with CircuitBreaker', imports: '{ CircuitBreaker, circuitBreak }', most: 17.1, target: 4.4 },
  { name: 'rateLimit with RateLimiter', imports: '{ RateLimiter, rateLimit }', most: 20.8 },
  { name: 'tokenBudget with TokenBudget', imports: '{ TokenBudget, tokenBudget }', most: 13.2 },
  {
    name: 'all four operators with their policies',
    imports: '{ CircuitBreaker, circuitBreak, RateLimiter, rateLimit, retryBackoff, TokenBudget, tokenBudget }',
    most: 32.5,
    target: 7.5,
  },
  { name: 'everything', imports: '* as all', most: 41 },
];

/** Sizes of our bundles, in kB. */
export async function ownSizes() {
  buildLibrary();
  return measured(bundles.map((each) => ({ ...each, from: library })));
}

/** Sizes of bundles, in kB. */
export async function measured(wanted) {
  const sizes = [];
  for (const { name, imports, from, most, target } of wanted) {
    const used = imports.replace('* as ', '');
    const contents = `import ${imports} from ${JSON.stringify(from)};\nconsole.log(${used});\n`;
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: `${root}/bench` },
      bundle: true,
      minify: true,
      write: false,
      format: 'esm',
      target: 'es2022',
      platform: 'node',
      mainFields: ['module', 'main'], // as for a browser
      conditions: ['import'],
      external: ['rxjs'],
      logLevel: 'error',
    });
    const code = outputFiles[0].contents;
    sizes.push({ name, most, target, min: code.length / 1_000, gzip: gzipSync(code, { level: 9 }).length / 1_000 });
  }
  return sizes;
}
