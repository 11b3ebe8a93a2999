import { type MonoTypeOperatorFunction, Subscriber, Subscription, type Unsubscribable } from 'rxjs';
import { refuse } from '../guard/grants';
import type { Receiver } from '../guard/guard';
import { operate } from '../internal/operate';
import { Options, show } from '../internal/options';
import { Deque, type Seated } from '../internal/queue/deque';
import type { Frame } from '../internal/time/soon';
import type { Cost, Limit } from '../quota/limits';
import { type Asker, askerOf } from './asker';
import { unitsOfCost } from './cost';
import type { Limiter, Permit } from './limiter';
import { PermitRefusedError } from './permit-refused-error';
import { RateLimiter } from './rate-limiter';
import type { RateLimiterConfig } from './rate-limiter-config';

/**
 * Options of {@link rateLimitEach}.
 *
 * @category Operators
 */
export interface RateLimitEachOptions<T, D extends string = string> {
  /** What a value takes. Default: 1 request. */
  readonly cost?: ((value: T, index: number) => Cost<D>) | undefined;
  /** How many values may wait; one more is an error. Default `Infinity`. */
  readonly maxBuffer?: number | undefined;
}

/** A limiter has no required option, so the compiler would take it for a config. */
interface NoLimiter {
  readonly acquire?: never;
}

/** From a bare limit the compiler would take the limit's own fields for dimensions. */
interface BareConfig extends RateLimiterConfig<never>, NoLimiter {
  readonly limits?: Limit | readonly Limit[] | undefined;
}

/**
 * Emits every value when the limiter grants a permit for it: in order, none lost.
 *
 * ![Spreads values that come too fast, in order and none lost, and completes after the
 * last](../../docs/marbles/rate-limit-each-1.svg)
 *
 * Each subscription has one place in the limiter's queue, for its oldest value. An error of the source passes at once
 * and drops what still waits; completion waits for the last value.
 *
 * @param limiter A limiter to share with others, or a config, of which one limiter is made for all subscriptions.
 * @throws RangeError or TypeError that names the option and shows the value.
 * @returns A function that returns an Observable that emits the source's values no faster than the limits allow, or
 * errors with `PermitRefusedError` if more than `maxBuffer` values wait.
 * @category Operators
 *
 * @example
 * ```ts
 * import { range } from 'rxjs';
 * import { perSecond, rateLimitEach } from 'rxjs-resilience';
 *
 * range(1, 3).pipe(rateLimitEach({ limits: perSecond(2) })).subscribe(console.log);
 * // -> 1
 * // -> 2
 * // -> 3
 * ```
 */
export function rateLimitEach<T, D extends string>(
  limiter: Limiter<D>,
  options?: RateLimitEachOptions<T, D>,
): MonoTypeOperatorFunction<T>;
export function rateLimitEach<T>(
  config: BareConfig,
  options?: RateLimitEachOptions<T, 'requests'>,
): MonoTypeOperatorFunction<T>;
export function rateLimitEach<T, D extends string>(
  config: RateLimiterConfig<D> & NoLimiter,
  options?: RateLimitEachOptions<T, NoInfer<D>>,
): MonoTypeOperatorFunction<T>;
export function rateLimitEach<T, D extends string>(
  limiter: Limiter<D> | RateLimiterConfig<D>,
  options: RateLimitEachOptions<T, D> = {},
): MonoTypeOperatorFunction<T> {
  new Options('rateLimitEach', options, ['cost', 'maxBuffer']).functions('cost').whole('maxBuffer', 0, 'or Infinity');
  if (typeof limiter !== 'object' || limiter === null) {
    throw new TypeError(`rateLimitEach: limiter must be a RateLimiter or its config, got ${show(limiter)}`);
  }
  const shared = ('acquire' in limiter ? limiter : new RateLimiter<D>(limiter)) as unknown as Limiter;
  const ask = askerOf(shared);
  const { cost, maxBuffer = Number.POSITIVE_INFINITY } = options;

  return operate<T, T>((source, destination) => {
    source.subscribe(new EachSubscriber(destination, shared, ask, cost as Pricing<T>, maxBuffer));
  });
}

type Pricing<T> = ((value: T, index: number) => Cost) | undefined;

interface Buffered<T> extends Seated {
  readonly value: T;
  readonly index: number;
}

const noOptions = {};

class EachSubscriber<T> extends Subscriber<T> {
  readonly #buffer = new Deque<Buffered<T>>();
  readonly #receiver = new EachReceiver(this as EachSubscriber<unknown>);
  #index = 0;
  #isAsking = false;
  #isSending = false;
  #isDone = false;

  constructor(
    private readonly downstream: Subscriber<T>,
    private readonly limiter: Limiter,
    private readonly ask: Asker,
    private readonly cost: Pricing<T>,
    private readonly maxBuffer: number,
  ) {
    super(downstream);
    downstream.add(this.#receiver);
  }

  protected override _next(value: T): void {
    this.#buffer.push({ value, index: this.#index });
    this.#index += 1;
    this.#sendWhatIsGranted();
    if (this.#buffer.length > this.maxBuffer && !this.closed) {
      this.#stop();
      refuse(
        this.downstream,
        new PermitRefusedError({ reason: 'queue-full', cost: { requests: 1 } }),
        this.limiter.scheduler,
      );
    }
  }

  protected override _error(error: unknown): void {
    this.fail(error);
  }

  protected override _complete(): void {
    this.#isDone = true;
    this.#completeWhenEmpty();
    this.unsubscribe(); // the source is done with; what still waits, waits for the limiter
  }

  /** The permit for the oldest value has come. */
  send(permit: Permit): void {
    const { value } = this.#buffer.shift()!;
    permit.settle(); // a listener of its event may push more values in here: they are not asked for yet
    this.#isAsking = false;
    this.downstream.next(value);
    this.#completeWhenEmpty();
    this.#sendWhatIsGranted();
  }

  fail(error: unknown): void {
    this.#stop();
    this.downstream.error(error);
  }

  /** Asks for the oldest value until a permit has to be waited for. A loop, because permits that are free come at once. */
  #sendWhatIsGranted(): void {
    if (this.#isSending) {
      return;
    }
    this.#isSending = true;
    try {
      while (!this.#isAsking && this.#buffer.length > 0 && !this.downstream.closed) {
        this.#isAsking = true;
        const permit = this.ask(this.#price(), noOptions, this.#receiver);
        if (permit !== undefined) {
          this.#receiver.granted(permit);
        }
      }
    } catch (thrown) {
      this.fail(thrown);
    } finally {
      this.#isSending = false;
    }
  }

  #price(): Cost | undefined {
    const oldest = this.#buffer.first!;
    const cost = this.cost?.(oldest.value, oldest.index);
    const { dimensions } = this.limiter;
    return dimensions === undefined ? cost : unitsOfCost('rateLimitEach', cost, dimensions);
  }

  #completeWhenEmpty(): void {
    if (this.#isDone && !this.#isAsking && this.#buffer.length === 0) {
      this.downstream.complete();
    }
  }

  /** Before downstream hears of an error: a consumer that subscribes again in there finds neither source nor place taken. */
  #stop(): void {
    this.#receiver.unsubscribe();
    this.unsubscribe();
  }
}

/** Stands in the limiter's queue for a subscription, also when its source is done with; unsubscribing it leaves. */
class EachReceiver implements Receiver<Permit>, Unsubscribable {
  closed = false;
  #place: Unsubscribable | undefined;

  constructor(private readonly each: EachSubscriber<unknown>) {}

  granted(permit: Permit): void {
    this.#place = undefined;
    if (this.closed) {
      permit.refund();
    } else {
      this.each.send(permit);
    }
  }

  refused(error: unknown): void {
    this.#place = undefined;
    this.each.fail(error);
  }

  refuse(error: unknown, frame?: Frame): void {
    const telling = new Subscription();
    this.stands(telling);
    refuse({ add: (action) => telling.add(action), error: (refusal) => this.refused(refusal) }, error, frame);
  }

  stands(place: Unsubscribable): void {
    this.#place = place;
  }

  unsubscribe(): void {
    this.closed = true;
    this.#place?.unsubscribe();
  }
}
