import type { MonoTypeOperatorFunction, Observable, Subscriber } from 'rxjs';
import { awaitGrant, takenFrom } from '../internal/gate';
import { type Guard, GuardedSubscriber, operate } from '../internal/operate';
import { Options, show } from '../internal/options';
import type { Cost, Units, UnitsOf } from '../quota/limits';
import { checkUnits, unitsOfCost } from './cost';
import { type AcquireOptions, type Limiter, type Permit, Standing } from './limiter';
import { PermitUse } from './permit-use';

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
  /**
   * What a value says that the call has really used: running totals by dimension, of which the last report counts.
   * Default: what was taken stays taken.
   */
  readonly usage?: ((value: T) => UnitsOf<D> | undefined) | undefined;
  /** Whether a throttling error (429) with a hint pauses the limiter for all its callers. Default true. */
  readonly pauseOnThrottle?: boolean | undefined;
}

const names = ['cost', 'priority', 'maxWait', 'usage', 'pauseOnThrottle'];

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
    .booleans('pauseOnThrottle');
  const { cost, usage, pauseOnThrottle = true, priority, maxWait } = options;
  let asking: AcquireOptions | undefined =
    priority === undefined && maxWait === undefined ? undefined : { priority, maxWait };
  if (typeof cost !== 'function') {
    const units = unitsOfCost('rateLimit', cost, limiter.dimensions);
    if (limiter.dimensions !== undefined && (cost !== undefined || asking !== undefined)) {
      asking = new Standing(cost as Cost | undefined, units, priority, maxWait); // checked once, not for every call
    }
  }
  const reported = usage as ((value: T) => Units | undefined) | undefined;
  const plain = limiter as unknown as Limiter;

  const begin = (source: Observable<T>, destination: Subscriber<T>, permit: Permit) => {
    const guard = new PermitGuard(plain, permit, pauseOnThrottle, reported);
    source.subscribe(new GuardedSubscriber(destination, guard));
  };
  const wait = (source: Observable<T>, destination: Subscriber<T>, permits: Observable<Permit>) => {
    awaitGrant(permits, destination, (permit) => begin(source, destination, permit));
  };

  return operate<T, T>((source, destination) => {
    const permits = plain.acquire((typeof cost === 'function' ? cost() : cost) as Cost | undefined, asking);
    const permit = takenFrom(permits, destination);
    if (permit === undefined) {
      wait(source, destination, permits);
    } else {
      begin(source, destination, permit);
    }
  });
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

class PermitGuard<T> extends PermitUse implements Guard<T> {
  constructor(
    limiter: Limiter,
    permit: Permit,
    pauseOnThrottle: boolean,
    private readonly usage: ((value: T) => Units | undefined) | undefined,
  ) {
    super(limiter, permit, pauseOnThrottle);
  }

  value(value: T): undefined {
    this.delivered(); // first, for a value came even if `usage` throws
    const units = this.usage?.(value);
    if (units !== undefined && units !== null) {
      this.delivered(checkUnits('rateLimit', 'usage', units, this.limiter.dimensions));
    }
  }
}
