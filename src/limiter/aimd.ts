import { aShare } from '../internal/options';
import type { Adaptive, AdaptiveLimit, AdaptiveOptions } from './adaptive';
import { type AdaptiveBounds, boundsOf, checkAdaptive, clamp } from './adaptive-options';

/** As if so many calls were in flight at least: with fewer, each accepted call would raise the limit by too much. */
const leastForIncrease = 20;
/** Limits up to this are lowered by whole places. */
const small = 10;

/**
 * Options of {@link aimd}.
 *
 * @category Limits
 */
export interface AimdOptions extends AdaptiveOptions {
  /** Places more for as many accepted calls as the limit allows, but at least 20. Default 1. */
  readonly increase?: number | undefined;
  /** What a throttled call leaves of the limit, above 0 and at most 1. Default 0.9. */
  readonly decrease?: number | undefined;
}

/**
 * Finds how many calls may be in flight, for providers that limit how many run at once: one more for each call that is
 * accepted until the first is throttled, then slowly more, and a tenth less when one is throttled.
 *
 * Additive increase, multiplicative decrease: Chiu and Jain, "Analysis of the increase and decrease algorithms for
 * congestion avoidance in computer networks", 1989. It departs from that where few places and long calls make the
 * textbook form use a half of what there is: it lowers once for all calls that were granted before the last decrease,
 * from what is really in flight, and small limits only by the place that was too many.
 *
 * With it the limiter has no pace, and no pause without a hint.
 *
 * @throws RangeError or TypeError that names the option and shows the value.
 * @category Limits
 *
 * @example
 * ```ts
 * import { aimd, RateLimiter } from 'rxjs-resilience';
 *
 * const limiter = new RateLimiter({ maxConcurrent: aimd({ max: 200 }) });
 * console.log(limiter.state.maxConcurrent); // -> 10
 * ```
 */
export function aimd(options: AimdOptions = {}): Adaptive {
  checkAdaptive('aimd', options, ['increase', 'decrease'])
    .positive('increase')
    .number('decrease', ...aShare);
  const { increase = 1, decrease = 0.9 } = options;
  const bounds = boundsOf(options);
  return { create: () => new AimdLimit(bounds, increase, decrease) };
}

/** The limit that `aimd` finds for one limiter. */
class AimdLimit implements AdaptiveLimit {
  limit: number;
  private wasThrottled = false;

  constructor(
    private readonly bounds: AdaptiveBounds,
    private readonly increase: number,
    private readonly decrease: number,
  ) {
    this.limit = bounds.initial;
  }

  accepted({ inFlight }: { readonly inFlight: number }): void {
    if (2 * inFlight >= this.limit) {
      const more = this.wasThrottled ? this.increase / Math.max(this.limit, leastForIncrease) : 1;
      this.limit = Math.min(this.bounds.max, this.limit + more);
    }
  }

  throttled({ inFlight }: { readonly inFlight: number }): void {
    this.wasThrottled = true;
    this.limit = lowered(this.limit, inFlight - 1, this.decrease, this.bounds);
  }
}

/** The limit after a call was throttled while so many others were in flight. */
export function lowered(limit: number, others: number, decrease: number, { min, max }: AdaptiveBounds): number {
  const less = Math.min(limit, others) * decrease;
  return clamp(less <= small ? Math.min(Math.floor(limit), others) : less, min, max);
}
