import { defer, repeat, type Subscription } from 'rxjs';
import { type Limit, RateLimiter, rateLimit, retryBackoff } from '../../src/index';
import {
  type FakeLimit,
  type FakeProviderConfig,
  fakeProvider,
  seededRandom,
  VirtualScheduler,
} from '../../src/testing';

/** Callers that never stop, at a provider that hides its limits. */
export interface Crowd {
  readonly provider: Omit<FakeProviderConfig, 'scheduler' | 'random' | 'limits'> & {
    readonly limits?: FakeLimit;
  };
  readonly limiter: Omit<ConstructorParameters<typeof RateLimiter>[0], 'scheduler'>;
  /** Seconds that a stream takes at most after its first value; each takes a share of them. Default 0. */
  readonly stream?: number;
  readonly callers?: number;
  readonly seed?: number;
  /** Seconds. Default 180. */
  readonly duration?: number;
  /** Seconds that do not count. Default 60. */
  readonly warmUp?: number;
}

/** What came of it after the warm-up. */
export interface CrowdReport {
  readonly answeredPerSecond: number;
  /** The share of the requests that was refused. */
  readonly refused: number;
  readonly requests: number;
  /** The mean of the calls that run at the provider, looked at once a second. */
  readonly running: number;
}

/** Lets a crowd call for some minutes of virtual time. */
export function crowd({
  provider: config,
  limiter: options,
  stream = 0,
  callers = 200,
  seed = 1,
  duration = 180,
  warmUp = 60,
}: Crowd): CrowdReport {
  const scheduler = new VirtualScheduler();
  const random = seededRandom(seed);
  const provider = fakeProvider({
    maxChunks: 1,
    tokensPerSecond: stream === 0 ? 1e9 : 100,
    ...config,
    scheduler,
    random,
  });
  const limiter = new RateLimiter({
    limits: { kind: 'window', limit: 1e9, window: 1_000 } as Limit,
    ...options,
    scheduler,
  } as ConstructorParameters<typeof RateLimiter>[0]);
  const call = defer(() => provider.open({ input: 1, output: 1 + Math.floor(random() * stream * 100) }, {})).pipe(
    rateLimit(limiter),
    retryBackoff({ maxRetries: Number.POSITIVE_INFINITY, scheduler, random }),
    repeat(),
  );
  const running: Subscription[] = Array.from({ length: callers }, () => call.subscribe());
  scheduler.flush(warmUp * 1_000);
  const { answered, refused, requests } = provider.server;
  let inFlight = 0;
  for (let second = warmUp + 1; second <= duration; second += 1) {
    scheduler.flush(second * 1_000);
    inFlight += provider.server.inFlight;
  }
  const sent = provider.server.requests - requests;
  const report = {
    answeredPerSecond: (provider.server.answered - answered) / (duration - warmUp),
    refused: (provider.server.refused - refused) / Math.max(1, sent),
    requests: provider.server.requests,
    running: inFlight / (duration - warmUp),
  };
  for (const each of running) {
    each.unsubscribe();
  }
  return report;
}
