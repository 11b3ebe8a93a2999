import type { SchedulerLike } from 'rxjs';
import { checkAmount, Options } from '../internal/options';
import type { FakeLimits } from './fake-limits';
import { checkFaults, checkShare, type FaultShare, type Faults } from './faults';
import { type FakeShape, shapes } from './shapes/shapes';

/**
 * ms, or a function that draws them anew for each request.
 *
 * @category Fakes
 */
export type FakeLatency = number | ((random: () => number) => number);

/**
 * Options of {@link fakeProvider}.
 *
 * @category Fakes
 */
export interface FakeProviderConfig<S extends FakeShape = FakeShape> {
  /** Whose chunks, errors and headers it speaks. Default `'openai'`. */
  readonly shape?: S | undefined;
  /** The limits that it enforces, whether callers know them or not. A refused request takes nothing. Default none. */
  readonly limits?: FakeLimits | undefined;
  /**
   * The share of its limits that the provider gives: from 0 to 1, or that share as a function of the ms since the fake was
   * made, for a quota that shrinks and grows again. Default 1.
   */
  readonly limitsShare?: FaultShare | undefined;
  /** How many requests may run at once; one more is a 429. Default `Infinity`. */
  readonly maxConcurrent?: number | undefined;
  /**
   * What a 429 says of the time to wait, and responses of the limits: `all` that the provider says, only a `retry-after`
   * in whole seconds, or `none`. Default `'all'`.
   */
  readonly hints?: 'all' | 'retry-after' | 'none' | undefined;
  /** ms from a request to the first chunk. Default 200. */
  readonly latency?: FakeLatency | undefined;
  /** ms from a request to its refusal. Default 50, or `latency` if that is a smaller number. */
  readonly refusalLatency?: FakeLatency | undefined;
  /** How fast an answer is written; `Infinity` for all at once. Default 100. */
  readonly tokensPerSecond?: number | undefined;
  /**
   * Chunks with content in an answer, at most. With 1 all text comes with the first one, and the end when it would have
   * been written: that takes the least time to simulate. Default `Infinity`: a chunk for each token.
   */
  readonly maxChunks?: number | undefined;
  /** What goes wrong. Default nothing. */
  readonly faults?: Faults | undefined;
  /** Default `asyncScheduler`: real time. */
  readonly scheduler?: SchedulerLike | undefined;
  /** Chance, for faults and latencies. Default `seededRandom(1)`: every run is the same. */
  readonly random?: (() => number) | undefined;
}

const names: readonly (keyof FakeProviderConfig)[] = [
  'shape',
  'limits',
  'limitsShare',
  'maxConcurrent',
  'hints',
  'latency',
  'refusalLatency',
  'tokensPerSecond',
  'maxChunks',
  'faults',
  'scheduler',
  'random',
];

const owner = 'fakeProvider';

/** Throws an error that names the option and shows the value. */
export function checkConfig(config: FakeProviderConfig): void {
  const options = new Options(owner, config, names)
    .oneOf('shape', Object.keys(shapes))
    .whole('maxConcurrent', 1, 'or Infinity')
    .oneOf('hints', ['all', 'retry-after', 'none'])
    .whole('maxChunks', 1, 'or Infinity')
    .functions('random')
    .scheduler();
  for (const name of ['latency', 'refusalLatency'] as const) {
    if (typeof config[name] !== 'function') {
      options.amount(name);
    }
  }
  if (config.tokensPerSecond !== Number.POSITIVE_INFINITY) {
    options.positive('tokensPerSecond');
  }
  if (typeof config.limitsShare !== 'function') {
    checkShare(owner, 'limitsShare', config.limitsShare);
  }
  checkFaults(owner, config.faults ?? {});
}

/** Draws a latency; throws if the function gave no amount of ms. */
export function drawLatency(name: string, latency: FakeLatency, random: () => number): number {
  return typeof latency === 'number' ? latency : checkAmount(owner, name, latency(random));
}
