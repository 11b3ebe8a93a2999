import type { Subscriber } from 'rxjs';
import type { TreeNode } from '../internal/queue/counted-tree';
import type { FairWaiter } from '../internal/queue/flow';
import type { AcquireOptions, Permit } from '../limiter/limiter';
import type { Units } from '../quota/limits';

/** One call of this process that asks a `RedisRateLimiter` for a permit. */
export class RedisWaiter implements FairWaiter {
  /** Where it stands: the first in a queue that tenants share, else the second. */
  seat: number | undefined = undefined;
  leaf: TreeNode | undefined = undefined;
  turn: number | undefined = undefined;
  place: number | undefined = undefined;
  /** How many stood before it when it came. */
  ahead = 0;
  readonly priority: number;
  readonly retry: boolean;
  readonly tenant: string;
  readonly deadline: number;

  /** @param aged What its priority lacks of one that grows with every wait: so it orders like one that does. */
  constructor(
    readonly cost: Units,
    /** Its largest part of a limit, where tenants share the line. */
    readonly share: number,
    readonly options: AcquireOptions,
    readonly since: number,
    /** How long it may wait, in ms. */
    readonly maxWait: number,
    readonly subscriber: Subscriber<Permit>,
    aged = 0,
  ) {
    this.priority = (options.priority ?? 0) - aged;
    this.retry = options.retry ?? false;
    this.tenant = options.tenant ?? '';
    // A call that may not wait is refused by the answer, however long the answer takes.
    this.deadline = maxWait === 0 ? Number.POSITIVE_INFINITY : since + maxWait;
  }

  get call(): number | undefined {
    return this.options.call;
  }

  get isQueued(): boolean {
    return this.seat !== undefined || this.leaf !== undefined;
  }
}
