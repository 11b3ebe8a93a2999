import type { ResilientClientEvent } from 'rxjs-resilience';
import { type Client, quota } from './policies';
import type { AttemptReport, Given, Stamp } from './records';

type EventOf<P extends string> = Extract<ResilientClientEvent, { policy: P }>;

/** What a call was given and has not used yet. */
interface Pending {
  readonly call: number | undefined;
  readonly granted: Given;
  reserved: Given | undefined;
}

/**
 * Joins what the policies tell with the attempts. A grant leads to its request in the same instant, unless another call
 * is let through on the way: so what was given last is what the next attempt goes by, and an attempt that finds nothing
 * given was not let through by anybody.
 */
export class Recorder {
  readonly turns: { readonly order: number; readonly openUntil: number | undefined }[] = [];
  chargedForNothing = 0;
  #order = 0;
  #lastSeen = 0;
  #pending: Pending[] = [];
  /** Of calls that stand in line once more, for the budget had room when they were about to be refused. */
  readonly #reservedBefore = new Map<number | undefined, Given>();
  /** By the client's number of their call. */
  readonly #running = new Map<number | undefined, AttemptReport>();

  constructor(private readonly client: Client) {
    client.events$.subscribe((event) => this.#hear(event));
  }

  stamp(): Stamp {
    this.#order += 1;
    return { at: Date.now(), order: this.#order };
  }

  /** Whether anything has happened since this was asked last. */
  hasMoved(): boolean {
    const before = this.#lastSeen;
    this.#lastSeen = this.#order;
    return this.#order > before;
  }

  opens(number: number): AttemptReport {
    const { call, granted, reserved } = this.#pending.pop() ?? {};
    const attempt: AttemptReport = { number, opened: this.stamp(), granted, reserved, text: '', chunks: 0 };
    this.#running.set(call, attempt);
    return attempt;
  }

  #hear(event: ResilientClientEvent): void {
    if (event.policy === 'limiter') {
      this.#hearLimiter(event);
    } else if (event.policy === 'budget') {
      this.#hearBudget(event);
    } else if (event.type === 'opened' || event.type === 'closed') {
      this.turns.push({ order: this.stamp().order, openUntil: event.type === 'opened' ? event.until : undefined });
    }
  }

  #hearLimiter(event: EventOf<'limiter'>): void {
    if (event.type === 'granted') {
      const reserved = this.#reservedBefore.get(event.call);
      this.#reservedBefore.delete(event.call);
      this.#pending.push({
        call: event.call,
        granted: { at: this.#takenAt, tokens: event.cost.tokens ?? 0 },
        reserved,
      });
    } else if (event.type === 'settled') {
      const attempt = this.#running.get(event.call);
      if (attempt === undefined) {
        this.#pending = this.#pending.filter(({ call }) => call !== event.call); // let through, but went no further
      } else {
        attempt.ended = this.stamp();
        this.#running.delete(event.call);
      }
    }
  }

  #hearBudget(event: EventOf<'budget'>): void {
    if (event.type === 'reserved') {
      const reserved = { at: this.#reservedAt, tokens: event.tokens };
      const pending = this.#pending.find(({ call }) => call === event.call);
      if (pending === undefined) {
        this.#reservedBefore.set(event.call, reserved);
      } else {
        pending.reserved = reserved;
      }
    } else if (event.type !== 'refused') {
      const charged = event.type === 'settled' ? event.actual : 0;
      const attempt = this.#running.get(event.call);
      if (attempt === undefined) {
        this.chargedForNothing += charged;
        this.#reservedBefore.delete(event.call);
      } else {
        attempt.charged = { ...this.stamp(), tokens: charged };
      }
    }
  }

  /** By the limiter's ledger: the time of the event is later by what the process was late since. */
  get #takenAt(): number {
    return this.client.limiter.state.limits.requests[0]!.resetAt! - quota.requests.window;
  }

  get #reservedAt(): number {
    return this.client.budget.state.limits[1]!.resetAt! - quota.budget.window;
  }
}
