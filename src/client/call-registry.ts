import { Observable, type SchedulerLike, Subject, type Subscription } from 'rxjs';
import type { EventOf } from '../internal/policy/policy';
import { stepEnds } from '../internal/time/step';
import type { CallEvent } from './call-event';
import type { CallStatus, PolicyKeys } from './call-options';
import type { UsedKey } from './policy-keys';
import type { RetryEvent } from './retry-event';

/** So long a drain waits for policies that are elsewhere, in ms. */
const longestTelling = 5_000;
const lookEvery = 10;

/** A call as its client knows it. */
export interface RegisteredCall {
  readonly phase: CallStatus['phase'] | undefined;
  readonly key: string | PolicyKeys | undefined;
  readonly usedKeys: readonly UsedKey[];
  /** Ends it unless an attempt is in flight. */
  refuseUnlessInFlight(): void;
}

/** What is told of calls. */
export type ToldEvent = (EventOf<'retry'> & RetryEvent) | (EventOf<'call'> & CallEvent);
type Untold = (RetryEvent & { readonly policy: 'retry' }) | (CallEvent & { readonly policy: 'call' });

/** The calls of a client while they run, and what is told of them. */
export class CallRegistry {
  readonly moves = new Subject<void>();
  readonly events = new Subject<ToldEvent>();
  isDraining = false;
  private readonly running = new Map<number, RegisteredCall>();
  private readonly drained = new Subject<never>();
  private told: Subscription | undefined;
  private lastNumber = 0;

  /** @param isTold Whether every policy that is elsewhere has been told of everything. */
  constructor(
    private readonly scheduler: SchedulerLike,
    private readonly isTold: () => boolean,
  ) {}

  /** The number of a new call. */
  began(call: RegisteredCall): number {
    this.lastNumber += 1;
    this.running.set(this.lastNumber, call);
    for (const { policies, key } of call.usedKeys) {
      policies.core.hold(key);
    }
    return this.lastNumber;
  }

  /** A call does something else now. */
  moved(): void {
    if (this.moves.observed) {
      stepEnds();
      this.moves.next();
    }
  }

  /** A call is over, and all that it held is settled. */
  ended(number: number, { usedKeys }: RegisteredCall): void {
    const held = this.running.delete(number) ? usedKeys : [];
    for (const { policies, key } of held) {
      policies.core.release(key);
    }
    if (this.isDraining) {
      this.completeIfDone();
    }
  }

  /** Whether anybody hears of events. */
  get isHeard(): boolean {
    return this.events.observed;
  }

  tell(event: Untold, call: number): void {
    if (this.isHeard) {
      stepEnds();
      this.events.next({ ...event, at: this.scheduler.now(), call } as ToldEvent);
    }
  }

  keyOf(call: number | undefined): string | PolicyKeys | undefined {
    return this.running.get(call ?? 0)?.key;
  }

  count(phase: CallStatus['phase']): number {
    return [...this.running.values()].filter((call) => call.phase === phase).length;
  }

  drain(): Observable<never> {
    return new Observable((subscriber) => {
      this.isDraining = true;
      subscriber.add(this.drained.subscribe(subscriber));
      for (const call of [...this.running.values()]) {
        call.refuseUnlessInFlight();
      }
      this.completeIfDone();
    });
  }

  /** What was settled may still be on its way to a policy that is elsewhere: that is waited for, but not for ever. */
  private completeIfDone(waited = 0): void {
    if (this.running.size > 0 || this.told?.closed === false) {
      return;
    }
    if (this.isTold() || waited >= longestTelling) {
      this.drained.complete();
    } else {
      this.told = this.scheduler.schedule(() => {
        this.told = undefined;
        this.completeIfDone(waited + lookEvery);
      }, lookEvery);
    }
  }
}
