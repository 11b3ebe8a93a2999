import type { OperatorFunction, SchedulerLike, Subscriber, Subscription } from 'rxjs';
import { operate } from '../internal/operate';
import { Options } from '../internal/options';
import { Clock } from '../internal/time/clock';
import { FlushingSubscriber } from './flushing-subscriber';

/**
 * Options of {@link coalesceTime}.
 *
 * @category Operators
 */
export interface CoalesceTimeConfig {
  /** Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike | undefined;
}

/**
 * Makes few updates out of many values: the first value at once, then at most one array for each interval, with all
 * values that came since. Nothing is lost: what waits goes out before completion and before an error.
 *
 * ![Emits the first token at once, then one array for each interval with all that came in
 * it](../../docs/marbles/coalesce-time-1.svg)
 *
 * @param interval ms, above 0. Default 50.
 * @throws RangeError or TypeError that names the option and shows the value.
 * @returns A function that returns an Observable of arrays, none of them empty.
 * @category Operators
 *
 * @example
 * ```ts
 * import { interval, take } from 'rxjs';
 * import { coalesceTime } from 'rxjs-resilience';
 *
 * interval(5).pipe(take(40), coalesceTime(50)).subscribe((tokens) => console.log(tokens.join(' ')));
 * ```
 */
export function coalesceTime<T>(interval = 50, config: CoalesceTimeConfig = {}): OperatorFunction<T, T[]> {
  new Options('coalesceTime', { interval }, ['interval']).positive('interval');
  new Options('coalesceTime', config, ['scheduler']).scheduler();
  const clock = new Clock(config.scheduler);
  return operate<T, T[]>((source, destination) => {
    source.subscribe(new CoalesceSubscriber(destination, clock, interval));
  });
}

class CoalesceSubscriber<T> extends FlushingSubscriber<T, T[]> {
  #waiting: T[] = [];
  /** Present while values have to wait. */
  #timer: Subscription | undefined;

  constructor(
    downstream: Subscriber<T[]>,
    private readonly clock: Clock,
    private readonly interval: number,
  ) {
    super(downstream);
    this.add(() => this.#timer?.unsubscribe());
  }

  protected override _next(value: T): void {
    this.#waiting.push(value);
    if (this.#timer === undefined) {
      this.#send();
    }
  }

  #send(): void {
    // Set the timer before the values go out: their receiver may push more.
    this.#timer = this.clock.after(this.interval, () => this.#intervalOver());
    this.flush();
  }

  #intervalOver(): void {
    this.#timer = undefined;
    if (this.#waiting.length > 0) {
      this.#send();
    }
  }

  protected flush(): void {
    const values = this.#waiting;
    this.#waiting = [];
    if (values.length > 0) {
      this.downstream.next(values);
    }
  }
}
