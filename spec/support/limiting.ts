import { asyncScheduler, map, type Observable, type Subscription } from 'rxjs';
import type { AcquireOptions } from '../../src/limiter/limiter';
import { type PermitRefusal, PermitRefusedError } from '../../src/limiter/permit-refused-error';
import type { RateLimiter } from '../../src/limiter/rate-limiter';
import { type Cost, type SlidingWindow, slidingWindow, type Units } from '../../src/quota/limits';

/** `limit` units in any `window` ms. */
export const per = (window: number, limit: number): SlidingWindow => slidingWindow({ limit, window });

/** Asks for a permit and emits `p` when it is granted. */
export function permit<D extends string>(
  limiter: RateLimiter<D>,
  cost?: Cost<D>,
  options?: AcquireOptions,
): Observable<string> {
  return limiter.acquire(cost, options).pipe(map(() => 'p'));
}

/** The error of a refusal. */
export function refusal(reason: PermitRefusal, retryAfter?: number, cost: Units = { requests: 1 }): PermitRefusedError {
  return new PermitRefusedError({ reason, cost, retryAfter });
}

/** Does something at a certain time of a test. */
export function at(ms: number, work: () => void): Subscription {
  return asyncScheduler.schedule(work, ms);
}

/** Notes what happens, each with its time. */
export class Journal {
  readonly lines: string[] = [];

  note(text: string): void {
    this.lines.push(`${asyncScheduler.now()} ${text}`);
  }

  /** Asks for a permit and notes when it is granted, or why it is refused. */
  ask<D extends string>(limiter: RateLimiter<D>, name: string, cost?: Cost<D>, options?: AcquireOptions): Subscription {
    return limiter.acquire(cost, options).subscribe({
      next: () => this.note(name),
      error: (error) => this.note(`${name}: ${error.reason ?? error}`),
    });
  }
}
