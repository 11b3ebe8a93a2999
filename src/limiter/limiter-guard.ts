import { asyncScheduler } from 'rxjs';
import type { Asking, Ending, Guard, Wants } from '../guard/guard';
import { chainOf } from '../guard/guard-chain';
import { readTime } from '../internal/time/step';
import { type ErrorReaders, type ErrorReading, hintBy, isUnreached, type RetryAfter } from '../provider';
import type { Cost, Units } from '../quota/limits';
import { type Asker, askerOf, ownCoreOf } from './asker';
import type { Limiter, Permit } from './limiter';
import type { LimiterCore } from './limiter-core';
import { type CallUsage, type Taking, takingOfCalls } from './taking';

/** What a call wants of a limiter. */
export interface LimitWants extends Wants {
  readonly cost: Cost | undefined;
}

/** What the values of a call said that it has used. */
export interface UnitsReading {
  /** Nothing will be added any more. */
  readonly isUnitsFinal: boolean;
}

/** `headers`: what is left; `all`: hints as well, which pause it. */
export type Hearing = 'nothing' | 'headers' | 'all';

/** How a limiter reads errors. */
export type LimiterReaders = Pick<ErrorReaders, 'read' | 'classOf' | 'hintOf' | 'limitsOf' | 'speaksToAll'>;

export type LimitAsking<R> = Asking<LimitWants, R | undefined>;

/** What the guard of a client's calls is told beside its limiter. */
export type LimiterGuardSettings = Parameters<typeof guardOfCalls> extends [unknown, ...infer Rest] ? Rest : never;

/** Lets an attempt in when the limiter grants its permit, and settles that with what the values said. */
export class LimiterGuard<R extends UnitsReading> implements Guard<Permit, LimitAsking<R>> {
  readonly chainOf = chainOf;
  private readonly ask: Asker;
  /** Of a `RateLimiter`, also of a subclass that is asked by its own `acquire`. */
  private readonly core: LimiterCore | undefined;

  /**
   * @param hears What the limiter hears of errors.
   * @param retryAfter Reads the hint of an error, in ms. Default: `readers` do.
   */
  constructor(
    private readonly limiter: Limiter,
    private readonly hears: Hearing,
    readonly taking: Taking<R>,
    private readonly readers: LimiterReaders,
    private readonly retryAfter?: RetryAfter,
  ) {
    this.ask = askerOf(limiter);
    this.core = ownCoreOf(limiter);
  }

  refuses({ wants }: LimitAsking<R>, delay: number): boolean {
    const { cost, priority, maxWait = Number.POSITIVE_INFINITY } = wants;
    const wait = this.limiter.waitFor?.(this.taking.costOf(cost), { priority, retry: true }) ?? 0;
    return wait - delay > maxWait;
  }

  enter(attempt: LimitAsking<R>): Permit | undefined {
    return this.ask(this.taking.costOf(attempt.wants.cost), attempt, attempt);
  }

  /** The provider has taken the call. */
  accepted(permit: Permit): void {
    if (this.hears === 'all') {
      permit.accepted?.();
    }
  }

  block(): void {
    this.core?.block();
  }

  end(permit: Permit, ending: Ending, error: unknown, attempt: LimitAsking<R>): void {
    if (ending === 'error' && !attempt.hasValue && isUnreached(error)) {
      permit.refund(); // refused further in: nobody was asked for anything
      return;
    }
    try {
      if (ending === 'error' && this.hears !== 'nothing') {
        this.heed(permit, error, attempt.readOnce(error, this.readers.read));
      } else if (ending === 'complete') {
        this.accepted(permit);
      }
    } finally {
      this.settle(permit, ending, attempt);
    }
  }

  /** Learns from an error: the hint of a throttled call pauses the limiter, headers update what is left. */
  private heed(permit: Permit, error: unknown, reading: ErrorReading): void {
    const { limiter, readers, retryAfter } = this;
    const now = readTime(limiter.scheduler ?? asyncScheduler);
    if (this.hears === 'all' && readers.speaksToAll(reading)) {
      const hint = hintBy(retryAfter, error, reading, readers.hintOf, now);
      if (readers.classOf(reading) === 'throttled' && permit.throttled !== undefined) {
        permit.throttled(hint);
      } else if (hint !== undefined) {
        this.pause(hint);
      }
    }
    const info = readers.limitsOf(reading, now);
    if (Object.keys(info).length > 0) {
      limiter.sync?.(info);
    }
  }

  private pause(hint: number): void {
    const { limiter, core } = this;
    if (ownCoreOf(limiter, 'pause') !== undefined) {
      core!.pause(hint, 'hint');
    } else {
      limiter.pause?.(Math.min(hint, limiter.maxPause ?? 60_000));
    }
  }

  /** Settles it even if the user's function throws that weighs a usage: then it keeps what was taken. */
  private settle(permit: Permit, ending: Ending, attempt: LimitAsking<R>): void {
    let actual: Units | undefined;
    try {
      actual = this.actualOf(permit, ending, attempt);
    } finally {
      permit.settle(actual);
    }
  }

  /** What a call has really used; undefined keeps what was taken. */
  private actualOf({ cost }: Permit, ending: Ending, { hasValue, reading }: LimitAsking<R>): Units | undefined {
    if (ending === 'error' && !hasValue) {
      return mapped(cost, () => 0);
    }
    const reported = reading && this.taking.unitsOf(reading);
    if (reported === undefined || ending === 'complete' || reading!.isUnitsFinal) {
      return reported;
    }
    return mapped(reported, (units, dimension) => Math.max(units, cost[dimension] ?? 0));
  }

  release(permit: Permit): void {
    permit.refund();
  }

  unblock(): boolean {
    return this.core?.unblock() === true;
  }

  grant(isAbandoned: boolean): void {
    this.core?.grant(isAbandoned);
  }
}

/** Leaves out `requests`: they stay spent, however the call ends. */
function mapped(units: Units, change: (units: number, dimension: string) => number): Units {
  const others: Record<string, number> = {};
  for (const dimension of Object.keys(units)) {
    if (dimension !== 'requests') {
      others[dimension] = change(units[dimension]!, dimension);
    }
  }
  return others;
}

/** The guard at which a client's calls pass a limiter. */
export type CallsGuard = LimiterGuard<UnitsReading & CallUsage>;

export function guardOfCalls(
  limiter: Limiter,
  hears: Hearing,
  readers: LimiterReaders,
  retryAfter?: RetryAfter,
): CallsGuard {
  return new LimiterGuard<UnitsReading & CallUsage>(limiter, hears, takingOfCalls(limiter), readers, retryAfter);
}
