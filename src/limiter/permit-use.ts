import { asyncScheduler } from 'rxjs';
import type { Ending } from '../internal/operate';
import { classifyError, rateLimitOf, retryAfterOf } from '../provider';
import type { Units } from '../quota/limits';
import { abandon } from './ending-permit';
import type { Limiter, Permit } from './limiter';

/** What one call makes of its permit: counts what is reported while values pass, and settles it at the end. */
export class PermitUse {
  #reported: Record<string, number> | undefined;
  #hasDelivered = false;
  #isFinal = false;

  constructor(
    protected readonly limiter: Limiter,
    private readonly permit: Permit,
    private readonly pauseOnThrottle: boolean,
  ) {}

  /** To be called for each value. Reports are running totals; `isFinal` ends them, whatever happens to the call. */
  delivered(units?: Units, isFinal = false): void {
    this.#hasDelivered = true;
    if (units !== undefined) {
      this.#reported ??= {};
      for (const dimension of Object.keys(units)) {
        if (dimension !== 'requests') {
          this.#reported[dimension] = units[dimension]!;
        }
      }
      this.#isFinal ||= isFinal;
    }
  }

  end(ending: Ending, error?: unknown): void {
    try {
      if (ending === 'error') {
        // Before the permit is settled: that lets the next one in line begin.
        heed(this.limiter, error, this.pauseOnThrottle);
      }
    } finally {
      this.#settle(ending);
    }
  }

  #settle(ending: Ending): void {
    if (ending === 'unsubscribe') {
      abandon(this.permit, this.#actual(ending));
    } else {
      this.permit.settle(this.#actual(ending));
    }
  }

  #actual(ending: Ending): Units | undefined {
    if (ending === 'error' && !this.#hasDelivered) {
      return mapped(this.permit.cost, () => 0);
    }
    if (this.#reported === undefined || ending === 'complete' || this.#isFinal) {
      return this.#reported;
    }
    const { cost } = this.permit;
    return mapped(this.#reported, (units, dimension) => Math.max(units, cost[dimension] ?? 0));
  }
}

/** Lets a limiter learn from an error: a throttled call's hint quiets all callers, headers tell what is left. */
function heed(limiter: Limiter, error: unknown, pauseOnThrottle: boolean): void {
  const now = (limiter.scheduler ?? asyncScheduler).now();
  const hint = pauseOnThrottle && classifyError(error) === 'throttled' ? retryAfterOf(error, now) : undefined;
  if (hint !== undefined) {
    limiter.pause?.(Math.min(hint, limiter.maxPause ?? 60_000));
  }
  const info = rateLimitOf(error, now);
  if (Object.keys(info).length > 0) {
    limiter.sync?.(info);
  }
}

/** The requests of a call are spent, whatever becomes of it. */
function mapped(units: Units, change: (units: number, dimension: string) => number): Units {
  const { requests: _, ...others } = units;
  return Object.fromEntries(Object.entries(others).map(([dimension, each]) => [dimension, change(each, dimension)]));
}
