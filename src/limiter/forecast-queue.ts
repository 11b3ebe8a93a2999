import { Queue, type Queued } from '../internal/queue/queue';
import { Forecast, type Foreseen } from '../quota/forecast';
import type { Ledger } from '../quota/ledger';
import type { Units } from '../quota/limits';
import type { Line } from './line';

/** A waiting line of which is foreseen when a newcomer will be granted what it asks for. */
export class ForecastQueue<W extends Queued & Foreseen> implements Line<W> {
  readonly nextLook = Number.POSITIVE_INFINITY;
  private readonly queue = new Queue<W>();
  private readonly forecast = new Forecast();

  get length(): number {
    return this.queue.length;
  }

  get first(): W | undefined {
    return this.queue.first;
  }

  get nextDeadline(): number {
    return this.queue.nextDeadline;
  }

  look(): void {}

  isBehind(standing: Pick<W, 'priority' | 'retry'>): boolean {
    return this.queue.isBehind(standing);
  }

  /** How many stand before a newcomer. */
  ahead(standing: Pick<W, 'priority' | 'retry'>): number {
    return this.queue.ahead(standing);
  }

  /** Whether it costs one step to foresee when a newcomer will be granted. */
  isForeseen(standing: Pick<W, 'priority' | 'retry'>): boolean {
    return this.forecast.isKept && this.queue.isLast(standing);
  }

  /** When a newcomer will be granted `cost`, out of what `live` leaves from the time `from` on. */
  foresee(cost: Units, standing: Pick<W, 'priority' | 'retry'>, live: Ledger, from: number): number {
    if (this.queue.length === 0) {
      return Math.ceil(Math.max(from, live.due(cost, from))); // nothing has to be kept: the next one walks over one
    }
    if (this.queue.isLast(standing)) {
      return this.forecast.of(cost, this.queue, this.queue.length, live, from);
    }
    const ahead = this.queue.ahead(standing);
    return this.forecast.between(cost, this.queue.firstOnes(ahead), ahead, live, from);
  }

  /** To be called when something else has changed than the line: what was foreseen may be wrong. */
  forget(): void {
    this.forecast.forget();
  }

  add(waiter: W, now: number): void {
    if (this.queue.isLast(waiter)) {
      this.forecast.join(waiter.cost, now);
    } else {
      this.forecast.forget();
    }
    this.queue.add(waiter);
  }

  /** Takes somebody out who gives up; false if they stand there no more. */
  remove(waiter: W): boolean {
    const stood = this.queue.remove(waiter);
    if (stood) {
      this.forecast.forget();
    }
    return stood;
  }

  /** Takes out the first, which is granted now. */
  grant(waiter: W, now: number): void {
    this.queue.remove(waiter);
    if (now === waiter.until) {
      this.forecast.granted(waiter.cost);
    } else {
      this.forecast.forget();
    }
  }

  /** Takes out somebody whose deadline has come, if there is one. */
  overdue(now: number): W | undefined {
    const waiter = this.queue.overdue(now);
    if (waiter !== undefined) {
      this.forecast.forget();
    }
    return waiter;
  }

  /** The first so many, in order. */
  firstOnes(count: number): IterableIterator<W> {
    return this.queue.firstOnes(count);
  }

  [Symbol.iterator](): IterableIterator<W> {
    return this.queue[Symbol.iterator]();
  }
}
