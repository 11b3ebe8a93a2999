import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { asyncScheduler, type Observable, type SchedulerLike } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { eventsOf } from '../../src/http';
import { PermitRefusedError, ResilientClient, tokenBucket } from '../../src/index';
import { poisson, simulate } from '../../src/lab';
import { type FakeOpenAIChunk, fakeProvider, fixedWindow, seededRandom } from '../../src/testing';

const duration = 8_000;
const arrivals = poisson(60);
const provider = { limits: fixedWindow({ limit: 1_000, window: 60_000 }), latency: 100, tokensPerSecond: 500, maxChunks: 1 } as const;
const size = { input: 100, output: 50 };
/** ms between two looks at how late timers are. */
const resolution = 10;
const clientOf = (scheduler: SchedulerLike) =>
  new ResilientClient({ retryBackoff: { jitter: 'none' }, rateLimit: { limits: tokenBucket({ capacity: 5, refill: 25, interval: 1_000 }), maxWait: 1_500 }, scheduler });

/** The times at which calls come; the same in both runs. */
function comings(): number[] {
  const next = arrivals.start(seededRandom(11), duration);
  const found: number[] = [];
  for (let at = next(); at !== undefined && at < duration; at = next()) {
    found.push(at);
  }
  return found;
}

/** The same scenario over HTTP and in real time, counted by hand. */
async function lived(times: readonly number[]) {
  const fake = fakeProvider(provider);
  const server = createServer(fake.handler);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/chat/completions`;
  const client = clientOf(asyncScheduler);
  const waits: number[] = [];
  let [answered, refused] = [0, 0];
  const body = JSON.stringify({ model: 'fake', messages: [{ role: 'user', content: 'x'.repeat(400) }], max_tokens: 50, stream: true });
  const ask = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const begun = performance.now();
      const calls: Observable<unknown> = client.call((signal) => {
        waits.push(performance.now() - begun);
        return eventsOf<FakeOpenAIChunk>(fetch(url, { method: 'POST', body, signal, headers: { 'content-type': 'application/json' } }));
      }, { tokens: size });
      calls.subscribe({
        complete: () => { answered += 1; resolve(); },
        error: (error) => { if (!(error instanceof PermitRefusedError)) { reject(error); } refused += 1; resolve(); },
      });
    });
  const lag = monitorEventLoopDelay({ resolution });
  lag.enable();
  const started = performance.now();
  await Promise.all(times.map((at) => new Promise<void>((resolve, reject) => setTimeout(() => ask().then(resolve, reject), at))));
  const took = performance.now() - started;
  lag.disable();
  server.closeAllConnections();
  server.close();
  waits.sort((one, other) => one - other);
  return { answered, refused, p50: waits[Math.ceil(waits.length / 2) - 1]!, p95: waits[Math.ceil(0.95 * waits.length) - 1]!, took, seen: fake.server, late: Math.max(0, lag.max / 1e6 - 2 * resolution) };
}

describe('simulate, beside the same scenario in real time over HTTP', () => {
  it('X1: tells throughput, refusals and waits within 5 %', { timeout: 60_000 }, async () => {
    const times = comings();
    const real = await lived(times);
    const report = await simulate({ duration, arrivals: { start: () => { let next = 0; return () => times[next++]; } }, request: () => size, provider, client: clientOf });
    expect(report.calls).toBe(times.length);
    const refused = report.refused['wait-too-long'] ?? 0;
    expect(refused).toBeGreaterThan(50);
    const found = [real.answered, real.refused, real.seen.requests, real.p50, real.p95];
    const foretold = [report.answered, refused, report.requests, report.wait.p50, report.wait.p95];
    // A machine that is busy with other things cannot measure a wait more exactly than it keeps time itself.
    const allowed = 0.05 + real.late / report.wait.p50;
    const off = found.map((each, index) => Math.abs(each / foretold[index]! - 1));
    expect(Math.max(...off), `${found} in real time, ${foretold} in virtual time, timers were up to ${real.late} ms late`).toBeLessThan(allowed);
  });
});
