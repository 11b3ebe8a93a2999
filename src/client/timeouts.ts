import { TimeoutError } from 'rxjs';
import type { Asking, Guard } from '../guard/guard';
import type { Clock } from '../internal/time/clock';
import { Timer } from '../internal/time/timer';

/**
 * How long a call may take, in ms. A timeout is a `TimeoutError` of RxJS, whose message says which of these has passed.
 *
 * @category Client
 */
export interface Timeouts {
  /** Until the first value of an attempt, in ms. Default: `each`. */
  readonly first?: number | undefined;
  /** Between two values of an attempt, in ms. Default: none. */
  readonly each?: number | undefined;
  /** Between two values that are content, in ms; from the subscription on. Pings and empty chunks do not count. Default: none. */
  readonly content?: number | undefined;
  /** For the whole call, with all its waits and attempts, in ms. Default: none. */
  readonly total?: number | undefined;
}

/** What a call wants of its timeouts. */
export interface TimeoutWants {
  readonly timeout: Timeouts;
}

/** What has not come in time. */
const awaited = { first: 'first value', each: 'next value', content: 'content', total: 'end' } as const;

/** The error of a call that has taken so many ms too long. It says for what. */
export function timeoutError(which: keyof Timeouts, ms: number): TimeoutError {
  const error = new TimeoutError();
  error.message = `Timeout has occurred: no ${awaited[which]} within ${ms} ms (timeout.${which})`;
  return error;
}

/** Timers that fire later than this were held up: what has come meanwhile is looked at first. */
const lateness = 50;

/** Ends an attempt when its first value, the next one, or content takes too long. */
export class TimeoutGuard implements Guard<AttemptTimeout, TimeoutAsking> {
  constructor(private readonly clock: Clock) {}

  enter(attempt: TimeoutAsking): AttemptTimeout {
    return new AttemptTimeout(attempt, this.clock);
  }

  value(timeout: AttemptTimeout, attempt: TimeoutAsking): undefined {
    timeout.renew(attempt.isContent);
  }

  end(timeout: AttemptTimeout): void {
    timeout.stop();
  }

  release(timeout: AttemptTimeout): void {
    timeout.stop();
  }
}

type TimeoutAsking = Asking<TimeoutWants>;

const never = Number.POSITIVE_INFINITY;

/** When the next value of an attempt must have come, and the next content. One timer serves all values. */
class AttemptTimeout {
  private readonly each: number;
  private readonly content: number;
  /** The time for the value that is awaited now. */
  private forValue: number;
  private valueUntil: number;
  private contentUntil: number;
  private readonly deadline: Deadline;

  constructor(
    private readonly attempt: TimeoutAsking,
    private readonly clock: Clock,
  ) {
    const { first, each = never, content = never } = attempt.wants.timeout;
    this.each = each;
    this.content = content;
    this.forValue = first ?? each;
    this.deadline = new Deadline(clock, () => this.fail());
    const now = clock.now();
    this.valueUntil = now + this.forValue;
    this.contentUntil = now + content;
    this.deadline.set(Math.min(this.valueUntil, this.contentUntil));
  }

  renew(isContent: boolean): void {
    const now = this.clock.now();
    this.forValue = this.each;
    this.valueUntil = now + this.each;
    if (isContent) {
      this.contentUntil = now + this.content;
    }
    this.deadline.set(Math.min(this.valueUntil, this.contentUntil));
  }

  stop(): void {
    this.deadline.set(never);
  }

  private fail(): void {
    const { attempt } = this;
    if (this.contentUntil < this.valueUntil) {
      attempt.fail(timeoutError('content', this.content));
    } else {
      const isFirst = !attempt.hasValue && attempt.wants.timeout.first !== undefined;
      attempt.fail(timeoutError(isFirst ? 'first' : 'each', this.forValue));
    }
  }
}

/**
 * Does something at a time that moves. A timer that is set already is left where it is: it looks again when it fires.
 * One that fires late because the event loop was busy looks once more, a turn later, whether the time has moved.
 */
export class Deadline {
  private at = never;
  private looksAgain = false;
  private readonly timer: Timer;

  constructor(
    private readonly clock: Clock,
    private readonly work: () => void,
  ) {
    this.timer = new Timer(clock, 'last', () => this.look());
  }

  set(at: number): void {
    this.at = at;
    this.looksAgain = false;
    this.timer.set(at);
  }

  private look(): void {
    const now = this.clock.now();
    if (now < this.at) {
      this.timer.set(this.at);
    } else if (now - this.at > lateness && !this.looksAgain) {
      this.looksAgain = true;
      this.timer.set(now);
    } else {
      this.work();
    }
  }
}
