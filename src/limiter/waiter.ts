import type { Receiver } from '../guard/guard';
import type { FairWaiter } from '../internal/queue/flow';
import type { Queued } from '../internal/queue/queue';
import type { Units } from '../quota/limits';
import type { LocalPermit } from './local-permit';

/** Where a waiter leaves. */
export interface WaiterCore {
  leave(waiter: Waiter): void;
}

/** One call that stands in a limiter's queue; unsubscribing it leaves. A class, so that a million of them share one shape. */
export class Waiter implements Queued {
  seat: number | undefined = undefined;
  turn: number | undefined = undefined;

  constructor(
    private readonly core: WaiterCore,
    readonly priority: number,
    readonly retry: boolean,
    readonly cost: Units,
    readonly since: number,
    readonly deadline: number,
    /** When it is foreseen to be granted; kept up to date while there is a forecast. */
    public until: number,
    readonly call: number | undefined,
    readonly receiver: Receiver<LocalPermit>,
  ) {}

  unsubscribe(): void {
    this.core.leave(this);
  }
}

/** A call that stands in a queue which tenants share. */
export class TenantWaiter extends Waiter implements FairWaiter {
  tenant = '';
  share = 0;
}
