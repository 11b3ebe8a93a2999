import type { Observable, Subscriber } from 'rxjs';
import type { Reservation } from '../budget/budget';
import { Spending, totalOf } from '../budget/spending';
import type { Admission } from '../circuit/breaker';
import { AdmissionGuard } from '../circuit/circuit-break';
import { whenGranted } from '../internal/gate';
import { GuardedSubscriber } from '../internal/operate';
import { refuse } from '../internal/refuse';
import type { Permit } from '../limiter/limiter';
import { PermitRefusedError } from '../limiter/permit-refused-error';
import { PermitUse } from '../limiter/permit-use';
import type { Units } from '../quota/limits';
import type { Call } from './call';
import { CallGuard } from './call-guard';
import { timeouts } from './timeouts';

/**
 * The way of one attempt through the guards: look before standing in line, permit, reservation, admission, source.
 * Whoever leaves on the way, or is refused, gives everything back.
 */
export class Approach<T> {
  readonly #call: Call<T>;
  readonly #destination: Subscriber<T>;
  readonly #source: Observable<T>;
  readonly #tokens: number;
  /** A probe's that is carried through the line, or the one with which the call begins. */
  #admission: Admission | undefined;
  #permit: Permit | undefined;
  #firstLook: number | undefined;
  #reservation: Reservation | undefined;

  constructor(call: Call<T>, destination: Subscriber<T>, source: Observable<T>) {
    this.#call = call;
    this.#destination = destination;
    this.#source = source;
    this.#tokens = totalOf('call', 'tokens', call.options.tokens ?? 0);
    destination.add(() => this.#giveBack());
  }

  /** No use in standing in line for what will be refused at its end. */
  look(): void {
    const { breaker, budget, whenOpen, clock, host } = this.#call.stack;
    if (host.isDraining) {
      this.#refuse(new PermitRefusedError({ reason: 'draining', cost: this.#cost() }), clock);
      return;
    }
    if (whenOpen === 'error' && breaker?.check?.() !== undefined) {
      const admission = this.#admitted();
      if (admission === undefined) {
        return;
      }
      admission.ignore();
    }
    if (budget?.check?.(this.#tokens) === false) {
      this.#reserve(() => this.#standInLine());
      return;
    }
    if (whenOpen === 'error' || breaker?.turn === undefined) {
      this.#standInLine();
      return;
    }
    const maxWait = this.#patience();
    const onWait = (wait: { ahead: number; until?: number | undefined }) => this.#call.waits('breaker', wait);
    whenGranted(breaker.turn({ maxWait, onWait, call: this.#call.number }), this.#downstream, (probe) => {
      this.#admission = probe;
      this.#standInLine();
    });
  }

  /** What is left of `maxWait` at the breaker, where a call may have to wait more than once. */
  #patience(): number | undefined {
    const { maxWait } = this.#call.options;
    if (maxWait === undefined || maxWait === Number.POSITIVE_INFINITY) {
      return maxWait;
    }
    const now = this.#call.stack.clock.now();
    this.#firstLook ??= now;
    return Math.max(0, this.#firstLook + maxWait - now);
  }

  get #downstream(): Subscriber<never> {
    return this.#destination as Subscriber<never>;
  }

  #standInLine(): void {
    const { limiter } = this.#call.stack;
    if (limiter === undefined) {
      this.#reserve(() => this.#enter());
      return;
    }
    const { priority, maxWait } = this.#call.options;
    const permits = limiter.acquire(this.#cost(), {
      priority,
      maxWait,
      retry: this.#call.attempt > 1,
      onWait: (wait) => this.#call.waits('permit', wait),
      call: this.#call.number,
    });
    whenGranted(permits, this.#downstream, (permit) => {
      this.#permit = permit;
      this.#reserve(() => this.#enter());
    });
  }

  #reserve(next: () => void): void {
    const { budget } = this.#call.stack;
    if (budget === undefined || this.#reservation !== undefined) {
      next();
      return;
    }
    if (budget.check?.(this.#tokens) === false) {
      this.#giveBack(); // at the decision, not when the refusal is delivered
    }
    whenGranted(budget.reserve(this.#tokens, this.#call.number), this.#downstream, (reservation) => {
      this.#reservation = reservation;
      next();
    });
  }

  #enter(): void {
    const { breaker, whenOpen } = this.#call.stack;
    if (breaker === undefined) {
      this.#connect(undefined);
      return;
    }
    const probe = this.#admission;
    this.#admission = undefined;
    if (probe !== undefined && probe.begin?.() !== false) {
      this.#connect(probe);
      return;
    }
    probe?.ignore(); // the breaker has opened or closed since it was given
    const admission = this.#admitted(whenOpen === 'wait');
    if (admission !== undefined) {
      this.#connect(admission);
    } else if (whenOpen === 'wait') {
      this.look();
    }
  }

  /** The breaker's admission; undefined if it is refused, which gives everything back. */
  #admitted(isPatient = false): Admission | undefined {
    const { breaker } = this.#call.stack;
    try {
      return breaker!.admit(this.#call.number);
    } catch (refusal) {
      this.#giveBack();
      if (!isPatient) {
        this.#refuse(refusal, breaker!);
      }
      return undefined;
    }
  }

  #connect(admission: Admission | undefined): void {
    const { limiter, budget, clock, timeout } = this.#call.stack;
    const { options } = this.#call;
    this.#admission = admission;
    this.#call.connects();
    if (this.#destination.closed) {
      return; // what was held has gone back
    }
    const held = this.#handOver();
    const guard = new CallGuard<T>(
      held.admission && new AdmissionGuard(held.admission),
      held.reservation && new Spending(budget!, held.reservation, options.tokens ?? 0, options.overrun ?? 'allow'),
      held.permit && new PermitUse(limiter!, held.permit, true),
      options,
    );
    const values = new GuardedSubscriber(this.#destination, guard);
    const limits = options.timeout ?? timeout;
    const isTimed = limits?.first !== undefined || limits?.each !== undefined;
    (isTimed ? timeouts<T>(limits, clock)(this.#source) : this.#source).subscribe(values);
  }

  #refuse(refusal: unknown, { scheduler }: { readonly scheduler?: Parameters<typeof refuse>[1] }): void {
    refuse(refusal, scheduler).subscribe(this.#downstream);
  }

  /** What is held, from now on held by somebody else. */
  #handOver() {
    const held = { admission: this.#admission, reservation: this.#reservation, permit: this.#permit };
    this.#admission = undefined;
    this.#reservation = undefined;
    this.#permit = undefined;
    return held;
  }

  /** Everything that is held goes back in full: the source was not subscribed. */
  #giveBack(): void {
    const { admission, reservation, permit } = this.#handOver();
    admission?.ignore();
    reservation?.refund();
    permit?.refund();
  }

  /** What the call takes of the limiter: a request, and of the token dimensions those that the limiter has. */
  #cost(): Units {
    const { tokens = 0 } = this.#call.options;
    const { dimensions = [] } = this.#call.stack.limiter ?? {};
    const split = typeof tokens === 'number' ? {} : { inputTokens: tokens.input, outputTokens: tokens.output };
    const known = Object.entries({ tokens: this.#tokens, ...split });
    return { requests: 1, ...Object.fromEntries(known.filter(([dimension]) => dimensions.includes(dimension))) };
  }
}
