import type { Observable, SchedulerLike } from 'rxjs';
import { type EventOf, Policy } from './policy';

/** What a core has that users see. */
interface Watched<State, Event> {
  readonly state: State;
  readonly state$: Observable<State>;
  readonly events$: Observable<Event>;
  readonly scheduler: SchedulerLike;
  /** Absent where there is nobody else to be told. */
  readonly isTold?: boolean;
}

/** What users see of a policy whose work a core does. */
export abstract class PolicyFacade<State, Event extends EventOf<string>> {
  /** @internal */
  abstract readonly core: Watched<unknown, EventOf<string>>;

  /** A snapshot as plain JSON, with absolute times in ms on the scheduler's clock. */
  get state(): State {
    return this.core.state as State;
  }

  /** The state at once, then after every change. */
  get state$(): Observable<State> {
    return this.core.state$ as Observable<State>;
  }

  /** What happens, as it happens; hot. */
  get events$(): Observable<Event> {
    return this.core.events$ as Observable<Event>;
  }

  /** The scheduler that gives this policy its time. */
  get scheduler(): SchedulerLike {
    return this.core.scheduler;
  }
}

/** Tells one of our policies for which key it was made: its errors say it. */
export function giveKey(policy: unknown, key: string): void {
  const core = policy instanceof PolicyFacade ? policy.core : policy;
  if (core instanceof Policy) {
    core.setKey(key);
  }
}
