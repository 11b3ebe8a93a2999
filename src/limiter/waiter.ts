import type { Receiver } from '../guard/guard';
import type { TreeNode } from '../internal/queue/counted-tree';
import type { FairWaiter } from '../internal/queue/flow';
import type { Queued } from '../internal/queue/queue';
import type { Units } from '../quota/limits';
import type { Place } from './line';
import type { LocalPermit } from './local-permit';

/** Where a waiter leaves. */
export interface WaiterCore {
  leave(waiter: Waiter): void;
}

/** One call that stands in a limiter's queue; unsubscribing it leaves. A class, so that a million of them share one shape. */
export class Waiter implements Queued {
  leaf: TreeNode | undefined = undefined;
  /** The number of the call. Set only if it has one, because a field costs something for each that waits. */
  declare readonly call?: number;
  declare readonly deadline?: number;

  constructor(
    private readonly core: WaiterCore,
    readonly priority: number,
    readonly retry: boolean,
    readonly cost: Units,
    readonly since: number,
    /** When it is foreseen to be granted; kept up to date while there is a forecast. */
    public until: number,
    call: number | undefined,
    readonly receiver: Receiver<LocalPermit>,
  ) {
    if (call !== undefined) {
      this.call = call;
    }
  }

  /** Whether it has neither left nor been granted. */
  get stands(): boolean {
    return this.leaf !== undefined;
  }

  unsubscribe(): void {
    this.core.leave(this);
  }
}

/** One that is refused at a certain time. */
export class TimedWaiter extends Waiter {
  turn: number | undefined = undefined;
  place: number | undefined = undefined;
  override deadline = Number.POSITIVE_INFINITY;
}

/** One in a queue that tenants share. */
export class TenantWaiter extends TimedWaiter implements FairWaiter {
  seat: number | undefined = undefined;
  tenant = '';
  share = 0;

  override get stands(): boolean {
    return this.seat !== undefined;
  }
}

/**
 * Somebody who stands there from `now` on.
 *
 * @param deadline `Infinity` if there is none.
 * @param isShared Whether tenants share the queue.
 */
export function waiterOf(
  core: WaiterCore,
  { priority, retry, tenant, cost, share }: Place,
  now: number,
  until: number,
  deadline: number,
  call: number | undefined,
  receiver: Receiver<LocalPermit>,
  isShared: boolean,
): Waiter {
  if (isShared) {
    const waiter = new TenantWaiter(core, priority, retry, cost, now, until, call, receiver);
    waiter.deadline = deadline;
    waiter.tenant = tenant;
    waiter.share = share;
    return waiter;
  }
  if (deadline === Number.POSITIVE_INFINITY) {
    return new Waiter(core, priority, retry, cost, now, until, call, receiver);
  }
  const waiter = new TimedWaiter(core, priority, retry, cost, now, until, call, receiver);
  waiter.deadline = deadline;
  return waiter;
}
