import { Observable, type SchedulerLike, Subject } from 'rxjs';
import type { EventOf } from '../internal/policy/policy';
import type { Call } from './call';
import type { PolicyKeys } from './call-options';
import type { Host, RetryEvent } from './stack';

const none: readonly never[] = [];

/** The calls of a client while they run, and what is told of them. */
export class Calls implements Host {
  readonly moves = new Subject<void>();
  readonly retries = new Subject<EventOf<'retry'> & RetryEvent>();
  readonly #running = new Map<number, Call<never>>();
  readonly #drained = new Subject<never>();
  #lastNumber = 0;
  #isDraining = false;

  constructor(private readonly scheduler: SchedulerLike) {}

  get isDraining(): boolean {
    return this.#isDraining;
  }

  began(call: Call<never>): number {
    this.#lastNumber += 1;
    this.#running.set(this.#lastNumber, call);
    for (const { policies, key } of call.plan.stack.keys ?? none) {
      policies.hold(key);
    }
    return this.#lastNumber;
  }

  moved(): void {
    this.moves.next();
  }

  ended(call: Call<never>): void {
    if (!this.#running.delete(call.number!)) {
      return; // its end has been noted
    }
    for (const { policies, key } of call.plan.stack.keys ?? none) {
      policies.release(key);
    }
    if (this.#isDraining && this.#running.size === 0) {
      this.#drained.complete();
    }
  }

  tell(event: RetryEvent, call: number | undefined): void {
    if (this.retries.observed) {
      this.retries.next({ ...event, policy: 'retry', at: this.scheduler.now(), call });
    }
  }

  keyOf(call: number | undefined): string | PolicyKeys | undefined {
    return this.#running.get(call ?? 0)?.plan.options.key;
  }

  count(phase: Call<never>['phase']): number {
    return [...this.#running.values()].filter((call) => call.phase === phase).length;
  }

  drain(): Observable<never> {
    return new Observable((subscriber) => {
      this.#isDraining = true;
      subscriber.add(this.#drained.subscribe(subscriber));
      for (const call of [...this.#running.values()]) {
        call.refuseUnlessInFlight();
      }
      if (this.#running.size === 0) {
        subscriber.complete();
      }
    });
  }
}
