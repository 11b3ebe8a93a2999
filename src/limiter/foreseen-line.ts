import { Line, type Waiter } from '../internal/line';
import { Forecast, type Foreseen } from '../quota/forecast';
import type { Ledger } from '../quota/ledger';
import type { Units } from '../quota/limits';

/** A waiting line of which is foreseen when a newcomer will be granted what it asks for. */
export class ForeseenLine<W extends Waiter & Foreseen> {
  readonly #line = new Line<W>();
  readonly #forecast = new Forecast();

  get length(): number {
    return this.#line.length;
  }

  get first(): W | undefined {
    return this.#line.first;
  }

  get nextDeadline(): number {
    return this.#line.nextDeadline;
  }

  /** How many stand before a newcomer. */
  ahead(standing: Pick<W, 'priority' | 'retry'>): number {
    return this.#line.ahead(standing);
  }

  /** Whether it costs one step to foresee when a newcomer will be granted. */
  isForeseen(standing: Pick<W, 'priority' | 'retry'>): boolean {
    return this.#forecast.isKept && this.#line.isLast(standing);
  }

  /** When a newcomer will be granted `cost`, out of what `live` leaves from the time `from` on. */
  foresee(cost: Units, standing: Pick<W, 'priority' | 'retry'>, live: Ledger, from: number): number {
    if (this.#line.isLast(standing)) {
      return this.#forecast.of(cost, this.#line, this.#line.length, live, from);
    }
    const ahead = this.#line.ahead(standing);
    return this.#forecast.between(cost, this.#line.firstOnes(ahead), ahead, live, from);
  }

  /** To be called when something else has changed than the line: what was foreseen may be wrong. */
  forget(): void {
    this.#forecast.forget();
  }

  add(waiter: W, now: number): void {
    if (this.#line.isLast(waiter)) {
      this.#forecast.join(waiter.cost, now);
    } else {
      this.#forecast.forget();
    }
    this.#line.add(waiter);
  }

  /** Takes somebody out who gives up; false if they stand there no more. */
  remove(waiter: W): boolean {
    const stood = this.#line.remove(waiter);
    if (stood) {
      this.#forecast.forget();
    }
    return stood;
  }

  /** Takes out the first, to whom something is granted now. */
  grant(waiter: W, now: number): void {
    this.#line.remove(waiter);
    if (now !== waiter.until) {
      this.#forecast.forget();
    }
  }

  /** Takes out somebody whose deadline has come, if there is one. */
  overdue(now: number): W | undefined {
    const waiter = this.#line.overdue(now);
    if (waiter !== undefined) {
      this.#forecast.forget();
    }
    return waiter;
  }

  /** The first so many, in order. */
  firstOnes(count: number): IterableIterator<W> {
    return this.#line.firstOnes(count);
  }

  [Symbol.iterator](): IterableIterator<W> {
    return this.#line[Symbol.iterator]();
  }
}
