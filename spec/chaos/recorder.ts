import type { ResilientClientEvent } from 'rxjs-resilience';
import type { Client } from './client-policies';
import { quota } from './quota';
import type { AttemptReport, Given, Stamp } from './report';

type EventOf<P extends string> = Extract<ResilientClientEvent, { policy: P }>;

/**
 * Joins what the policies tell with the attempts. A grant leads to its request in the same instant, so what was given
 * last is what the next attempt goes by; an attempt that finds nothing given was not let through by anybody.
 */
export class Recorder {
  readonly turns: { readonly order: number; readonly openUntil: number | undefined }[] = [];
  chargedForNothing = 0;
  #order = 0;
  #lastSeen = 0;
  #granted: (Given & { readonly call: number | undefined }) | undefined;
  #reserved: Given | undefined;
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
    const [granted, reserved] = [this.#granted, this.#reserved];
    const attempt: AttemptReport = { number, opened: this.stamp(), granted, reserved, text: '', chunks: 0 };
    this.#forget();
    this.#running.set(granted?.call, attempt);
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
      this.#granted = { at: this.#takenAt, tokens: event.cost.tokens ?? 0, call: event.call };
    } else if (event.type === 'settled') {
      const attempt = this.#running.get(event.call);
      if (attempt === undefined) {
        this.#forget(); // it was let through, but went no further
      } else {
        attempt.ended = this.stamp();
        this.#running.delete(event.call);
      }
    }
  }

  #hearBudget(event: EventOf<'budget'>): void {
    if (event.type === 'reserved') {
      this.#reserved = { at: this.#reservedAt, tokens: event.tokens };
    } else if (event.type !== 'refused') {
      const charged = event.type === 'settled' ? event.actual : 0;
      const attempt = this.#running.get(event.call);
      if (attempt === undefined) {
        this.chargedForNothing += charged;
      } else {
        attempt.charged = { ...this.stamp(), tokens: charged };
      }
    }
  }

  /** By the limiter's ledger: the time of the event is later by what the process was late since. */
  get #takenAt(): number {
    return this.client.limiter.state.limits.requests[0]!.resetAt - quota.requests.window;
  }

  get #reservedAt(): number {
    return this.client.budget.state.limits[1]!.resetAt - quota.budget.window;
  }

  #forget(): void {
    this.#granted = undefined;
    this.#reserved = undefined;
  }
}
