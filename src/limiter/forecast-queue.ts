import type { Standing } from '../internal/queue/counted-tree';
import { Queue, type Queued } from '../internal/queue/queue';
import { Forecast, type Foreseen } from '../quota/forecast';
import type { Ledger } from '../quota/ledger';
import type { Units } from '../quota/limits';
import type { Line } from './line';

/** A waiting line of which is foreseen when a newcomer will be granted what it asks for. */
export class ForecastQueue<W extends Queued & Foreseen> extends Queue<W> implements Line<W> {
  private readonly forecast = new Forecast();

  /** Nobody becomes the first by time alone. */
  get nextLook(): number {
    return Number.POSITIVE_INFINITY;
  }

  look(): void {}

  /** Whether it costs one step to foresee when a newcomer will be granted. */
  isForeseen(standing: Standing): boolean {
    return this.forecast.isKept && this.isLast(standing);
  }

  /** When a newcomer will be granted `cost`, out of what `live` leaves from the time `from` on. */
  foresee(cost: Units, standing: Standing, live: Ledger, from: number): number {
    if (this.length === 0) {
      return Math.ceil(Math.max(from, live.due(cost, from))); // nothing has to be kept: the next one walks over one
    }
    if (this.isLast(standing)) {
      return this.forecast.of(cost, this, this.length, live, from);
    }
    const ahead = this.ahead(standing);
    return this.forecast.between(cost, this.firstOnes(ahead), ahead, live, from);
  }

  /** To be called when something else has changed than the line: what was foreseen may be wrong. */
  forget(): void {
    this.forecast.forget();
  }

  /** @param now The earliest at which it can be granted. */
  override add(waiter: W, now = Number.NEGATIVE_INFINITY): boolean {
    const isLast = super.add(waiter);
    if (isLast) {
      this.forecast.join(waiter.cost, now);
    } else {
      this.forecast.forget();
    }
    return isLast;
  }

  /** Takes somebody out who gives up; false if they stand there no more. */
  override remove(waiter: W): boolean {
    const stood = super.remove(waiter);
    if (stood) {
      this.forecast.forget();
    }
    return stood;
  }

  /** Takes out the first, which is granted now. */
  grant(waiter: W, now: number): void {
    super.remove(waiter);
    if (now === waiter.until) {
      this.forecast.granted(waiter.cost);
    } else {
      this.forecast.forget();
    }
  }

  override overdue(now: number): W | undefined {
    const waiter = super.overdue(now);
    if (waiter !== undefined) {
      this.forecast.forget();
    }
    return waiter;
  }
}
