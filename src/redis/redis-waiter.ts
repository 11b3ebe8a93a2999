import type { Subscriber } from 'rxjs';
import type { Queued } from '../internal/queue/queue';
import type { AcquireOptions, Permit } from '../limiter/limiter';
import type { Units } from '../quota/limits';

/** One call of this process that asks a `RedisRateLimiter` for a permit. */
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
    // A call that may not wait is refused by the answer, however long the answer takes.
    this.deadline = maxWait === 0 ? Number.POSITIVE_INFINITY : since + maxWait;
  }

  get call(): number | undefined {
    return this.options.call;
  }

  get isQueued(): boolean {
    return this.seat !== undefined;
  }
}
