// npm run sizes: fails if what users would bundle is larger than it may be. Exact, unlike times.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { buildLibrary, library, root } from './library.mjs';

/**
 * What is imported, and how many kB of it are allowed, minified and compressed. `most` is raised only with a reason in
 * the changelog. rxjs does not count, because whoever needs us has it.
 */
const ours = [
  { name: 'retryBackoff', imports: '{ retryBackoff }', most: 16.3 },
  {
    name: 'retryBackoff, fromStream, coalesceTime',
    imports: '{ coalesceTime, fromStream, retryBackoff }',
    most: 18.8,
  },
  { name: 'circuitBreak with CircuitBreaker', imports: '{ CircuitBreaker, circuitBreak }', most: 26.8 },
  { name: 'rateLimit with RateLimiter', imports: '{ RateLimiter, rateLimit }', most: 31.3 },
  { name: 'tokenBudget with TokenBudget', imports: '{ TokenBudget, tokenBudget }', most: 28 },
  {
    name: 'all four operators with their policies',
    imports: '{ CircuitBreaker, circuitBreak, RateLimiter, rateLimit, retryBackoff, TokenBudget, tokenBudget }',
    most: 50.7,
  },
  { name: 'ResilientClient', imports: '{ ResilientClient }', most: 64.1 },
  { name: 'hedge', imports: '{ hedge }', most: 13.1 },
  { name: 'failover', imports: '{ failover }', most: 14.3 },
  { name: 'ResilientRouter', imports: '{ ResilientRouter }', most: 24.2 },
  { name: 'smoothText', imports: '{ smoothText }', most: 3.2 },
  { name: 'everything', imports: '* as all', most: 76.1 },
  { name: 'eventsOf, from /http', imports: '{ eventsOf }', most: 4.2, from: `${root}dist/http/index.js` },
  {
    name: 'resilientMiddleware, from /ai-sdk',
    imports: '{ resilientMiddleware }',
    most: 8.7,
    from: `${root}dist/ai-sdk/index.js`,
  },
  {
    name: 'observe, from /opentelemetry',
    imports: '{ observe }',
    most: 8.1,
    from: `${root}dist/opentelemetry/index.js`,
  },
  { name: 'retryBackoff, from /core', imports: '{ retryBackoff }', most: 4.8, from: `${root}dist/core/index.js` },
  {
    name: 'retryBackoff, fromStream, coalesceTime, from /core',
    imports: '{ coalesceTime, fromStream, retryBackoff }',
    most: 7,
    from: `${root}dist/core/index.js`,
  },
  {
    name: 'all four operators with their policies, from /core',
    imports: '{ CircuitBreaker, circuitBreak, RateLimiter, rateLimit, retryBackoff, TokenBudget, tokenBudget }',
    most: 38.2,
    from: `${root}dist/core/index.js`,
  },
  {
    name: 'ResilientClient, from /core',
    imports: '{ ResilientClient }',
    most: 17.8,
    from: `${root}dist/core/index.js`,
  },
].map((each) => ({ from: library, ...each }));

/** What the guide to small pages says of them, and of which of these. */
const guide = 'docs/guides/user-interfaces.md';
const told = {
  '`ResilientClient` with all that it can make': 'ResilientClient',
  '`retryBackoff`, `fromStream`, `coalesceTime`': 'retryBackoff, fromStream, coalesceTime',
  '`retryBackoff`': 'retryBackoff',
  '`ResilientClient` of `rxjs-resilience/core`, with retries': 'ResilientClient, from /core',
  'four operators with their policies, of `rxjs-resilience/core`': 'all four operators with their policies, from /core',
  '`retryBackoff`, `fromStream`, `coalesceTime` of `rxjs-resilience/core`':
    'retryBackoff, fromStream, coalesceTime, from /core',
  '`retryBackoff` of `rxjs-resilience/core`': 'retryBackoff, from /core',
};

/** The rows of the guide's table that are more than 3 % beside what was measured, or that nobody measures. */
function wrongRows(sizes) {
  const [, section] = readFileSync(`${root}${guide}`, 'utf8').split('\n## Small pages\n');
  const [table] = section.split('\n## ');
  const rows = [...table.matchAll(/^\| (.+) \| ([\d.]+) \|$/gm)].map(([, text, kB]) => ({ text, kB: Number(kB) }));
  const missing = Object.keys(told).filter((each) => !rows.some(({ text }) => text === each));
  const wrong = rows.filter(({ text, kB }) => {
    const { gzip = 0 } = sizes.find(({ name }) => name === told[text]) ?? {};
    return Math.abs(kB - gzip) > gzip * 0.03;
  });
  return [...missing, ...wrong.map(({ text }) => text)];
}

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
  const wrong = wrongRows(sizes);
  for (const row of wrong) {
    console.log(`${guide} says something else of ${row}`);
  }
  process.exitCode = wrong.length > 0 || sizes.some(({ most, gzip }) => gzip > most) ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await check();
}
