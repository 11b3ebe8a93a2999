import type { Observable, SchedulerLike, Subscriber } from 'rxjs';
import type { Reservation } from '../budget/budget';
import { Spending } from '../budget/spending';
import type { Admission } from '../circuit/breaker';
import { guardOf } from '../circuit/circuit-break';
import { awaitGrant, takenFrom, whenGranted } from '../internal/gate';
import { Offer } from '../internal/offer';
import type { Ending, Guard, GuardedSubscriber } from '../internal/operate';
import { refuse } from '../internal/refuse';
import { abandon } from '../limiter/ending-permit';
import { type Permit, Standing } from '../limiter/limiter';
import { PermitRefusedError } from '../limiter/permit-refused-error';
import { PermitUse } from '../limiter/permit-use';
import type { Call } from './call';
import { CallGuard } from './call-guard';
import { timeouts } from './timeouts';

/**
 * The way of one attempt through the guards: look before standing in line, permit, reservation, admission, source.
 * Whoever leaves on the way, or is refused, gives everything back.
 */
export class Approach<T> implements Guard<T> {
  readonly #call: Call<T>;
  readonly #attempt: GuardedSubscriber<T>;
  readonly #source: Observable<T>;
  /** A probe's that is carried through the line, or the one with which the call begins. */
  #admission: Admission | undefined;
  #permit: Permit | undefined;
  #reservation: Reservation | undefined;
  #firstLook: number | undefined;

  constructor(call: Call<T>, attempt: GuardedSubscriber<T>, source: Observable<T>) {
    this.#call = call;
    this.#attempt = attempt;
    this.#source = source;
    attempt.guard = this;
  }

  /** The attempt has ended before its source was subscribed. */
  end(ending: Ending): void {
    this.#giveBack(ending);
  }

  /** No use in standing in line for what will be refused at its end. */
  look(): void {
    const { whenOpen, clock, host, refusal } = this.#call.plan.stack;
    if (host.isDraining) {
      this.#refuse(new PermitRefusedError({ reason: 'draining', cost: this.#call.plan.cost }), clock);
    } else if (refusal !== undefined) {
      this.#refuse(refusal.error, clock);
    } else if (whenOpen === 'wait' || this.#isLetThrough()) {
      this.#lookAtBudget();
    }
  }

  #lookAtBudget(): void {
    const { breaker, whenOpen } = this.#call.plan.stack;
    if (this.#isBeyondBudget) {
      this.#refuseByBudget(this.#askBudget());
    } else if (breaker !== undefined && whenOpen === 'wait') {
      this.#awaitTurn();
    } else {
      this.#standInLine();
    }
  }

  get #isBeyondBudget(): boolean {
    return this.#reservation === undefined && this.#call.plan.stack.budget?.check?.(this.#call.plan.tokens) === false;
  }

  #awaitTurn(): void {
    const onWait = (wait: { ahead: number; until?: number | undefined }) => this.#call.waits('breaker', wait);
    const { attempt, number } = this.#call;
    const standing = {
      maxWait: this.#patience,
      priority: this.#call.plan.options.priority,
      retry: attempt > 1,
      onWait,
      call: number,
    };
    whenGranted(this.#call.plan.stack.breaker!.turn!(standing), this.#downstream, (probe) => {
      this.#admission = probe;
      if (this.#isBeyondBudget) {
        this.#refuseByBudget(this.#askBudget()); // the turn may have been long in coming
      } else {
        this.#standInLine();
      }
    });
  }

  /** What is left of `maxWait` at the breaker, where a call may have to wait more than once. */
  get #patience(): number {
    const { maxWait = Number.POSITIVE_INFINITY } = this.#call.plan.options;
    const now = this.#call.plan.stack.clock.now();
    this.#firstLook ??= now;
    return Math.max(0, this.#firstLook + maxWait - now);
  }

  /** Whether the breaker would let the call through; if not, the call has been refused. */
  #isLetThrough(): boolean {
    const { breaker } = this.#call.plan.stack;
    const refusal = breaker?.check?.();
    if (refusal === undefined) {
      return true;
    }
    // Asking for an admission makes the breaker tell of its refusal; the look has decided, whatever comes of that.
    const admission = this.#admit();
    if (admission !== undefined) {
      admission.ignore();
      this.#refuse(refusal, breaker!);
    }
    return false;
  }

  #standInLine(): void {
    const { limiter } = this.#call.plan.stack;
    if (limiter === undefined) {
      this.#reserve();
      return;
    }
    const { options, cost } = this.#call.plan;
    const { attempt, number } = this.#call;
    const standing = new Standing(cost, cost, options.priority, options.maxWait, attempt > 1, number, this.#call);
    const permits = limiter.acquire(cost, standing);
    this.#permit = takenFrom(permits, this.#downstream);
    if (this.#permit !== undefined) {
      this.#reserve(); // no time has passed since the look
      return;
    }
    const begin = (permit: Permit) => {
      this.#permit = permit;
      this.#lookAgain();
    };
    awaitGrant(permits, this.#downstream, begin, () => this.#giveBack()); // a probe, before anybody hears of it
  }

  /** The line was long, and others have used the budget. */
  #lookAgain(): void {
    if (this.#isBeyondBudget) {
      this.#refuseByBudget(this.#askBudget());
    } else {
      this.#reserve();
    }
  }

  #reserve(): void {
    if (this.#call.plan.stack.budget === undefined || this.#reservation !== undefined) {
      this.#enter();
      return;
    }
    const reservations = this.#askBudget();
    this.#reservation = takenFrom(reservations, this.#downstream);
    if (this.#reservation !== undefined) {
      this.#enter();
    } else if (reservations instanceof Offer) {
      this.#refuseByBudget(reservations); // a listener of the permit's has used the room
    } else {
      const begin = (reservation: Reservation) => {
        this.#reservation = reservation;
        this.#enter();
      };
      awaitGrant(reservations, this.#downstream, begin, () => this.#giveBack());
    }
  }

  #askBudget(): Observable<Reservation> {
    return this.#call.plan.stack.budget!.reserve(this.#call.plan.tokens, this.#call.number);
  }

  /** Everything goes back at the decision, not when the refusal is delivered. */
  #refuseByBudget(reservations: Observable<Reservation>): void {
    this.#giveBack();
    const begin = (reservation: Reservation) => {
      this.#reservation = reservation;
      this.look(); // there was room after all
    };
    whenGranted(reservations, this.#downstream, begin, () => this.#giveBack());
  }

  #enter(): void {
    const { breaker, host } = this.#call.plan.stack;
    if (host.isDraining) {
      this.#giveBack(); // another call that was refused has just made room
      this.look();
      return;
    }
    const probe = this.#admission;
    this.#admission = undefined;
    if (breaker === undefined || (probe !== undefined && probe.begin?.() !== false)) {
      this.#connect(probe);
      return;
    }
    probe?.ignore(); // the breaker has opened or closed since it was given
    const admission = this.#admit();
    if (admission !== undefined) {
      this.#connect(admission);
    }
  }

  /** The breaker's admission. If there is none everything goes back, and the call is refused or waits for its turn. */
  #admit(): Admission | undefined {
    const { whenOpen } = this.#call.plan.stack;
    const breaker = this.#call.plan.stack.breaker!;
    try {
      return breaker.admit(this.#call.number);
    } catch (refusal) {
      this.#giveBack();
      if (whenOpen === 'wait') {
        this.look();
      } else {
        this.#refuse(refusal, breaker);
      }
      return undefined;
    }
  }

  #connect(admission: Admission | undefined): void {
    this.#admission = admission;
    this.#call.connects();
    if (this.#attempt.closed) {
      this.#giveBack(); // a listener has unsubscribed the call
      return;
    }
    const { stack, timeout, isTimed } = this.#call.plan;
    this.#attempt.guard = this.#handOver();
    const source = isTimed ? timeouts<T>(timeout, stack.clock)(this.#source) : this.#source;
    this.#call.connect(source, this.#attempt);
  }

  /** What is held, from now on held by the guard over the values. */
  #handOver(): CallGuard<T> {
    const { stack, options } = this.#call.plan;
    const admission = this.#admission;
    const reservation = this.#reservation;
    const permit = this.#permit;
    this.#holdNothing();
    return new CallGuard<T>(
      this.#call,
      admission && guardOf(admission),
      reservation && new Spending(stack.budget!, reservation, options.tokens ?? 0, options.overrun ?? 'allow'),
      permit && new PermitUse(stack.limiter!, permit, true),
    );
  }

  #refuse(refusal: unknown, { scheduler }: { readonly scheduler?: SchedulerLike }): void {
    refuse(this.#attempt, refusal, scheduler);
  }

  get #downstream(): Subscriber<never> {
    return this.#attempt as Subscriber<unknown> as Subscriber<never>;
  }

  /** Everything that is held goes back in full: the source was not subscribed. */
  #giveBack(ending: Ending = 'error'): void {
    const admission = this.#admission;
    const reservation = this.#reservation;
    const permit = this.#permit;
    this.#holdNothing();
    this.#call.settles();
    try {
      giveBack(admission, reservation, permit, ending === 'unsubscribe');
    } finally {
      this.#call.hasSettled();
    }
  }

  #holdNothing(): void {
    this.#admission = undefined;
    this.#reservation = undefined;
    this.#permit = undefined;
  }
}

/** In an order in which whoever is let through next finds room in the budget; each, whatever the others throw. */
function giveBack(
  admission: Admission | undefined,
  reservation: Reservation | undefined,
  permit: Permit | undefined,
  isAbandoned: boolean,
): void {
  try {
    reservation?.refund();
  } finally {
    try {
      if (admission !== undefined && isAbandoned) {
        guardOf(admission).end('unsubscribe');
      } else {
        admission?.ignore();
      }
    } finally {
      if (permit !== undefined && isAbandoned) {
        abandon(permit, 'refund');
      } else {
        permit?.refund();
      }
    }
  }
}
