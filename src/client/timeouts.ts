import { type MonoTypeOperatorFunction, Subscriber, TimeoutError } from 'rxjs';
import { operate } from '../internal/operate';
import type { Clock } from '../internal/time/clock';
import { Timer } from '../internal/time/timer';

/**
 * How long a call may take, in ms. A timeout is a `TimeoutError` of RxJS.
 *
 * @category Client
 */
export interface Timeouts {
  /** Until the first value of an attempt, in ms. Default: `each`. */
  readonly first?: number | undefined;
  /** Between two values of an attempt, in ms. Default: none. */
  readonly each?: number | undefined;
  /** For the whole call, with all its waits and attempts, in ms. Default: none. */
  readonly total?: number | undefined;
}

/** Errors when the first value, or the next one, takes too long. Unlike RxJS's `timeout`, one timer serves all values. */
export function timeouts<T>(
  { first, each = Number.POSITIVE_INFINITY }: Timeouts,
  clock: Clock,
): MonoTypeOperatorFunction<T> {
  return operate<T, T>((source, destination) => {
    const values = new TimeoutSubscriber(destination, clock, each);
    values.expect(first ?? each);
    source.subscribe(values);
  });
}

class TimeoutSubscriber<T> extends Subscriber<T> {
  #until = Number.POSITIVE_INFINITY;
  readonly #timer: Timer;

  constructor(
    private readonly downstream: Subscriber<T>,
    private readonly clock: Clock,
    private readonly each: number,
  ) {
    super(downstream);
    this.#timer = new Timer(clock, 'last', () => this.#look());
    this.add(() => this.#timer.set(Number.POSITIVE_INFINITY));
  }

  /** The next value must come within so many ms. The alarm is left where it is: it looks again when it rings. */
  expect(within: number): void {
    this.#until = within === Number.POSITIVE_INFINITY ? within : this.clock.now() + within;
    if (this.#until < Number.POSITIVE_INFINITY) {
      this.#timer.set(this.#until);
    }
  }

  protected override _next(value: T): void {
    this.expect(this.each);
    this.downstream.next(value);
  }

  #look(): void {
    if (this.#until > this.clock.now()) {
      this.#timer.set(this.#until);
      return;
    }
    this.unsubscribe();
    this.downstream.error(new TimeoutError());
  }
}
