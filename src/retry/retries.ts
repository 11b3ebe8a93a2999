import { checkAmount } from '../internal/options';
import { type ErrorReading, hintBy, isUnreached, markReached } from '../provider';
import { atLeast, backoffOf, jittered } from './backoff';
import type { RetryContext } from './retry-backoff-config';
import type { Settings } from './retry-settings';

/** What the guards of a call will say to its next attempt. */
export interface Outlook {
  /** Whether they will still refuse it when so many ms have passed. */
  refuses(delay: number): boolean;
  /** Whether it will have to wait until a breaker lets it in: then no backoff is needed before. */
  readonly waits: boolean;
  /** Whether the attempt that failed asked nothing of the provider that others would not have: its return is free. */
  readonly isFree: boolean;
}

/** A call may come back to an open breaker so often without that it counts as a retry. */
const mostFreeReturns = 10;

/** What does not depend on the values of a call. */
type RetrySettings = Omit<Settings<never>, 'isContent' | 'afterValues'>;

/** The retries of one call: how many there were, whether there is another one, and when. */
export class Retries {
  private count = 0;
  private freeReturns = 0;
  /** Whether an attempt has reached its source: a later refusal does not make the call one that cost nothing. */
  private hasReached = false;
  private previousBackoff: number;
  private readonly startedAt: number;

  constructor(private readonly settings: RetrySettings) {
    this.startedAt = settings.isTimed ? settings.clock.now() : 0;
    this.previousBackoff = settings.baseDelay;
  }

  /** Retries and backoff begin anew. */
  reset(): void {
    this.count = 0;
    this.previousBackoff = this.settings.baseDelay;
  }

  /** The retry that is due after an error; undefined if there is none. Counts it. */
  after(
    error: unknown,
    read: () => ErrorReading,
    emitted: number,
    outlook: Outlook | undefined,
  ): RetryContext | undefined {
    if (!isUnreached(error)) {
      this.hasReached = true;
    } else if (this.hasReached) {
      markReached(error);
    }
    const { maxRetries, retryIf, maxElapsed, retryBudget, clock, isTimed, readers } = this.settings;
    const isFree = maxRetries > 0 && outlook?.waits === true && outlook.isFree && this.freeReturns < mostFreeReturns;
    if (this.count >= maxRetries && !isFree) {
      return undefined;
    }
    const reading = read();
    const kind = readers.classOf(reading);
    if (retryIf === undefined && !readers.isRetryable(kind)) {
      return undefined;
    }
    const needsNoWait = outlook?.waits === true || kind === 'rejected';
    const delay = needsNoWait ? 0 : this.delayAfter(error, reading);
    if (delay === undefined || outlook?.refuses(delay)) {
      return undefined;
    }
    const attempt = this.count + 1;
    const elapsed = isTimed ? clock.now() - this.startedAt : 0;
    const retry = { attempt, retriesLeft: Math.max(0, maxRetries - attempt), error, delay, elapsed, emitted };
    const isWorthIt = (retryIf === undefined || retryIf(error, retry)) && elapsed + delay <= maxElapsed;
    if (!isWorthIt || !(isFree || retryBudget === undefined || retryBudget.tryRetry())) {
      return undefined;
    }
    if (isFree) {
      this.freeReturns += 1;
    } else {
      this.count += 1;
    }
    return retry;
  }

  /** Whole ms to wait; undefined if the server asks for more than is allowed. */
  private delayAfter(error: unknown, reading: ErrorReading): number | undefined {
    const { retryAfter, maxRetryAfter, onLongRetryAfter, random, jitter, clock, readers } = this.settings;
    const hint = hintBy(retryAfter, error, reading, readers.hintOf, clock.now() + clock.toWall);
    if (hint !== undefined) {
      checkDelay('retryAfter', hint, error);
      if (hint > maxRetryAfter && onLongRetryAfter === 'error') {
        return undefined;
      }
    }
    const heeded = hint !== undefined && onLongRetryAfter === 'clamp' ? Math.min(hint, maxRetryAfter) : hint;
    const backoff = checkDelay('backoff', backoffOf(this.count + 1, this.settings), error);
    this.previousBackoff = jittered(backoff, random, this.previousBackoff, this.settings);
    checkDelay('jitter', this.previousBackoff, error);
    return Math.ceil(atLeast(heeded, this.previousBackoff, random, jitter));
  }
}

/** Throws for what is no delay; the error of the attempt is the cause, else nobody would learn of it. */
function checkDelay(name: string, delay: unknown, cause: unknown): number {
  try {
    return checkAmount('retryBackoff', name, delay);
  } catch (thrown) {
    throw Object.defineProperty(thrown as Error, 'cause', { value: cause });
  }
}
