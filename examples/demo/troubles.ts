import type { ChatRequest, Fault, Troubles } from '../provider/faults';
import { Quota } from '../provider/quota';
import { outage, quota } from './faults';

/** Decides what goes wrong with which request of a run. */
export class PlannedTroubles implements Troubles {
  readonly #startedAt = Date.now();
  readonly #seen = new Map<string, number>();
  readonly #quota = new Quota(quota.requests, quota.window);

  constructor(private readonly faults: ReadonlyMap<string, readonly Fault[]>) {}

  get isDown(): boolean {
    const elapsed = Date.now() - this.#startedAt;
    return elapsed >= outage.from && elapsed < outage.until;
  }

  /** The fault of this request; a prompt's own faults are for requests that were not refused for other reasons. */
  faultOf({ messages }: ChatRequest): Fault | undefined {
    if (this.isDown) {
      return { kind: 'refuse', status: 500 };
    }
    if (!this.#quota.take()) {
      return { kind: 'refuse', status: 429, retryAfter: quota.retryAfter };
    }
    return this.#nextOf(messages.at(-1)?.content ?? '');
  }

  #nextOf(question: string): Fault | undefined {
    const seen = this.#seen.get(question) ?? 0;
    this.#seen.set(question, seen + 1);
    return this.faults.get(question)?.[seen];
  }
}
