import type { Observable } from 'rxjs';
import { Offer, type Taker, type Waiting } from '../internal/offer';
import { checkAmount, checkStanding } from '../internal/options';
import { TimedPolicy } from '../internal/policy/timed-policy';
import { refuse } from '../internal/refuse';
import { Clock } from '../internal/time/clock';
import { Timer } from '../internal/time/timer';
import type { RateLimitInfo } from '../provider';
import type { Grant, Ledger } from '../quota/ledger';
import { type Cost, dimensionsOf, type Limit, type Units } from '../quota/limits';
import { Capacity } from './capacity';
import { unitsOfCost } from './cost';
import { EndingPermit, type PermitEnd } from './ending-permit';
import { ForecastQueue } from './forecast-queue';
import { type AcquireOptions, type Limiter, type Permit, Standing } from './limiter';
import { type PermitRefusal, PermitRefusedError } from './permit-refused-error';
import {
  checkConfig,
  type RateLimiterConfig,
  type RateLimiterEvent,
  type RateLimiterState,
} from './rate-limiter-config';
import { type Leavable, Waiter } from './waiter';

/** What a permit knows of its grant. */
interface Granted {
  readonly ledger: Ledger;
  readonly grant: Grant;
  readonly call: number | undefined;
}

const noOptions: AcquireOptions = {};
/** The line of all limiters in whose line nobody ever stood: of a million, most have no other. */
const nobody = new ForecastQueue<Waiter>();

/**
 * Lets calls begin no faster than its limits allow; the others wait in line, first come, first served.
 *
 * One limiter is shared by all calls that draw on the same quota. Only the head of the line has a timer. Rolling
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
  extends TimedPolicy<'limiter', RateLimiterState<D>, RateLimiterEvent>
  implements Limiter<D>
{
  /** The dimensions it limits. */
  readonly dimensions: readonly D[];
  /** The longest pause, in ms, that a server's hint may cause. */
  readonly maxPause: number;
  readonly #maxQueue: number | undefined;
  readonly #maxWait: number | undefined;
  readonly #capacity: Capacity;
  #queue = nobody;
  #draining = false;
  /** For the head's turn, and for what those who watch want to see. */
  #timer: Timer | undefined;
  /** For the earliest deadline in line. */
  #patience: Timer | undefined;
  /** What most ask for: one request, without options. */
  #usual: Observable<Permit<D>> | undefined;
  /** Where those leave who stand in line. */
  #exit: Leavable | undefined;

  // These three stand in here, for nobody else can reach what they call. Classes, no closures: there may be millions.
  /** What `acquire` returns. */
  static readonly #Asking = class extends Offer<Permit> {
    constructor(
      private readonly limiter: RateLimiter<string>,
      private readonly cost: Units,
      private readonly options: AcquireOptions,
    ) {
      super();
    }

    take(taker: Taker): Permit | undefined {
      return this.limiter.#takeAtOnce(this.cost, this.options, taker);
    }

    wait(waiting: Waiting<Permit>): void {
      this.limiter.#standInLine(this.cost, this.options, waiting);
    }
  };

  static readonly #Permit = class extends EndingPermit {
    constructor(
      private readonly limiter: RateLimiter<string>,
      readonly cost: Units,
      /** The ledger that gave the grant: a limiter that was reset has another since. */
      readonly ledger: Ledger,
      readonly grant: Grant,
      readonly call: number | undefined,
    ) {
      super();
    }

    protected override ended(actual: PermitEnd, isAbandoned: boolean): void {
      this.limiter.#ended(this, actual, isAbandoned);
    }
  };

  static readonly #Exit = class implements Leavable {
    constructor(private readonly limiter: RateLimiter<string>) {}

    leave(ask: Waiter): void {
      this.limiter.#leave(ask);
    }
  };

  // Two signatures, for from a bare limit the compiler would take the limit's own fields for dimensions.
  constructor(config: RateLimiterConfig<never> & { readonly limits?: Limit | readonly Limit[] | undefined });
  constructor(config: RateLimiterConfig<D>);
  constructor(config: RateLimiterConfig<D>) {
    checkConfig(config as RateLimiterConfig<string>);
    super('limiter', new Clock(config.scheduler));
    this.#maxQueue = config.maxQueue;
    this.#maxWait = config.maxWait;
    this.#capacity = new Capacity(config.limits, config.maxConcurrent);
    this.dimensions = dimensionsOf(config.limits) as readonly D[];
    this.maxPause = config.maxPause ?? 60_000;
  }

  get state(): RateLimiterState<D> {
    const now = this.clock.now();
    const { toWall } = this.clock;
    const { inFlight } = this.#capacity;
    return {
      limits: this.#capacity.states(now, toWall) as RateLimiterState<string>['limits'] as RateLimiterState<D>['limits'],
      inFlight,
      waiting: this.#queue.length,
      pausedUntil: Math.max(0, this.#capacity.pausedUntil(now) + toWall),
    };
  }

  /** Whether nothing is used, nobody waits and nothing is in flight. */
  get isIdle(): boolean {
    return this.#queue.length === 0 && this.#capacity.isUnused(this.clock.now());
  }

  /**
   * Waits for leave to begin a call: one permit, then complete. A free permit comes synchronously; unsubscribing
   * leaves the line. A permit that was emitted must be settled or refunded.
   *
   * @param cost Default 1 request.
   * @returns An Observable that errors with `PermitRefusedError` if the call cannot wait or waited too long.
   */
  acquire(cost?: Cost<D>, options: AcquireOptions = noOptions): Observable<Permit<D>> {
    const known = options instanceof Standing ? options.unitsFor(cost) : undefined;
    if (known !== undefined) {
      return this.#asking(known, options);
    }
    if (cost === undefined && options === noOptions) {
      this.#usual ??= this.#asking(unitsOfCost('RateLimiter.acquire', cost), options);
      return this.#usual;
    }
    const units = unitsOfCost('RateLimiter.acquire', cost, this.dimensions);
    if (options !== noOptions) {
      checkStanding('RateLimiter.acquire', options);
    }
    return this.#asking(units, options);
  }

  /** A permit if nobody waits and it fits now, else undefined. Never waits, and refusing costs nothing. */
  tryAcquire(cost?: Cost<D>): Permit<D> | undefined {
    const units = unitsOfCost('RateLimiter.tryAcquire', cost, this.dimensions);
    this.#catchUp();
    const now = this.clock.now();
    if (this.#queue.length > 0 || !this.#capacity.admits(units, now)) {
      return undefined;
    }
    this.#queue.forget();
    return this.#take(units, now, 0, undefined) as unknown as Permit<D>;
  }

  /** Grants nobody a permit for `ms` from now. Pauses only ever extend. */
  pause(ms: number): void {
    const now = this.clock.now();
    const until = now + checkAmount('RateLimiter.pause', 'ms', ms);
    if (this.#capacity.pause(until, now)) {
      if (this.isHeard) {
        this.tell({ type: 'paused', until: until + this.clock.toWall });
      }
      this.#capacityChanged();
    }
  }

  /** Ends a pause now. */
  resume(): void {
    if (this.#capacity.resume(this.clock.now())) {
      if (this.isHeard) {
        this.tell({ type: 'resumed' });
      }
      this.#capacityChanged();
    }
  }

  /**
   * Learns from the provider's headers: for each of the limiter's dimensions that reports `remaining`, a second token
   * bucket stands beside the limits until it is full. The limiter's own count does not change.
   */
  sync(info: RateLimitInfo): void {
    this.#capacity.sync(info, this.clock.now());
    if (this.isHeard) {
      this.tell({ type: 'synced' });
    }
    this.#capacityChanged();
  }

  /** Forgets what was used, what headers said, and any pause. Calls in flight stay in flight, those in line in line. */
  reset(): void {
    this.#capacity.reset();
    this.#capacityChanged();
  }

  protected watch(): void {
    this.#arm();
  }

  protected nextChange(now: number): number {
    return this.#capacity.nextChange(now);
  }

  #asking(cost: Units, options: AcquireOptions): Observable<Permit<D>> {
    const asking: Observable<unknown> = new RateLimiter.#Asking(this as unknown as RateLimiter<string>, cost, options);
    return asking as Observable<Permit<D>>;
  }

  #capacityChanged(): void {
    this.#queue.forget();
    this.changed();
    this.#proceed();
  }

  /** A free permit for whoever stands before everybody in line, if there is one. */
  #takeAtOnce(cost: Units, { priority = 0, retry = false, call }: AcquireOptions, taker: Taker) {
    this.#catchUp();
    if (taker.closed || (this.#queue.length > 0 && this.#queue.ahead({ priority, retry }) > 0)) {
      return undefined;
    }
    const now = this.clock.now(); // only now, for those who were just granted may have taken their time
    if (!this.#capacity.admits(cost, now)) {
      return undefined;
    }
    this.#queue.forget();
    const permit = this.#take(cost, now, 0, call);
    if (taker.closed) {
      permit.refund(); // a listener of the grant's event unsubscribed: nobody is there to receive it
      return undefined;
    }
    return permit;
  }

  #standInLine(cost: Units, options: AcquireOptions, waiting: Waiting<Permit>): void {
    const { priority = 0, retry = false, maxWait = this.#maxWait ?? Number.POSITIVE_INFINITY, onWait, call } = options;
    if (this.#queue === nobody) {
      this.#queue = new ForecastQueue();
    }
    const standing = { priority, retry };
    const ahead = this.#queue.ahead(standing);
    const now = this.clock.now();
    if (this.#queue.length > 0 && this.#queue.first!.until < now) {
      this.#queue.forget(); // the head should be gone by now, but calls in flight hold it up
    }
    const isWanted = maxWait < Number.POSITIVE_INFINITY || onWait !== undefined || this.isHeard || this.#isFull;
    const from = Math.max(now, this.#capacity.pausedUntil(now));
    const until =
      isWanted || this.#queue.isForeseen(standing)
        ? this.#queue.foresee(cost, standing, this.#capacity.ledger, from)
        : now;
    const reason = this.#objection(cost, until - now, maxWait);
    if (reason !== undefined) {
      this.#refuse(reason, cost, until - now, call, waiting);
      return;
    }
    const ask = new Waiter(this.#door(), priority, retry, cost, now, now + maxWait, until, call, waiting);
    this.#enter(ask, ahead);
    if (ask.seat !== undefined) {
      onWait?.({ ahead, until: until + this.clock.toWall }); // else a listener let it leave, or saw to it that it was granted
    }
  }

  #door(): Leavable {
    this.#exit ??= new RateLimiter.#Exit(this as unknown as RateLimiter<string>);
    return this.#exit;
  }

  get #isFull(): boolean {
    return this.#queue.length >= (this.#maxQueue ?? Number.POSITIVE_INFINITY);
  }

  /** Why a call may not even wait. */
  #objection(cost: Units, wait: number, maxWait: number): PermitRefusal | undefined {
    if (this.#capacity.ledger.impossible(cost) !== undefined) {
      return 'cost-too-large';
    }
    if (this.#isFull) {
      return 'queue-full';
    }
    return maxWait === 0 || wait > maxWait ? 'wait-too-long' : undefined;
  }

  #refuse(reason: PermitRefusal, cost: Units, wait: number, call: number | undefined, waiting: Waiting<Permit>): void {
    if (this.isHeard) {
      this.tell({ type: 'refused', reason, call });
    }
    const retryAfter = reason === 'cost-too-large' || wait <= 0 ? undefined : wait;
    refuse(waiting, new PermitRefusedError({ reason, cost, retryAfter }), this.scheduler);
  }

  #enter(ask: Waiter, ahead: number): void {
    this.#queue.add(ask, ask.since);
    ask.waiting.add(ask);
    if (this.isHeard) {
      this.tell({ type: 'waiting', cost: ask.cost, ahead, until: ask.until + this.clock.toWall, call: ask.call });
    }
    this.changed();
    if (this.#queue.first === ask) {
      this.#arm();
    } else {
      this.#beginPatience();
    }
  }

  #leave(ask: Waiter): void {
    const wasFirst = this.#queue.first === ask;
    if (this.#queue.remove(ask)) {
      if (this.isHeard) {
        this.tell({ type: 'left', waited: this.clock.now() - ask.since, call: ask.call });
      }
      this.changed();
      if (wasFirst) {
        this.#arm(); // no grants yet: whoever is next may be about to leave as well
      } else {
        this.#beginPatience();
      }
    }
  }

  #take(cost: Units, now: number, waited: number, call: number | undefined): Permit {
    const { ledger } = this.#capacity;
    const grant = this.#capacity.take(cost, now);
    if (this.isHeard) {
      this.tell({ type: 'granted', cost, waited, call });
    }
    this.changed();
    if (this.isWatched) {
      this.#arm(); // those who watch want to see what was taken become free again
    }
    return new RateLimiter.#Permit(this as unknown as RateLimiter<string>, cost, ledger, grant, call);
  }

  #deliver(permit: Permit, waiting: Waiting<Permit>): void {
    if (waiting.closed) {
      permit.refund(); // a listener of the grant's event unsubscribed: nobody is there to receive it
    } else {
      waiting.next(permit);
      waiting.complete();
    }
  }

  #ended({ ledger, grant, call }: Granted, actual: PermitEnd, isAbandoned: boolean): void {
    const reserved = grant.units;
    if (this.#capacity.end(ledger, grant, actual, this.clock)) {
      this.#queue.forget();
    }
    if (this.isHeard) {
      this.tell({ type: 'settled', reserved, actual: grant.units, call });
    }
    this.changed();
    if (this.#queue.length === 0 && !this.isWatched) {
      return;
    }
    if (isAbandoned) {
      this.#arm();
    } else {
      this.#proceed();
    }
  }

  /** A head whose time has come goes before whoever asks now, even if its timer is late. */
  #catchUp(): void {
    const head = this.#queue.first;
    if (head !== undefined && this.#capacity.admits(head.cost, this.clock.now())) {
      this.#proceed();
    }
  }

  #wake(): void {
    this.tellWhatIsDue(this.clock.now());
    this.#proceed();
  }

  #proceed(): void {
    if (!this.#draining) {
      this.#drain();
      this.#arm();
    }
  }

  /** Grants from the head of the line while it can. Grants re-enter, so head and pause are looked at again each time. */
  #drain(): void {
    this.#draining = true;
    try {
      for (let ask = this.#queue.first; ask !== undefined; ask = this.#queue.first) {
        const now = this.clock.now();
        if (!this.#capacity.admits(ask.cost, now)) {
          break;
        }
        this.#queue.grant(ask, now);
        this.#deliver(this.#take(ask.cost, now, now - ask.since, ask.call), ask.waiting);
      }
    } finally {
      this.#draining = false;
    }
  }

  #arm(): void {
    if (this.#draining) {
      return;
    }
    const now = this.clock.now();
    const change = this.nextVisibleChange(now);
    const head = this.#queue.first;
    if (head === undefined) {
      this.#queue.forget(); // what was foreseen for those who are gone is kept for nobody
    }
    const due = head === undefined ? Number.POSITIVE_INFINITY : this.#capacity.due(head.cost, now);
    this.#ringAt(Math.min(due, change));
    this.#beginPatience();
  }

  #ringAt(time: number): void {
    if (time < Number.POSITIVE_INFINITY) {
      this.#timer ??= new Timer(this.clock, 'first', () => this.#wake());
    }
    this.#timer?.set(time);
  }

  #beginPatience(): void {
    const deadline = this.#queue.nextDeadline;
    if (deadline < Number.POSITIVE_INFINITY) {
      this.#patience ??= new Timer(this.clock, 'last', () => this.#refuseOverdue());
    }
    this.#patience?.set(deadline);
  }

  /** Each in turn, for when one is gone the next may have its grant at the last moment. */
  #refuseOverdue(): void {
    const now = this.clock.now();
    this.#drain();
    for (let ask = this.#queue.overdue(now); ask !== undefined; ask = this.#queue.overdue(now)) {
      if (this.isHeard) {
        this.tell({ type: 'refused', reason: 'wait-too-long', call: ask.call });
      }
      this.changed();
      ask.waiting.error(new PermitRefusedError({ reason: 'wait-too-long', cost: ask.cost }));
      this.#drain();
    }
    this.#proceed();
  }
}
