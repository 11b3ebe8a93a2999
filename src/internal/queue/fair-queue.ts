import { Deadlines } from './deadlines';
import { FairLevel } from './fair-level';
import type { FairShares } from './fair-shares';
import { type FairWaiter, Flow } from './flow';

/**
 * A waiting line in which tenants of one priority share what is granted by weight, whatever anybody queues up: next is the
 * head that would be done first in virtual time. What is done to it costs O(log n) in tenants and priorities.
 */
export class FairQueue<W extends FairWaiter> {
  /** By tenant, then by priority. */
  private readonly flows = new Map<string, Map<number, Flow<W>>>();
  private readonly levels = new Map<number, FairLevel<W>>();
  private readonly order = new Deadlines<FairLevel<W>>();
  private readonly promotions = new Deadlines<Flow<W>['promotion']>();
  private readonly deadlines = new Deadlines<W>();
  private count = 0;
  private flowCount = 0;
  /** Tenants of which what they have had has changed, the last one last; those before were forgotten. */
  private changes: string[] = [];
  private forgotten = 0;

  /** @param ageing ms of being a tenant's head that count as one priority more. */
  constructor(
    private readonly shares: FairShares,
    private readonly ageing = Number.POSITIVE_INFINITY,
  ) {}

  get length(): number {
    return this.count;
  }

  get first(): W | undefined {
    return this.top?.first?.head;
  }

  get nextDeadline(): number {
    return this.deadlines.next;
  }

  /** How many tenants wait, each counted once for each of its priorities. */
  get flowsWaiting(): number {
    return this.flowCount;
  }

  /** How many of a tenant wait. */
  waiting(tenant: string): number {
    return [...(this.flows.get(tenant)?.values() ?? [])].reduce((sum, flow) => sum + flow.length, 0);
  }

  /** So many of those who are next: by priority, the heads of the tenants first, and each tenant's in order. */
  firstOnes(count: number): W[] {
    const levels = [...this.order.some(this.flowCount)].sort((one, other) => one.deadline - other.deadline);
    return levels.flatMap((level) => inTurn(level.some(count), count)).slice(0, count);
  }

  /** Whether a newcomer would be the next of its tenant and priority. */
  isNext({ tenant, priority, retry }: Pick<FairWaiter, 'tenant' | 'priority' | 'retry'>): boolean {
    return (this.flowOf(tenant, priority)?.ahead(retry) ?? 0) === 0;
  }

  /** Whether somebody is the next of its tenant and priority. */
  isHead(waiter: W): boolean {
    return this.flowOf(waiter.tenant, waiter.priority)?.head === waiter;
  }

  /** The priority that somebody has by now. */
  levelOf(waiter: W): number {
    const flow = this.flowOf(waiter.tenant, waiter.priority);
    return flow?.head === waiter ? flow.level : waiter.priority;
  }

  /** When a head will have one priority more. */
  get nextLook(): number {
    return this.promotions.next;
  }

  /** Gives heads that have waited for long the priority that they have by now. */
  look(now: number): void {
    for (let due = this.promotions.overdue(now); due !== undefined; due = this.promotions.overdue(now)) {
      this.leaveLevel(due.flow);
      this.enterLevel(due.flow, now);
    }
  }

  /** Whether somebody goes before a newcomer. */
  isBehind({ tenant, priority, retry, share }: Pick<FairWaiter, 'tenant' | 'priority' | 'retry' | 'share'>): boolean {
    const level = this.top;
    if (level === undefined || level.priority < priority) {
      return false;
    }
    const flow = this.flowOf(tenant, priority);
    if (level.priority > priority || (flow !== undefined && flow.ahead(retry) > 0)) {
      return true;
    }
    const { weight, finish } = this.shares.of(tenant);
    return level.first!.deadline <= Math.max(this.shares.now, finish) + share / weight;
  }

  /** How many stand before a newcomer at least: of its own tenant, and one of each other. */
  ahead({ tenant, priority, retry }: Pick<FairWaiter, 'tenant' | 'priority' | 'retry'>): number {
    const flow = this.flowOf(tenant, priority);
    return flow === undefined ? this.flowCount : this.flowCount - 1 + flow.ahead(retry);
  }

  add(waiter: W, now: number): void {
    const { tenant, priority } = waiter;
    let flows = this.flows.get(tenant);
    if (flows === undefined) {
      flows = new Map();
      this.flows.set(tenant, flows);
    }
    const flow = flows.get(priority) ?? new Flow<W>(this.shares.of(tenant), tenant, priority);
    const head = flow.head;
    flow.add(waiter);
    this.count += 1;
    if (head === undefined) {
      flows.set(priority, flow);
      flow.tenant.waiting += 1;
      this.flowCount += 1;
    }
    if (flow.head !== head) {
      this.changeHead(flow, now);
    }
    if (waiter.deadline < Number.POSITIVE_INFINITY) {
      this.deadlines.add(waiter);
    }
  }

  /** Takes somebody out of the line; false if they stand there no more. */
  remove(waiter: W, now: number): boolean {
    if (waiter.seat === undefined) {
      return false;
    }
    const flows = this.flows.get(waiter.tenant)!;
    const flow = flows.get(waiter.priority)!;
    const wasHead = flow.head === waiter;
    flow.remove(waiter);
    this.deadlines.remove(waiter);
    this.count -= 1;
    if (wasHead) {
      this.changeHead(flow, now);
    }
    if (flow.length === 0) {
      flow.tenant.waiting -= 1;
      this.flowCount -= 1;
      flows.delete(waiter.priority);
      if (flows.size === 0) {
        this.flows.delete(waiter.tenant);
      }
    }
    return true;
  }

  /** Takes out somebody whose deadline has come, if there is one. */
  overdue(now: number): W | undefined {
    const waiter = this.deadlines.overdue(now);
    if (waiter !== undefined) {
      this.remove(waiter, now);
    }
    return waiter;
  }

  /** What the tenant has had has changed. Each priority hears of it when it is the highest. */
  reorder(tenant: string): void {
    if (this.flows.has(tenant)) {
      this.changes.push(tenant);
      if (this.changes.length > 2 * this.flowCount + 16) {
        this.forgotten += this.changes.splice(0, this.changes.length >> 1).length;
      }
    }
  }

  /** The virtual time at which somebody who is next began to be that. */
  startOf({ tenant, priority }: W): number {
    return this.flowOf(tenant, priority)!.start;
  }

  *[Symbol.iterator](): IterableIterator<W> {
    for (const flows of this.flows.values()) {
      for (const flow of flows.values()) {
        yield* flow;
      }
    }
  }

  private flowOf(tenant: string, priority: number): Flow<W> | undefined {
    return this.flows.get(tenant)?.get(priority);
  }

  /** The highest priority, in the order of now. */
  private get top(): FairLevel<W> | undefined {
    const level = this.order.first;
    level?.catchUp(this.changes, this.forgotten);
    return level;
  }

  private changeHead(flow: Flow<W>, now: number): void {
    if (flow.place !== undefined) {
      this.leaveLevel(flow);
    }
    this.promotions.remove(flow.promotion);
    if (flow.head !== undefined) {
      flow.start = this.shares.now;
      flow.headSince = now;
      this.enterLevel(flow, now);
    }
  }

  private leaveLevel(flow: Flow<W>): void {
    const level = this.levels.get(flow.level)!;
    level.leave(flow);
    if (level.first === undefined) {
      this.order.remove(level);
      this.levels.delete(flow.level);
    }
  }

  private enterLevel(flow: Flow<W>, now: number): void {
    const steps = Math.floor((now - flow.headSince) / this.ageing);
    flow.level = flow.priority + steps;
    let level = this.levels.get(flow.level);
    if (level === undefined) {
      level = new FairLevel(flow.level, this.forgotten + this.changes.length);
      this.levels.set(flow.level, level);
      this.order.add(level);
    }
    level.enter(flow);
    if (this.ageing < Number.POSITIVE_INFINITY) {
      flow.promotion.deadline = flow.headSince + (steps + 1) * this.ageing;
      this.promotions.add(flow.promotion);
    }
  }
}

/** At least so many of all flows, if there are, one of each after the other. */
function inTurn<W extends FairWaiter>(flows: readonly Flow<W>[], count: number): W[] {
  const ones: W[] = [];
  let rest = flows.map((flow) => flow[Symbol.iterator]());
  while (ones.length < count && rest.length > 0) {
    rest = rest.filter((each) => {
      const { value, done } = each.next();
      if (!done) {
        ones.push(value);
      }
      return !done;
    });
  }
  return ones;
}
