// npm run sizes: fails if what users would bundle is larger than it may be. Exact, unlike times.
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { buildLibrary, library, root } from './library.mjs';

/**
 * What is imported, and how many kB of it are allowed, minified and compressed. `most` is raised only with a reason in
 * the changelog. rxjs does not count, because whoever needs us has it.
 */
const ours = [
  { name: 'retryBackoff', imports: '{ retryBackoff }', most: 19 },
  {
    name: 'retryBackoff, fromStream, coalesceTime',
    imports: '{ coalesceTime, fromStream, retryBackoff }',
    most: 20,
  },
  { name: 'circuitBreak with CircuitBreaker', imports: '{ CircuitBreaker, circuitBreak }', most: 27.2 },
  { name: 'rateLimit with RateLimiter', imports: '{ RateLimiter, rateLimit }', most: 30.8 },
  { name: 'tokenBudget with TokenBudget', imports: '{ TokenBudget, tokenBudget }', most: 27.4 },
  {
    name: 'all four operators with their policies',
    imports: '{ CircuitBreaker, circuitBreak, RateLimiter, rateLimit, retryBackoff, TokenBudget, tokenBudget }',
    most: 49.8,
  },
  { name: 'ResilientClient', imports: '{ ResilientClient }', most: 64 },
  { name: 'hedge', imports: '{ hedge }', most: 15.7 },
  { name: 'failover', imports: '{ failover }', most: 19.5 },
  { name: 'ResilientRouter', imports: '{ ResilientRouter }', most: 28.8 },
  { name: 'smoothText', imports: '{ smoothText }', most: 3.4 },
  { name: 'everything', imports: '* as all', most: 74 },
  { name: 'eventsOf, from /http', imports: '{ eventsOf }', most: 4.2, from: `${root}dist/http/index.js` },
  {
    name: 'resilientMiddleware, from /ai-sdk',
    imports: '{ resilientMiddleware }',
    most: 9.8,
    from: `${root}dist/ai-sdk/index.js`,
  },
  {
    name: 'observe, from /opentelemetry',
    imports: '{ observe }',
    most: 8.8,
    from: `${root}dist/opentelemetry/index.js`,
  },
  { name: 'retryBackoff, from /core', imports: '{ retryBackoff }', most: 7.5, from: `${root}dist/core/index.js` },
  {
    name: 'retryBackoff, fromStream, coalesceTime, from /core',
    imports: '{ coalesceTime, fromStream, retryBackoff }',
    most: 9.6,
    from: `${root}dist/core/index.js`,
  },
  {
    name: 'all four operators with their policies, from /core',
    imports: '{ CircuitBreaker, circuitBreak, RateLimiter, rateLimit, retryBackoff, TokenBudget, tokenBudget }',
    most: 37,
    from: `${root}dist/core/index.js`,
  },
  { name: 'ResilientClient, from /core', imports: '{ ResilientClient }', most: 21, from: `${root}dist/core/index.js` },
].map((each) => ({ from: library, ...each }));

/** What one would import from others for a part of the work. */
const peers = [
  {
    name: 'cockatiel: retry, breaker, wrap',
    imports: '{ circuitBreaker, ConsecutiveBreaker, ExponentialBackoff, handleAll, retry, wrap }',
    from: 'cockatiel',
  },
  { name: 'rate-limiter-flexible: RateLimiterMemory', imports: '{ RateLimiterMemory }', from: 'rate-limiter-flexible' },
  { name: 'bottleneck', imports: 'Bottleneck', from: 'bottleneck' },
];

/** In kB, ours and those of others. */
export async function allSizes() {
  return Promise.all([...ours, ...peers].map(measured));
}

async function measured({ name, imports, from, most }) {
  const contents = `import ${imports} from ${JSON.stringify(from)};\nconsole.log(${imports.replace('* as ', '')});\n`;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root },
    ...{ bundle: true, minify: true, write: false, format: 'esm', target: 'es2022', platform: 'node' },
    mainFields: ['module', 'main'], // as for a browser
    conditions: ['import'],
    external: ['rxjs', '@opentelemetry/api'],
    logLevel: 'error',
  });
  const code = outputFiles[0].contents;
  return { name, most, min: code.length / 1_000, gzip: gzipSync(code, { level: 9 }).length / 1_000 };
}

async function check() {
  buildLibrary();
  const sizes = await Promise.all(ours.map(measured));
  const width = Math.max(...sizes.map(({ name }) => name.length));
  const kb = (size) => size.toFixed(2).padStart(8);
  console.log(`${'in kB, without rxjs'.padEnd(width)}      min     gzip   at most`);
  for (const { name, most, min, gzip } of sizes) {
    console.log(`${name.padEnd(width)} ${kb(min)} ${kb(gzip)}  ${kb(most)}${gzip <= most ? '' : '  TOO LARGE'}`);
  }
  process.exitCode = sizes.some(({ most, gzip }) => gzip > most) ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await check();
}
