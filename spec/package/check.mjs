// Packs the library as it would be published, installs it in an empty folder, and uses it from ESM, CommonJS and TypeScript.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = new URL('../..', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'rxjs-resilience-'));
const run = (command, ...words) =>
  execFileSync(command, words, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
const write = (name, text) => writeFileSync(join(folder, name), text);

const program = `
const { of } = RX;
const { RateLimiter, rateLimit, perSecond, CircuitOpenError } = LIB;
const limiter = new RateLimiter({ limits: perSecond(5) });
of('it works').pipe(rateLimit(limiter)).subscribe((text) => console.log(text));
if (!(new CircuitOpenError({}) instanceof CircuitOpenError)) throw new Error('errors are not recognised');
`;
// The second entry point needs a client that the user made; no client is installed here.
const shared = `
const { RedisRateLimiter, RedisTokenBudget, LimiterUnavailableError } = REDIS;
const { perSecond, rateLimit, tokenBudget } = LIB;
const { of } = RX;
const asleep = () => new Promise(() => {});
const client = { evalsha: asleep, eval: asleep };
const limiter = new RedisRateLimiter(client, { key: 'a', limits: perSecond(5), deadline: 1 });
const budget = new RedisTokenBudget(client, { key: 'a', limits: perSecond(5), deadline: 1, whenUnavailable: 'allow' });
of('it works').pipe(tokenBudget(budget, { estimate: 1 })).subscribe((text) => {
  of(1).pipe(rateLimit(limiter)).subscribe({
    error: (error) => console.log(error instanceof LimiterUnavailableError ? text : error),
  });
});
`;
// Nobody who imports the operators loads a byte of the second entry point.
const apart = `
require('rxjs-resilience');
const loaded = Object.keys(require.cache).filter((file) => /rxjs-resilience.dist.redis/.test(file));
console.log(loaded.length === 0 ? 'it works' : loaded.join());
`;
const typed = `
import { of, type Observable } from 'rxjs';
import { perMinute, RateLimiter, rateLimit, ResilientClient, retryBackoff } from 'rxjs-resilience';
import { type RedisClient, RedisRateLimiter, RedisTokenBudget } from 'rxjs-resilience/redis';
const limiter = new RateLimiter({ limits: { requests: perMinute(5), tokens: perMinute(1000) } });
export const text: Observable<string> = of('a').pipe(retryBackoff(), rateLimit(limiter, { cost: { tokens: 5 } }));
export const client = new ResilientClient({ rateLimit: { limits: perMinute(5) } });
// @ts-expect-error a typo in a dimension does not compile
of('a').pipe(rateLimit(limiter, { cost: { tokenz: 5 } }));
declare const redis: RedisClient;
const shared = new RedisRateLimiter(redis, { key: 'a', limits: { requests: perMinute(5), tokens: perMinute(1000) } });
export const limited = new ResilientClient({ rateLimit: shared, tokenBudget: new RedisTokenBudget(redis, { key: 'a', limits: perMinute(5) }) });
// @ts-expect-error a typo in a dimension does not compile
of('a').pipe(rateLimit(shared, { cost: { tokenz: 5 } }));
`;

try {
  const [{ filename }] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
      cwd: root,
      encoding: 'utf8',
    }),
  );
  write('package.json', JSON.stringify({ name: 'a-user', private: true }));
  run('npm', 'install', '--silent', '--no-audit', '--no-fund', `./${filename}`, 'rxjs@7.8.2', 'typescript@6.0.3');

  const importing = (how, text) =>
    text
      .replace('RX', `${how}('rxjs')`)
      .replace('LIB', `${how}('rxjs-resilience')`)
      .replace('REDIS', `${how}('rxjs-resilience/redis')`);
  write('use.mjs', importing('await import', program));
  write('use.cjs', importing('require', program));
  write('shared.mjs', importing('await import', shared));
  write('shared.cjs', importing('require', shared));
  write('apart.cjs', apart);
  write(
    'both.cjs',
    `
const { CircuitOpenError } = require('rxjs-resilience');
import('rxjs-resilience').then((esm) => {
  if (!(new esm.CircuitOpenError({}) instanceof CircuitOpenError)) throw new Error('two copies do not know each other');
  console.log('it works');
});`,
  );
  for (const file of ['use.mjs', 'use.cjs', 'both.cjs', 'shared.mjs', 'shared.cjs', 'apart.cjs']) {
    if (run('node', file).trim() !== 'it works') {
      throw new Error(`${file} printed something else`);
    }
    console.log(`✓ ${file}`);
  }

  write('use.mts', typed);
  write('use.cts', typed);
  for (const resolution of ['node16', 'nodenext', 'bundler']) {
    const module = resolution === 'bundler' ? 'esnext' : resolution;
    const files = resolution === 'bundler' ? ['use.mts'] : ['use.mts', 'use.cts'];
    const compilerOptions = {
      noEmit: true,
      strict: true,
      exactOptionalPropertyTypes: true,
      target: 'es2022',
      types: [],
    };
    write(
      'tsconfig.json',
      JSON.stringify({ compilerOptions: { ...compilerOptions, module, moduleResolution: resolution }, files }),
    );
    run('npx', 'tsc', '-p', '.');
    console.log(`✓ tsc accepts it with moduleResolution ${resolution}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
