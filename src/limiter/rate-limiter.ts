import type { Observable } from 'rxjs';
import { grantsOf } from '../guard/grants';
import { checkAmount } from '../internal/options';
import { PolicyFacade } from '../internal/policy/facade';
import { Clock } from '../internal/time/clock';
import { checkWaitOptions } from '../internal/wait-options';
import type { RateLimitInfo } from '../provider';
import { type Cost, dimensionsOf, type Limit } from '../quota/limits';
import { unitsOfCost } from './cost';
import type { AcquireOptions, Limiter, Permit } from './limiter';
import { LimiterCore } from './limiter-core';
import { type CallsGuard, guardOfCalls, type LimiterGuardSettings } from './limiter-guard';
import type { LocalPermit } from './local-permit';
import {
  checkConfig,
  checkUpdate,
  type RateLimiterConfig,
  type RateLimiterEvent,
  type RateLimiterState,
  type RateLimiterUpdate,
} from './rate-limiter-config';

const noOptions: AcquireOptions = {};

/**
 * Lets calls begin no faster than its limits allow; the others wait in a queue, first come, first served.
 *
 * One limiter is shared by all calls that draw on the same quota. Only the head of the queue has a timer. Rolling
 * windows are exact, all dimensions are taken together or not at all, and what a call really used corrects what was
 * taken for it.
 *
 * @throws RangeError or TypeError that names the option and shows the value.
 * @category Policies
 *
 * @example
 * ```ts
 * import { perMinute, RateLimiter } from 'rxjs-resilience';
 *
 * const limiter = new RateLimiter({ limits: { requests: perMinute(500), tokens: perMinute(200_000) }, maxConcurrent: 20 });
 * ```
 */
export class RateLimiter<D extends string = 'requests'>
  extends PolicyFacade<RateLimiterState<D>, RateLimiterEvent>
  implements Limiter<D>
{
  /** The dimensions it limits. */
  readonly dimensions: readonly D[];
  /** Whether it hears what the provider says; absent: of several limiters of a client the last one does. */
  declare readonly hearsProvider?: boolean;
  /** @internal */
  readonly core: LimiterCore;

  // Two signatures, because from a bare limit the compiler would take the limit's own fields for dimensions.
  constructor(config: RateLimiterConfig<never> & { readonly limits?: Limit | readonly Limit[] | undefined });
  constructor(config: RateLimiterConfig<D>);
  constructor(config: RateLimiterConfig<D>) {
    super();
    checkConfig(config as RateLimiterConfig<string>);
    this.core = new LimiterCore(config as RateLimiterConfig<string>, new Clock(config.scheduler));
    this.dimensions = dimensionsOf(config.limits) as readonly D[];
    if (config.hearsProvider !== undefined) {
      this.hearsProvider = config.hearsProvider;
    }
    if (config.initial !== undefined && config.initial !== null) {
      this.core.restore(config.initial);
    }
  }

  /**
   * Whether no subclass has put another method in its place.
   *
   * @internal
   */
  isOwn(method: 'acquire' | 'pause'): boolean {
    return this[method] === RateLimiter.prototype[method];
  }

  /**
   * What calls of a client pass at this limiter.
   *
   * @internal
   */
  guardFor(...settings: LimiterGuardSettings): CallsGuard {
    return guardOfCalls(this as unknown as Limiter, ...settings);
  }

  /** The longest pause, in ms, that a server's hint may cause. */
  get maxPause(): number {
    return this.core.maxPause;
  }

  /** Whether nothing is used, and nothing waits or is in flight. */
  get isIdle(): boolean {
    return this.core.isIdle;
  }

  /**
   * Waits until a call may begin: one permit, then complete. A free permit comes synchronously; unsubscribing leaves the
   * queue. A permit that was emitted must be settled or refunded.
   *
   * @param cost Default 1 request.
   * @returns An Observable that errors with `PermitRefusedError` if the call cannot wait or waited too long.
   */
  acquire(cost?: Cost<D>, options: AcquireOptions = noOptions): Observable<Permit<D>> {
    const units = unitsOfCost('RateLimiter.acquire', cost, this.dimensions);
    checkWaitOptions('RateLimiter.acquire', options);
    return grantsOf<LocalPermit>((receiver) => this.core.ask(units, options, receiver), refund);
  }

  /** A permit if nothing waits and it fits now, else undefined. Never waits, and refusing costs nothing. */
  tryAcquire(cost?: Cost<D>): Permit<D> | undefined {
    return this.core.tryTake(unitsOfCost('RateLimiter.tryAcquire', cost, this.dimensions));
  }

  /**
   * What a call would have to wait for its permit, if it came now: ms, 0 if it would not wait, `Infinity` if it can never
   * be granted; undefined if that depends on how long calls in flight take. The earliest that can be foreseen; asking
   * changes nothing.
   *
   * @param cost Default 1 request. What it says of dimensions that this limiter does not have is of no account.
   * @param options Where it would stand in the queue.
   *
   * @example
   * ```ts
   * import { perMinute, RateLimiter } from 'rxjs-resilience';
   *
   * const limiter = new RateLimiter({ limits: { requests: perMinute(500), tokens: perMinute(200_000) } });
   * limiter.waitFor({ tokens: 4_000 }); // 0
   * ```
   */
  waitFor(cost?: Cost<D>, options: Pick<AcquireOptions, 'priority' | 'retry'> = noOptions): number | undefined {
    checkWaitOptions('RateLimiter.waitFor', options);
    return this.core.waitFor(unitsOfCost('RateLimiter.waitFor', cost), options);
  }

  /** Grants no permit for `ms` from now. Pauses only ever extend. */
  pause(ms: number): void {
    this.core.pause(checkAmount('RateLimiter.pause', 'ms', ms));
  }

  /** Ends a pause now. */
  resume(): void {
    this.core.resume();
  }

  /**
   * Learns from the provider's headers: for each of the limiter's dimensions that reports `remaining`, a second token
   * bucket stands beside the limits until it is full. The limiter's own count does not change.
   */
  sync(info: RateLimitInfo): void {
    this.core.sync(info);
  }

  /** Forgets what was used, what headers said, and any pause. Calls in flight stay in flight, those in the queue stay there. */
  reset(): void {
    this.core.reset();
  }

  /**
   * Other numbers from now on, as when a customer changes to another tier. What was counted stays counted; what fits now is
   * granted at once, and calls that wait and can never be granted any more are refused.
   *
   * @throws RangeError or TypeError that names the option and shows the value.
   */
  update(update: RateLimiterUpdate<D>): void {
    checkUpdate(update);
    this.core.update(update);
  }

  /** What was used, as plain JSON, for `initial` of another limiter. What calls in flight have taken counts as used. */
  snapshot(): unknown {
    return this.core.snapshot();
  }
}

function refund(permit: Permit): void {
  permit.refund();
}
