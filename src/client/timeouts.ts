import { TimeoutError } from 'rxjs';
import type { Asking, Guard } from '../guard/guard';
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

/** What a call wants of its timeouts. */
export interface TimeoutWants {
  readonly timeout: Timeouts;
}

/** Ends an attempt when its first value, or the next one, takes too long. */
export class TimeoutGuard implements Guard<AttemptTimeout, TimeoutAsking> {
  constructor(private readonly clock: Clock) {}

  enter(attempt: TimeoutAsking): AttemptTimeout {
    const { first, each = Number.POSITIVE_INFINITY } = attempt.wants.timeout;
    const timeout = new AttemptTimeout(attempt, this.clock, each);
    timeout.expect(first ?? each);
    return timeout;
  }

  value(timeout: AttemptTimeout): undefined {
    timeout.renew();
  }

  end(timeout: AttemptTimeout): void {
    timeout.stop();
  }

  release(timeout: AttemptTimeout): void {
    timeout.stop();
  }
}

type TimeoutAsking = Asking<TimeoutWants>;

/** When the next value of an attempt must have come. One timer serves all values. */
class AttemptTimeout {
  private until = Number.POSITIVE_INFINITY;
  private readonly timer: Timer;

  constructor(
    private readonly attempt: TimeoutAsking,
    private readonly clock: Clock,
    private readonly each: number,
  ) {
    this.timer = new Timer(clock, 'last', () => this.look());
  }

  /** The next value must come within so many ms. The timer is left where it is: it looks again when it fires. */
  expect(within: number): void {
    this.until = within === Number.POSITIVE_INFINITY ? within : this.clock.now() + within;
    if (this.until < Number.POSITIVE_INFINITY) {
      this.timer.set(this.until);
    }
  }

  renew(): void {
    this.expect(this.each);
  }

  stop(): void {
    this.timer.set(Number.POSITIVE_INFINITY);
  }

  private look(): void {
    if (this.until > this.clock.now()) {
      this.timer.set(this.until);
    } else {
      this.attempt.cut(new TimeoutError());
    }
  }
}
