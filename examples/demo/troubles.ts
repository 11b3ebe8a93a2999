import { type Fault, outage, quota, type Refusal } from './faults';

/** Decides what goes wrong with which request of a run. */
export class Troubles {
  readonly #startedAt = Date.now();
  readonly #seen = new Map<string, number>();
  #recent: number[] = [];

  constructor(private readonly faults: ReadonlyMap<string, readonly Fault[]>) {}

  get isDown(): boolean {
    const elapsed = Date.now() - this.#startedAt;
    return elapsed >= outage.from && elapsed < outage.until;
  }

  /** The fault of this request; a prompt's own faults are for requests that were not refused for other reasons. */
  of(question: string): Fault | undefined {
    return this.#refusal() ?? this.#nextOf(question);
  }

  #refusal(): Refusal | undefined {
    if (this.isDown) {
      return { kind: 'refuse', status: 500 };
    }
    const now = Date.now();
    this.#recent = this.#recent.filter((at) => at > now - quota.window);
    if (this.#recent.length >= quota.requests) {
      return { kind: 'refuse', status: 429, retryAfter: quota.retryAfter };
    }
    this.#recent.push(now);
    return undefined;
  }

  #nextOf(question: string): Fault | undefined {
    const seen = this.#seen.get(question) ?? 0;
    this.#seen.set(question, seen + 1);
    return this.faults.get(question)?.[seen];
  }
}
