import { Redis } from 'ioredis';
import { circuitBreak, fromStream } from '../../../src/index';
import { RedisCircuitBreaker } from '../../../src/redis';
import type { Calling, Happened } from './callers';

const [url, provider, name, words] = process.argv.slice(2) as [string, string, string, string];
const { every, ...config }: Calling = JSON.parse(words);
const redis = new Redis(url, { retryStrategy: () => 50 });
redis.on('error', () => {});
const breaker = new RedisCircuitBreaker(redis, config);
const tell = (happened: Happened) => process.send!(happened);

const isTold = (type: string): type is Happened['type'] =>
  ['opened', 'half-opened', 'closed', 'unavailable', 'available'].includes(type);
breaker.events$.subscribe(({ type }) => {
  if (isTold(type)) {
    tell({ type, at: Date.now() });
  }
});

/** Calls the provider, and tells when: so that the time in which a busy machine delivers the request does not count. */
async function* answers(signal: AbortSignal) {
  const response = await fetch(`${provider}?${name}&${Date.now()}`, { signal });
  const text = await response.text();
  if (!response.ok) {
    throw Object.assign(new Error(text), { status: response.status });
  }
  yield text;
}

process.on('disconnect', () => process.exit());
await redis.ping();
process.send!('ready');
process.once('message', () => {
  setInterval(() => {
    fromStream((signal) => answers(signal))
      .pipe(circuitBreak(breaker))
      .subscribe({ error: () => {} });
  }, every);
});
