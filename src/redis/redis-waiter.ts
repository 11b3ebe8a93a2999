import type { Subscriber } from 'rxjs';
import type { Queued } from '../internal/queue/queue';
import type { AcquireOptions, Permit } from '../limiter/limiter';
import type { Units } from '../quota/limits';

/** One call that stands in a `RedisRateLimiter`'s line, in this process. */
export class RedisWaiter implements Queued {
  seat: number | undefined = undefined;
  turn: number | undefined = undefined;
  readonly priority: number;
  readonly retry: boolean;
  readonly deadline: number;

  constructor(
    readonly cost: Units,
    readonly options: AcquireOptions,
    readonly since: number,
    /** How long it may wait, in ms. */
    readonly maxWait: number,
    readonly subscriber: Subscriber<Permit>,
  ) {
    this.priority = options.priority ?? 0;
    this.retry = options.retry ?? false;
    // Who may not wait is decided upon by the answer, however long that is under way.
    this.deadline = maxWait === 0 ? Number.POSITIVE_INFINITY : since + maxWait;
  }

  get call(): number | undefined {
    return this.options.call;
  }
}
