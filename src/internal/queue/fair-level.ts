import { Deadlines, type Due } from './deadlines';
import type { FairWaiter, Flow } from './flow';

/**
 * The flows of one priority, the next one first. That a tenant has had more or less it hears only while it is the highest,
 * so that a tenant that waits with many priorities costs no more than another.
 */
export class FairLevel<W extends FairWaiter> extends Deadlines<Flow<W>> implements Due {
  readonly deadline: number;
  turn: number | undefined = undefined;
  place: number | undefined = undefined;
  private readonly byTenant = new Map<string, Set<Flow<W>>>();

  /** @param heard How many changes there have been. */
  constructor(
    readonly priority: number,
    private heard: number,
  ) {
    super();
    this.deadline = -priority;
  }

  enter(flow: Flow<W>): void {
    flow.deadline = flow.finish;
    this.add(flow);
    const flows = this.byTenant.get(flow.name);
    if (flows === undefined) {
      this.byTenant.set(flow.name, new Set([flow]));
    } else {
      flows.add(flow); // one that has aged stands beside one that came with this priority
    }
  }

  leave(flow: Flow<W>): void {
    this.remove(flow);
    const flows = this.byTenant.get(flow.name)!;
    flows.delete(flow);
    if (flows.size === 0) {
      this.byTenant.delete(flow.name);
    }
  }

  /**
   * Brings its flows into the order of now.
   *
   * @param changes Tenants that have had more or less, the last one last.
   * @param forgotten How many changes there were before these.
   */
  catchUp(changes: readonly string[], forgotten: number): void {
    const all = forgotten + changes.length;
    if (all - this.heard < this.heap.length && this.heard >= forgotten) {
      for (let index = this.heard - forgotten; index < changes.length; index += 1) {
        for (const flow of this.byTenant.get(changes[index]!) ?? []) {
          this.reorder(flow);
        }
      }
    } else if (all > this.heard) {
      for (const flow of [...this.heap]) {
        this.reorder(flow);
      }
    }
    this.heard = all;
  }

  private reorder(flow: Flow<W>): void {
    this.remove(flow);
    flow.deadline = flow.finish;
    this.add(flow);
  }
}
