import { FairQueue } from '../internal/queue/fair-queue';
import type { FairShares } from '../internal/queue/fair-shares';
import type { FairWaiter } from '../internal/queue/flow';
import type { Ledger } from '../quota/ledger';
import type { Units } from '../quota/limits';
import type { Line, Place } from './line';

/** A waiting line that tenants share by weight. Of a wait it foresees only what the caller's own cost needs. */
export class FairLine<W extends FairWaiter> implements Line<W> {
  private readonly queue: FairQueue<W>;
  /** The time of the last look. */
  private now = 0;

  constructor(
    private readonly shares: FairShares,
    ageing: number | undefined,
  ) {
    this.queue = new FairQueue(shares, ageing);
  }

  get length(): number {
    return this.queue.length;
  }

  get first(): W | undefined {
    return this.queue.first;
  }

  get nextDeadline(): number {
    return this.queue.nextDeadline;
  }

  get nextLook(): number {
    return this.queue.nextLook;
  }

  look(now: number): void {
    this.now = now;
    this.queue.look(now);
  }

  isBehind(place: Place, now: number): boolean {
    this.look(now);
    return this.queue.isBehind(place);
  }

  ahead(place: Place): number {
    return this.queue.ahead(place);
  }

  isForeseen(): boolean {
    return true;
  }

  foresee(cost: Units, _place: Place, live: Ledger, from: number): number {
    return Math.ceil(Math.max(from, live.due(cost, from)));
  }

  forget(): void {}

  /** How many tenants wait, each counted once for each of its priorities. */
  get flowsWaiting(): number {
    return this.queue.flowsWaiting;
  }

  /** How many of a tenant wait. */
  waiting(tenant: string): number {
    return this.queue.waiting(tenant);
  }

  /** So many of those who are next. */
  firstOnes(count: number): readonly W[] {
    return this.queue.firstOnes(count);
  }

  /** Whether a newcomer would be the next of its tenant and priority. */
  isNext(newcomer: Pick<W, 'tenant' | 'priority' | 'retry'>): boolean {
    return this.queue.isNext(newcomer);
  }

  /** Whether somebody is the next of its tenant and priority. */
  isHead(waiter: W): boolean {
    return this.queue.isHead(waiter);
  }

  /** The priority that somebody has by now. */
  levelOf(waiter: W): number {
    return this.queue.levelOf(waiter);
  }

  add(waiter: W, now: number): void {
    this.now = now;
    this.queue.add(waiter, now);
  }

  remove(waiter: W): boolean {
    return this.queue.remove(waiter, this.now);
  }

  /** Its tenant has had so much more when its next call becomes its head. */
  grant(waiter: W, now: number): void {
    this.now = now;
    this.shares.granted(this.shares.of(waiter.tenant), waiter.share, this.queue.startOf(waiter));
    this.queue.remove(waiter, now);
    this.queue.reorder(waiter.tenant);
  }

  overdue(now: number): W | undefined {
    this.now = now;
    return this.queue.overdue(now);
  }

  /** Granted without a wait. */
  passed(tenant: string, share: number): void {
    this.shares.granted(this.shares.of(tenant), share);
    this.queue.reorder(tenant);
  }

  /** A call has used more than was taken for it, or less. */
  corrected(tenant: string, share: number): void {
    this.shares.corrected(tenant, share);
    this.queue.reorder(tenant);
  }

  /** Forgets what tenants have had, unless some wait: these are compared by it. */
  reset(): void {
    if (this.length === 0) {
      this.shares.forget();
    }
  }

  [Symbol.iterator](): IterableIterator<W> {
    return this.queue[Symbol.iterator]();
  }
}
