import { asyncScheduler, type MonoTypeOperatorFunction, type SchedulerLike, Subscriber } from 'rxjs';
import { operate } from '../internal/operate';
import { Options } from '../internal/options';
import { delay } from '../internal/time/delay';
import { FakeProviderError } from './fake-provider-error';
import { brokenChunk, brokenConnection, checkFaults, drawFault, type FaultKind, type Faults, slowness } from './faults';
import { seededRandom } from './seeded-random';
import { anthropic } from './shapes/anthropic';
import { openai } from './shapes/openai';

/**
 * Options of {@link chaos}.
 *
 * @category Fakes
 */
export interface ChaosConfig {
  /** For `slowFirst`, and the time that functions in `faults` are given. Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike | undefined;
  /** Default `seededRandom(1)`: every run is the same. */
  readonly random?: (() => number) | undefined;
}

/** A fault strikes after so many values at most, or where the source completes before. */
const mostValues = 8;

/**
 * Lets any source fail in the ways of {@link Faults}, a share of its subscriptions each. What happens in the middle
 * happens after 0 to 7 values, or instead of the completion of a source that has fewer. A throttled or failed
 * subscription does not reach the source; `failInside` emits an `error` event as Anthropic sends it, which `failureOf`
 * reads.
 *
 * @throws RangeError or TypeError that names the option and shows the value.
 * @category Fakes
 *
 * @example
 * ```ts
 * import { of } from 'rxjs';
 * import { retryBackoff } from 'rxjs-resilience';
 * import { chaos, VirtualScheduler } from 'rxjs-resilience/testing';
 *
 * const scheduler = new VirtualScheduler();
 * of('an answer')
 *   .pipe(chaos({ serverError: (elapsed) => (elapsed < 2_000 ? 1 : 0) }, { scheduler }))
 *   .pipe(retryBackoff({ jitter: 'none', scheduler }))
 *   .subscribe((value) => console.log(`${value} after ${scheduler.now()} ms`));
 * scheduler.flush();
 * // -> an answer after 3000 ms
 * ```
 */
export function chaos<T>(faults: Faults, config: ChaosConfig = {}): MonoTypeOperatorFunction<T> {
  checkFaults('chaos', faults);
  new Options('chaos', config, ['scheduler', 'random']).scheduler().functions('random');
  const { scheduler = asyncScheduler, random = seededRandom() } = config;
  const begun = scheduler.now();
  return operate<T, T>((source, destination) => {
    const fault = drawFault('chaos', faults, scheduler.now() - begun, random);
    if (fault === 'throttle') {
      destination.error(new FakeProviderError(openai.throttled(undefined, 1_000), { 'retry-after': '1' }));
    } else if (fault === 'serverError') {
      destination.error(new FakeProviderError(openai.overloaded(), {}));
    } else if (fault === 'slowFirst') {
      destination.add(delay(scheduler, slowness, () => destination.add(source.subscribe(destination))));
    } else if (fault === undefined) {
      return source.subscribe(destination);
    } else {
      const after = Math.floor(random() * mostValues);
      return source.subscribe(new ChaosSubscriber(destination, fault, after));
    }
    return undefined;
  });
}

/** Passes some values on, and then its fault strikes. */
class ChaosSubscriber<T> extends Subscriber<T> {
  #left: number;

  constructor(
    private readonly downstream: Subscriber<T>,
    private readonly fault: FaultKind,
    after: number,
  ) {
    super(downstream);
    this.#left = after;
  }

  protected override _next(value: T): void {
    if (this.#left > 0) {
      this.#left -= 1;
      this.downstream.next(value);
    } else {
      this.#strike();
    }
  }

  protected override _complete(): void {
    this.#strike();
  }

  #strike(): void {
    if (this.fault === 'stall') {
      return; // the source goes on, and nobody hears of it
    }
    if (this.fault === 'failInside') {
      this.downstream.next(anthropic.failure({ number: 0, model: '', input: 0, output: 0 }) as T);
      this.downstream.complete();
    } else {
      this.downstream.error(this.fault === 'garble' ? brokenChunk() : brokenConnection());
    }
    this.unsubscribe();
  }
}
