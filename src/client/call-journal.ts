import type { Clock } from '../internal/time/clock';
import type { Usage } from '../provider';
import type { RetryContext } from '../retry/retry-backoff-config';
import type { CallEvent } from './call-event';
import type { CallRegistry } from './call-registry';

/** How a call has ended. */
export type Outcome = 'done' | 'cancelled' | { readonly phase: 'failed'; readonly error: unknown };

/** Tells the events of one call to those who listen to its client. Nothing is made, and little is kept, while nobody does. */
export class CallJournal {
  /** Undefined if it was over before it could start. */
  private startedAt: number | undefined = undefined;
  /** When the sources of attempts were subscribed: of several at once, where calls are hedged. */
  private connectedAt: Map<number, number> | undefined = undefined;
  /** Whether an attempt was made. */
  private hasConnected = false;
  /** Whether its end was told. */
  private isOver = false;

  /** @param call The number of the call. */
  constructor(
    private readonly registry: CallRegistry,
    private readonly clock: Clock,
    private readonly call: number,
  ) {}

  began(meta: object | undefined): void {
    if (this.registry.isHeard) {
      this.tell({ type: 'began', ...(meta === undefined ? {} : { meta }) });
    }
  }

  starts(): void {
    this.startedAt = this.clock.now(); // also if nobody listens yet: a listener may come before the end
  }

  attemptBegan(attempt: number): void {
    if (this.registry.isHeard) {
      this.tell({ type: 'attempt-began', attempt });
    }
  }

  /** Who hears of it may end the call. */
  hedged(attempt: number, after: number): void {
    this.tell({ type: 'hedged', attempt, after });
    if (!this.isOver) {
      this.attemptBegan(attempt);
    }
  }

  connected(attempt: number): void {
    this.hasConnected = true;
    if (this.registry.isHeard) {
      this.connectedAt ??= new Map();
      this.connectedAt.set(attempt, this.clock.now());
    }
  }

  accepted(attempt: number): void {
    if (this.registry.isHeard) {
      this.tell({ type: 'accepted', attempt, after: this.since(this.connectedAt?.get(attempt)) });
    }
  }

  rejected(attempt: number): void {
    this.tell({ type: 'rejected', attempt });
  }

  retries({ attempt, delay, error }: RetryContext): void {
    this.registry.tell({ policy: 'retry', type: 'retry', attempt, delay, error }, this.call);
  }

  gaveUp(attempts: number, error: unknown): void {
    if (this.hasConnected) {
      this.registry.tell({ policy: 'retry', type: 'gave-up', attempts, error }, this.call);
    }
  }

  ended(outcome: Outcome, attempts: number, usage: Usage | undefined): void {
    this.isOver = true;
    if (this.registry.isHeard) {
      const failed = typeof outcome === 'object';
      this.tell({
        type: 'ended',
        outcome: failed ? 'failed' : outcome,
        attempts,
        duration: this.since(this.startedAt),
        ...(usage === undefined ? {} : { usage }),
        ...(failed ? { error: outcome.error } : {}),
      });
    }
  }

  private tell(event: CallEvent): void {
    this.registry.tell({ policy: 'call', ...event }, this.call);
  }

  private since(time: number | undefined): number {
    return time === undefined ? 0 : this.clock.now() - time;
  }
}
