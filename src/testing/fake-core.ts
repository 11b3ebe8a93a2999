import { asyncScheduler, type SchedulerLike } from 'rxjs';
import { limitsOf } from './fake-limits';
import { checkConfig, drawLatency, type FakeLatency, type FakeProviderConfig } from './fake-provider-config';
import { FakeProviderError } from './fake-provider-error';
import { sizeOf } from './fake-request';
import { ServerBooks } from './fake-server';
import { drawFault, type FaultKind, shareAt, slowness } from './faults';
import { HiddenQuota, type Refusal } from './hidden-quota';
import { seededRandom } from './seeded-random';
import type { FakeAnswer, SaidRefusal, Shape } from './shapes/shape';
import { shapes } from './shapes/shapes';

/** Headers by names in lower case. */
export type FakeHeaders = { [name: string]: string };

/** What a fake provider knows and decides: its limits, its chance, what it has seen. */
export class FakeCore<C> {
  readonly shape: Shape<C>;
  readonly scheduler: SchedulerLike;
  readonly books = new ServerBooks();
  readonly random: () => number;
  readonly tokensPerMs: number;
  readonly maxChunks: number;
  readonly #quota: HiddenQuota;
  readonly #config: FakeProviderConfig;
  readonly #begun: number;
  #now: number;

  constructor(config: FakeProviderConfig) {
    checkConfig(config);
    this.#config = config;
    this.shape = shapes[config.shape ?? 'openai'] as unknown as Shape<C>;
    this.scheduler = config.scheduler ?? asyncScheduler;
    this.#quota = new HiddenQuota(limitsOf('fakeProvider', config.limits), config.maxConcurrent ?? Infinity);
    this.random = config.random ?? seededRandom();
    this.tokensPerMs = (config.tokensPerSecond ?? 100) / 1_000;
    this.maxChunks = config.maxChunks ?? Infinity;
    this.#begun = this.scheduler.now();
    this.#now = this.#begun;
  }

  /** The scheduler's time; it stands still where the wall clock is set back. */
  now(): number {
    this.#now = Math.max(this.#now, this.scheduler.now());
    return this.#now;
  }

  /** All limits, with the share of them that there is now. */
  get quota(): HiddenQuota {
    const { limitsShare } = this.#config;
    if (limitsShare !== undefined) {
      this.#quota.share(shareAt('fakeProvider', 'limitsShare', limitsShare, this.now() - this.#begun));
    }
    return this.#quota;
  }

  answerTo(request: object): FakeAnswer {
    return { number: this.books.requests, ...sizeOf(request) };
  }

  fault(): FaultKind | undefined {
    const { faults } = this.#config;
    return faults && drawFault('fakeProvider', faults, this.now() - this.#begun, this.random);
  }

  /** ms to the first chunk. */
  latency(isSlow: boolean): number {
    return drawLatency('latency', this.#config.latency ?? 200, this.random) + (isSlow ? slowness : 0);
  }

  /** ms to a refusal. */
  refusalLatency(): number {
    const { refusalLatency, latency } = this.#config;
    const usual: FakeLatency = typeof latency === 'number' ? Math.min(latency, 50) : 50;
    return drawLatency('refusalLatency', refusalLatency ?? usual, this.random);
  }

  /** @param refusal absent where no limit was reached. */
  throttled(refusal: Refusal | undefined): FakeProviderError {
    const { hints = 'all' } = this.#config;
    const wait = refusal?.isTooLarge ? undefined : (refusal?.retryAfter ?? 1_000);
    const hint = hints === 'none' ? undefined : wait;
    return this.#refused(this.shape.throttled(refusal, hints === 'all' ? hint : undefined), hint);
  }

  overloaded(): FakeProviderError {
    return this.#refused(this.shape.overloaded(), undefined);
  }

  /** What a response says of the limits. */
  headers(): FakeHeaders {
    const { hints = 'all' } = this.#config;
    const now = this.now();
    return hints === 'all' ? this.shape.headers(this.quota.report(now), now) : {};
  }

  #refused(said: SaidRefusal, hint: number | undefined): FakeProviderError {
    const headers = said.status === 429 ? this.headers() : {};
    if (hint !== undefined) {
      headers['retry-after'] = String(Math.ceil(hint / 1_000));
    }
    return new FakeProviderError(said, headers);
  }
}
