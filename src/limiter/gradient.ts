import { aShare } from '../internal/options';
import type { Adaptive, AdaptiveLimit, AdaptiveOptions } from './adaptive';
import { type AdaptiveBounds, boundsOf, checkAdaptive, clamp } from './adaptive-options';
import { lowered } from './aimd';
import { Baseline } from './baseline';

/** Fewer calls say nothing. */
const fewest = 5;
/** The limit goes down by half at most, in one window and without smoothing. */
const mostDecrease = 0.5;
/** What a throttled call leaves of the limit. */
const decrease = 0.9;

/**
 * Options of {@link gradient}.
 *
 * @category Limits
 */
export interface GradientOptions extends AdaptiveOptions {
  /** How many times as long as without a queue a first value may take before the limit goes down. Default 2. */
  readonly tolerance?: number | undefined;
  /** The share of a new limit in the next one, above 0 and at most 1. Default 0.2. */
  readonly smoothing?: number | undefined;
  /** ms in which first values are gathered for one change. Default 1_000. */
  readonly window?: number | undefined;
}

/**
 * Finds how many calls may be in flight by the time to their first values: fewer when answers begin to queue at the
 * provider, more while they do not. A throttled call lowers it as with `aimd`.
 *
 * Gradient2 of Netflix's concurrency-limits, with another baseline: the least of ten minutes, by the size of prompts. A
 * moving average follows the overload when calls never stop, and the limit with it.
 *
 * @throws RangeError or TypeError that names the option and shows the value.
 * @category Limits
 *
 * @example
 * ```ts
 * import { gradient, RateLimiter } from 'rxjs-resilience';
 *
 * const limiter = new RateLimiter({ maxConcurrent: gradient({ initial: 20, max: 100 }) });
 * console.log(limiter.state.maxConcurrent); // -> 20
 * ```
 */
export function gradient(options: GradientOptions = {}): Adaptive {
  checkAdaptive('gradient', options, ['tolerance', 'smoothing', 'window'])
    .positive('tolerance')
    .number('smoothing', ...aShare)
    .positive('window');
  const { tolerance = 2, smoothing = 0.2, window = 1_000 } = options;
  const bounds = boundsOf(options);
  return { create: () => new GradientLimit(bounds, tolerance, smoothing, window) };
}

interface Sample {
  readonly after: number;
  readonly octave: number;
}

/** The limit that `gradient` finds for one limiter. */
class GradientLimit implements AdaptiveLimit {
  limit: number;
  /** Of this window. */
  private samples: Sample[] = [];
  private begun: number | undefined = undefined;
  /** The most in flight in this window. */
  private most = 0;
  /** By the size of the prompts: the octave of their tokens. */
  private readonly baselines = new Map<number, Baseline>();

  constructor(
    private readonly bounds: AdaptiveBounds,
    private readonly tolerance: number,
    private readonly smoothing: number,
    private readonly window: number,
  ) {
    this.limit = bounds.initial;
  }

  accepted(sample: Parameters<AdaptiveLimit['accepted']>[0]): void {
    const { after, inFlight, now, tokens = 0 } = sample;
    this.begun ??= now;
    if (now - this.begun >= this.window && this.samples.length >= fewest) {
      this.close(now);
    }
    this.most = Math.max(this.most, inFlight);
    this.samples.push({ after: Math.max(1, after), octave: Math.floor(Math.log2(Math.max(1, tokens))) });
  }

  throttled({ inFlight }: { readonly inFlight: number }): void {
    this.limit = lowered(this.limit, inFlight - 1, decrease, this.bounds);
  }

  private close(now: number): void {
    for (const octave of new Set(this.samples.map((each) => each.octave))) {
      const times = this.samples.filter((each) => each.octave === octave).map(({ after }) => after);
      this.baselineOf(octave).add(medianOf(times), now);
    }
    if (2 * this.most >= this.limit) {
      this.move(medianOf(this.samples.map(({ after, octave }) => this.baselineOf(octave).least(now) / after)));
    }
    this.samples = [];
    this.most = 0;
    this.begun = now;
  }

  private move(ratio: number): void {
    const { limit, smoothing, bounds } = this;
    const wanted = limit * clamp(this.tolerance * ratio, mostDecrease, 1) + Math.sqrt(limit);
    this.limit = clamp((1 - smoothing) * limit + smoothing * wanted, bounds.min, bounds.max);
  }

  private baselineOf(octave: number): Baseline {
    let baseline = this.baselines.get(octave);
    if (baseline === undefined) {
      baseline = new Baseline();
      this.baselines.set(octave, baseline);
    }
    return baseline;
  }
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
