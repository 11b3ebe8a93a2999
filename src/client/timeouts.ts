import { TimeoutError } from 'rxjs';
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

/** What an attempt wants of its timeouts; undefined where none of them is its own. */
export interface TimeoutWants {
  readonly timeout: Timeouts | undefined;
}

/** An attempt as its timeouts see it. */
interface TimedAttempt {
  readonly hasValue: boolean;
  fail(error: unknown): void;
}

/** What has not come in time. */
const awaited = { first: 'first value', each: 'next value', content: 'content', total: 'end' } as const;

/** The error of a call that has taken so many ms too long. It says for what. */
export function timeoutError(which: keyof Timeouts, ms: number): TimeoutError {
  const error = new TimeoutError();
  error.message = `Timeout has occurred: no ${awaited[which]} within ${ms} ms (timeout.${which})`;
  return error;
}

const never = Number.POSITIVE_INFINITY;

/** Timers that fire later than this were held up: what has come meanwhile is looked at first. */
const lateness = 50;

/**
 * Ends an attempt when its first value, the next one, or content takes too long, from the moment in which it is made. One
 * timer serves all values.
 */
export class AttemptTimeout {
  private readonly each: number;
  private readonly content: number;
  /** The time for the value that is awaited now. */
  private forValue: number;
  private valueUntil: number;
  private contentUntil: number;
  private readonly deadline: Deadline;

  constructor(
    private readonly attempt: TimedAttempt,
    private readonly timeouts: Timeouts,
    private readonly clock: Clock,
  ) {
    const { first, each = never, content = never } = timeouts;
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
      const isFirst = !attempt.hasValue && this.timeouts.first !== undefined;
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
