import type { Due } from './deadlines';
import { Deque, type Seated } from './deque';
import type { Tenant } from './fair-shares';

/** Somebody who stands in a {@link FairQueue}. */
export interface FairWaiter extends Due, Seated {
  readonly priority: number;
  readonly retry: boolean;
  readonly tenant: string;
  /** Its largest part of a limit. */
  readonly share: number;
}

/** Those of one tenant who wait with one priority: retries first, then first come, first served. */
export class Flow<W extends FairWaiter> implements Due {
  private readonly retries = new Deque<W>();
  private readonly others = new Deque<W>();
  /** Its order: the virtual time at which its head would be done. */
  deadline = 0;
  turn: number | undefined = undefined;
  place: number | undefined = undefined;
  /** The virtual time at which its head became that, and the time. */
  start = 0;
  headSince = 0;
  /** The priority that it has by now. */
  level: number;
  /** When its head will have one more. */
  readonly promotion: Due & { deadline: number; readonly flow: Flow<W> };

  constructor(
    readonly tenant: Tenant,
    readonly name: string,
    readonly priority: number,
  ) {
    this.level = priority;
    this.promotion = { deadline: Number.POSITIVE_INFINITY, turn: undefined, place: undefined, flow: this };
  }

  get length(): number {
    return this.retries.length + this.others.length;
  }

  get head(): W | undefined {
    return this.retries.first ?? this.others.first;
  }

  /** How many stand before a newcomer. */
  ahead(isRetry: boolean): number {
    return isRetry ? this.retries.length : this.length;
  }

  /** When its head would be done, in virtual time. */
  get finish(): number {
    return Math.max(this.start, this.tenant.finish) + this.head!.share / this.tenant.weight;
  }

  add(waiter: W): void {
    (waiter.retry ? this.retries : this.others).push(waiter);
  }

  remove(waiter: W): void {
    (waiter.retry ? this.retries : this.others).remove(waiter);
  }

  *[Symbol.iterator](): IterableIterator<W> {
    yield* this.retries;
    yield* this.others;
  }
}
