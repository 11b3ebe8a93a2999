import type { MonoTypeOperatorFunction } from 'rxjs';
import { chainOfOne } from '../guard/chain';
import type { Reading } from '../guard/guard';
import { guarded } from '../guard/guarded';
import { Options, show } from '../internal/options';
import type { Cost, Units, UnitsOf } from '../quota/limits';
import { checkUnits, unitsOfCost } from './cost';
import type { Limiter } from './limiter';
import { LimiterGuard, type LimitWants, type UnitsReading } from './limiter-guard';

/**
 * Options of {@link rateLimit}.
 *
 * @category Operators
 */
export interface RateLimitOptions<T, D extends string = string> {
  /** What a call takes; a function is asked for each subscription. Default: 1 request. */
  readonly cost?: Cost<D> | (() => Cost<D>) | undefined;
  /** Higher goes first. Default 0. */
  readonly priority?: number | undefined;
  /** How long the call may wait, in ms; 0 never waits. Default: the limiter's own. */
  readonly maxWait?: number | undefined;
  /** The tenant that the call belongs to, in a limiter that is `fair`. Default `''`. */
  readonly tenant?: string | undefined;
  /**
   * What a value says that the call has really used: running totals by dimension, of which the last report counts.
   * Default: what was taken stays taken.
   */
  readonly usage?: ((value: T) => UnitsOf<D> | undefined) | undefined;
  /** Whether a throttling error (429) with a hint pauses the limiter for all its callers. Default true. */
  readonly pauseOnThrottle?: boolean | undefined;
}

const names = ['cost', 'priority', 'maxWait', 'tenant', 'usage', 'pauseOnThrottle'];

/**
 * Subscribes to the source when the limiter grants a permit.
 *
 * ![Lets two calls through and holds the third until the window has room](../../docs/marbles/rate-limit-1.svg)
 *
 * The call waits in the limiter's line together with all other calls that share it. Values pass as they are; what they
 * report settles the permit. Unsubscribing gives the place in line up.
 *
 * @param limiter A `RateLimiter`, or anything that implements `Limiter`; never a config, which would make a limiter of
 * its own for every call.
 * @throws RangeError or TypeError that names the option and shows the value.
 * @returns A function that returns an Observable that mirrors the source, or errors with `PermitRefusedError`.
 * @category Operators
 *
 * @example
 * ```ts
 * import { defer, from, mergeMap } from 'rxjs';
 * import { perSecond, RateLimiter, rateLimit } from 'rxjs-resilience';
 *
 * const limiter = new RateLimiter({ limits: perSecond(5) });
 * const ask = (prompt: string) => defer(() => Promise.resolve(`answer to ${prompt}`));
 *
 * from(['one', 'two', 'three'])
 *   .pipe(mergeMap((prompt) => ask(prompt).pipe(rateLimit(limiter))))
 *   .subscribe(console.log);
 * // -> answer to one
 * // -> answer to two
 * // -> answer to three
 * ```
 */
export function rateLimit<T, D extends string = string>(
  limiter: Limiter<D>,
  options: RateLimitOptions<T, D> = {},
): MonoTypeOperatorFunction<T> {
  checkLimiter('rateLimit', limiter);
  new Options('rateLimit', options, names)
    .number('priority')
    .amount('maxWait', 'or Infinity')
    .functions('usage')
    .strings('tenant')
    .booleans('pauseOnThrottle');
  const { cost, usage, pauseOnThrottle = true, priority, maxWait, tenant } = options;
  const { dimensions } = limiter;
  const hears = limiter.hearsProvider === false ? 'nothing' : pauseOnThrottle ? 'all' : 'headers';
  const costOf = (given: Cost | undefined) =>
    dimensions === undefined ? given : unitsOfCost('rateLimit', given, dimensions);
  const wantsOf = (given: Cost | undefined): LimitWants => ({ cost: costOf(given), priority, maxWait, tenant });
  const guard = new LimiterGuard(limiter as unknown as Limiter, hears, (given) => given);
  const usual = typeof cost === 'function' ? undefined : wantsOf(cost as Cost | undefined);
  return guarded<T, LimitWants>(
    chainOfOne(guard),
    usual === undefined ? () => wantsOf((cost as () => Cost)()) : () => usual,
    usage && (() => new ReportedUnits<T>(usage as (value: T) => Units | undefined, dimensions)),
  );
}

/** Throws unless this is a limiter; for a config it says why that will not do. */
export function checkLimiter(owner: string, limiter: unknown): void {
  if (typeof (limiter as Limiter | undefined)?.acquire !== 'function') {
    throw new TypeError(
      `${owner}: limiter must be a RateLimiter that many calls share, not a config: ` +
        `make it once, new RateLimiter({ limits: … }), outside of the pipe; got ${show(limiter)}`,
    );
  }
}

/** What the values of a call say by a function of the user's. The last report of each dimension counts. */
class ReportedUnits<T> implements Reading<T>, UnitsReading {
  units: Record<string, number> | undefined;
  readonly isUnitsFinal = false;

  constructor(
    private readonly usage: (value: T) => Units | undefined,
    private readonly dimensions: readonly string[] | undefined,
  ) {}

  read(value: T): void {
    const units = this.usage(value);
    if (units !== undefined && units !== null) {
      const { requests: _, ...reported } = checkUnits('rateLimit', 'usage', units, this.dimensions);
      this.units = { ...this.units, ...reported };
    }
  }
}
