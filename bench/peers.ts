import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';

/** What somebody would import for the same work. */
export const peerBundles = [
  { name: 'backoff-rxjs: retryBackoff', imports: '{ retryBackoff }', from: 'backoff-rxjs' },
  {
    name: 'cockatiel: retry, breaker, wrap',
    imports: '{ circuitBreaker, ConsecutiveBreaker, ExponentialBackoff, handleAll, retry, wrap }',
    from: 'cockatiel',
  },
  { name: 'opossum', imports: 'CircuitBreaker', from: 'opossum' },
  { name: 'p-retry', imports: 'pRetry', from: 'p-retry' },
  { name: 'exponential-backoff', imports: '{ backOff }', from: 'exponential-backoff' },
  { name: 'p-throttle', imports: 'pThrottle', from: 'p-throttle' },
  { name: 'p-queue', imports: 'PQueue', from: 'p-queue' },
  { name: 'limiter: RateLimiter', imports: '{ RateLimiter }', from: 'limiter' },
  { name: 'rate-limiter-flexible: RateLimiterMemory', imports: '{ RateLimiterMemory }', from: 'rate-limiter-flexible' },
  { name: 'bottleneck', imports: 'Bottleneck', from: 'bottleneck' },
];

/** Where something is measured, and beside what: the processor, Node, and the versions of the libraries. */
export function machine(): string {
  const [cpu] = cpus();
  const model = cpu?.model.trim() || 'an unknown processor';
  const { versions: used, platform, arch } = process;
  return `${cpus().length} cores of ${model}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${used.node}, ${platform} ${arch}, with ${versions().join(', ')}`;
}

/** As in `p-retry 7.1.1`, one for each library that is measured beside ours. */
function versions(): string[] {
  return [
    ...['rxjs', 'ioredis'].map((name) => `${name} ${versionIn(`../../node_modules/${name}`)}`),
    ...[...peerBundles.map(({ from }) => from), '@upstash/ratelimit'].map(
      (name) => `${name} ${versionIn(`../node_modules/${name}`)}`,
    ),
  ];
}

/** Seen from the compiled bench. */
function versionIn(folder: string): string {
  return JSON.parse(readFileSync(new URL(`${folder}/package.json`, import.meta.url), 'utf8')).version;
}
