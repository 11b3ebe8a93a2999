import { Redis } from 'ioredis';
import { Subscription } from 'rxjs';
import { circuitBreak, fromStream } from '../../../src/index';
import { RedisCircuitBreaker } from '../../../src/redis';
import type { Calling, Happened } from './callers';

const [url, name] = process.argv.slice(2) as [string, string];
const redis = new Redis(url, { retryStrategy: () => 50 });
redis.on('error', () => {});
const isTold = (type: string): type is Happened['type'] =>
  ['opened', 'half-opened', 'closed', 'unavailable', 'available'].includes(type);
let calls = new Subscription();

/** Calls the provider, and tells when: so that the time in which a busy machine delivers the request does not count. */
async function* answers(provider: string, signal: AbortSignal) {
  const response = await fetch(`${provider}?${name}&${Date.now()}`, { signal });
  const text = await response.text();
  if (!response.ok) {
    throw Object.assign(new Error(text), { status: response.status });
  }
  yield text;
}

/** Calls with a new breaker from now on, and with it only. */
function begin({ run, provider, every, ...config }: Calling): void {
  calls.unsubscribe();
  calls = new Subscription();
  const breaker = new RedisCircuitBreaker(redis, config);
  calls.add(
    breaker.events$.subscribe(({ type }) => {
      if (isTold(type)) {
        process.send!({ run, type, at: Date.now() } satisfies Happened);
      }
    }),
  );
  const timer = setInterval(() => {
    const call = fromStream((signal) => answers(provider, signal)).pipe(circuitBreak(breaker));
    calls.add(call.subscribe({ error: () => {} }));
  }, every);
  calls.add(() => clearInterval(timer));
}

process.on('disconnect', () => process.exit());
await redis.ping();
process.on('message', begin);
process.send!('ready');
