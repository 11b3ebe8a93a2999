import type { Subscriber } from 'rxjs';
import type { CallStatus } from '../client/call-options';
import type { Clock } from '../internal/time/clock';
import { reportUnhandled } from '../internal/unhandled';

type OnStatus = (status: CallStatus) => void;

/**
 * What a routed call is doing, as one call would tell it: the attempts of all routes are counted on, and that one of them
 * failed is told only if no other one follows. Stands before the subscriber, because the last word comes before the error.
 */
export class RoutedStatus {
  /** The user's listener has thrown: that is the error of the call. */
  isBroken = false;
  private onStatus: OnStatus | undefined = undefined;
  /** How many attempts other routes have made, and how many all. */
  private before = 0;
  private attempts = 0;
  private isWaiting = false;
  /** When it will go on at the earliest, as far as that is known: ms on the scheduler's clock. */
  private until: number | undefined = undefined;

  constructor(
    private readonly destination: Subscriber<unknown>,
    private readonly call: { waitsNow(isWaiting: boolean): void },
  ) {}

  /** Hears of the call at the next route. */
  at(onStatus: OnStatus | undefined): OnStatus {
    this.onStatus = onStatus;
    this.before = this.attempts;
    return (status) => this.hear(status);
  }

  /** It leaves a route at which it waits: that attempt was never made. */
  moves(): void {
    this.attempts = Math.max(this.before, this.attempts - 1);
  }

  /** How many ms it will still wait where it is; undefined if that is not known, or if it should have gone on by now. */
  rest({ scheduler }: Clock): number | undefined {
    const rest = (this.until ?? Number.NEGATIVE_INFINITY) - scheduler.now();
    return rest > 0 ? rest : undefined;
  }

  get closed(): boolean {
    return this.destination.closed;
  }

  next(value: unknown): void {
    this.destination.next(value);
  }

  error(error: unknown): void {
    try {
      this.onStatus?.({ phase: 'failed', error });
    } catch (thrown) {
      reportUnhandled(thrown); // it is the last status: there is nothing else that it could end
    }
    this.destination.error(error);
  }

  complete(): void {
    this.destination.complete();
  }

  private hear(status: CallStatus): void {
    const isWaiting = status.phase === 'waiting' && status.for !== 'retry';
    if (isWaiting || this.isWaiting) {
      this.isWaiting = isWaiting;
      this.until = isWaiting ? status.until : undefined;
      this.call.waitsNow(isWaiting);
    }
    if ('attempt' in status) {
      this.attempts = this.before + status.attempt;
    }
    const isOfRoute = status.phase === 'failed' || (status.phase === 'cancelled' && !this.closed); // the call goes on
    if (this.onStatus !== undefined && !isOfRoute) {
      try {
        this.onStatus('attempt' in status ? { ...status, attempt: this.attempts } : status);
      } catch (thrown) {
        this.isBroken = true;
        throw thrown;
      }
    }
  }
}
