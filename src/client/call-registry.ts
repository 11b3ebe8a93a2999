import { Observable, type SchedulerLike, Subject, type Subscription } from 'rxjs';
import type { EventOf } from '../internal/policy/policy';
import { stepEnds } from '../internal/time/step';
import type { UsedKey } from './any-keyed';
import type { CallEvent } from './call-event';
import type { CallStatus, PolicyKeys } from './call-options';
import type { RetryEvent } from './retry-event';

/** So long a drain waits for policies that are elsewhere, in ms. */
const longestTelling = 5_000;
const lookEvery = 10;

/** A call as its client knows it. */
export interface RegisteredCall {
  /** Undefined only until it is given. */
  readonly number: number | undefined;
  /** Where it stands among those that run; -1 if it does not. */
  place: number;
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
  /** In no order. A map would be shrunk and grown again by each call that runs alone, which costs 50 ns. */
  private readonly running: RegisteredCall[] = [];
  /** Made for the first who asks for a call by its number. */
  private byNumber: Map<number, RegisteredCall> | undefined;
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
    call.place = this.running.length;
    this.running.push(call);
    this.byNumber?.set(this.lastNumber, call);
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
  ended(call: RegisteredCall): void {
    if (call.place >= 0) {
      this.leave(call);
      for (const { policies, key } of call.usedKeys) {
        policies.core.release(key);
      }
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
    this.byNumber ??= new Map(this.running.map((each) => [each.number!, each]));
    return this.byNumber.get(call ?? 0)?.key;
  }

  count(phase: CallStatus['phase']): number {
    return this.running.filter((call) => call.phase === phase).length;
  }

  drain(): Observable<never> {
    return new Observable((subscriber) => {
      this.isDraining = true;
      subscriber.add(this.drained.subscribe(subscriber));
      for (const call of this.running.slice().sort((one, other) => one.number! - other.number!)) {
        call.refuseUnlessInFlight();
      }
      this.completeIfDone();
    });
  }

  /** The last one takes its place. */
  private leave(call: RegisteredCall): void {
    const last = this.running.pop()!;
    if (last !== call) {
      last.place = call.place;
      this.running[last.place] = last;
    }
    call.place = -1;
    this.byNumber?.delete(call.number!);
  }

  /** What was settled may still be on its way to a policy that is elsewhere: that is waited for, but not for ever. */
  private completeIfDone(waited = 0): void {
    if (this.running.length > 0 || this.told?.closed === false) {
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
