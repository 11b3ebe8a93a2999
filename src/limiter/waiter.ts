import type { Waiting } from '../internal/offer';
import type { Queued } from '../internal/queue/queue';
import type { Units } from '../quota/limits';
import type { Permit } from './limiter';

/** Whom somebody leaves who stands in line. */
export interface Leavable {
  leave(ask: Waiter): void;
}

/** One call that stands in a limiter's line; unsubscribing it leaves. A class, so that a million of them share one shape. */
export class Waiter implements Queued {
  seat: number | undefined = undefined;
  turn: number | undefined = undefined;

  constructor(
    private readonly limiter: Leavable,
    readonly priority: number,
    readonly retry: boolean,
    readonly cost: Units,
    readonly since: number,
    readonly deadline: number,
    /** When it is foreseen to be granted; kept up to date while there is a forecast. */
    public until: number,
    readonly call: number | undefined,
    readonly waiting: Waiting<Permit>,
  ) {}

  unsubscribe(): void {
    this.limiter.leave(this);
  }
}
