import { asyncScheduler } from 'rxjs';
import type { Ending } from '../internal/operate';
import { classifyError, rateLimitOf, retryAfterOf } from '../provider';
import type { Units } from '../quota/limits';
import type { Limiter, Permit } from './limiter';

/** What one call makes of its permit: counts what is reported while values pass, and settles it at the end. */
export class PermitUse {
  readonly #limiter: Limiter;
  readonly #permit: Permit;
  readonly #pauseOnThrottle: boolean;
  #reported: Units = {};
  #hasDelivered = false;
  #isFinal = false;

  constructor(limiter: Limiter, permit: Permit, pauseOnThrottle: boolean) {
    this.#limiter = limiter;
    this.#permit = permit;
    this.#pauseOnThrottle = pauseOnThrottle;
  }

  /** To be called for each value. Reports are running totals; `isFinal` ends them, whatever happens to the call. */
  delivered(units?: Units, isFinal = false): void {
    this.#hasDelivered = true;
    if (units !== undefined) {
      this.#reported = { ...this.#reported, ...units };
      this.#isFinal ||= isFinal;
    }
  }

  end(ending: Ending, error?: unknown): void {
    try {
      if (ending === 'error') {
        // Before the permit is settled: that lets the next one in line begin.
        heed(this.#limiter, error, this.#pauseOnThrottle);
      }
    } finally {
      this.#permit.settle(this.#actual(ending));
    }
  }

  #actual(ending: Ending): Units {
    const { requests: _, ...reserved } = this.#permit.cost;
    if (ending === 'error' && !this.#hasDelivered) {
      return mapped(reserved, () => 0);
    }
    const { requests: __, ...reported } = this.#reported;
    return ending === 'complete' || this.#isFinal
      ? reported
      : mapped(reported, (units, dimension) => Math.max(units, reserved[dimension] ?? 0));
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

function mapped(units: Units, change: (units: number, dimension: string) => number): Units {
  return Object.fromEntries(Object.entries(units).map(([dimension, each]) => [dimension, change(each, dimension)]));
}
