import type { Observable, SchedulerLike } from 'rxjs';
import type { Taker, Waiting } from '../internal/offer';
import { checkAmount, Options, show } from '../internal/options';
import type { EventOf } from '../internal/policy/policy';
import { TimedPolicy } from '../internal/policy/timed-policy';
import { Deque } from '../internal/queue/deque';
import { refuse } from '../internal/refuse';
import { Clock } from '../internal/time/clock';
import { Timer } from '../internal/time/timer';
import { type Grant, Ledger } from '../quota/ledger';
import { type Limit, leastOf, type Units } from '../quota/limits';
import type { LimitState } from '../quota/meter';
import type { Budget, Reservation } from './budget';
import { type Account, LocalReservation } from './local-reservation';
import { Reserving, type Till } from './reserving';
import { TokenBudgetExceededError } from './token-budget-exceeded-error';

/**
 * Options of a {@link TokenBudget}.
 *
 * @category Policies
 */
export interface TokenBudgetConfig {
  /** How many tokens in which time, input and output together. */
  readonly limits: Limit | readonly Limit[];
  /** The most that one call may come to. Default `Infinity`. */
  readonly maxTokensPerRequest?: number | undefined;
  /** Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike | undefined;
  /** What `snapshot()` of an earlier budget returned: so a daily budget survives a deploy. */
  readonly initial?: unknown;
}

/**
 * A snapshot of a budget, in tokens. Times are ms on the scheduler's clock.
 *
 * @category Policies
 */
export interface TokenBudgetState {
  /** Every limit, in the order in which they were given. */
  readonly limits: readonly BudgetLimitState[];
  /** What is left of the tightest limit; below 0 while in debt. */
  readonly remaining: number;
}

/**
 * One limit of a budget: `used` was settled, `reserved` is set aside for calls in flight.
 *
 * @category Policies
 */
export interface BudgetLimitState extends LimitState {
  /** Set aside for calls in flight. */
  readonly reserved: number;
}

/**
 * What happens in a budget, in tokens.
 *
 * @category Policies
 */
export type TokenBudgetEvent = EventOf<'budget'> &
  (
    | {
        /** Tokens were set aside for a call. */
        readonly type: 'reserved';
        /** How many. */
        readonly tokens: number;
      }
    | {
        /** A call has ended, and its cost is known. */
        readonly type: 'settled';
        /** What was set aside for it. */
        readonly reserved: number;
        /** What it has cost. */
        readonly actual: number;
      }
    | {
        /** A call has cost nothing. */
        readonly type: 'refunded';
        /** What had been set aside for it. */
        readonly tokens: number;
      }
    | {
        /** There was no room for a call. */
        readonly type: 'refused';
        /** What it asked for, or came to. */
        readonly requested: number;
        /** What was left of the tightest limit; below 0 while in debt. */
        readonly remaining: number;
      }
  );

const names = ['limits', 'maxTokensPerRequest', 'scheduler', 'initial'];
const dimension = 'tokens';

/** A cost in the only dimension. */
interface Tokens extends Units {
  readonly tokens: number;
}

/**
 * Says no to calls for which no tokens are left.
 *
 * A call's tokens are reserved before it begins and settled to what it really cost, so concurrent calls cannot all
 * pass the same check. It never waits.
 *
 * @throws RangeError or TypeError that names the option and shows the value.
 * @category Policies
 *
 * @example
 * ```ts
 * import { perDay, perHour, TokenBudget } from 'rxjs-resilience';
 *
 * const budget = new TokenBudget({ limits: [perHour(100_000), perDay(1_000_000)], maxTokensPerRequest: 20_000 });
 * ```
 */
export class TokenBudget extends TimedPolicy<'budget', TokenBudgetState, TokenBudgetEvent> implements Budget {
  readonly #ledger: Ledger;
  readonly #maxTokensPerRequest: number;
  /** What is asked for where nothing is: as soon as so much is left, something is. */
  readonly #least: Tokens;
  readonly #open = new Deque<LocalReservation>();
  /** For those who watch: when tokens will next come back by themselves. */
  #timer: Timer | undefined;

  /** What reservations hold of a budget. */
  static readonly #Desk = class implements Account, Till {
    constructor(private readonly budget: TokenBudget) {}

    take(tokens: number, call: number | undefined, taker: Taker): Reservation | undefined {
      const reservation = this.budget.#tryReserve(tokens, call);
      if (reservation !== undefined && taker.closed) {
        reservation.refund(); // a listener of the event unsubscribed: nobody is there to receive it
        return undefined;
      }
      return reservation;
    }

    refuse(tokens: number, call: number | undefined, waiting: Waiting<Reservation>): void {
      refuse(waiting, this.budget.#refused(tokens, call), this.budget.scheduler);
    }

    excess(excess: number, total: number): Grant | undefined {
      return this.budget.#takeExcess(excess, total);
    }

    correct(grant: Grant, tokens: number): void {
      this.budget.#correct(grant, { tokens });
    }

    counting(grant: Grant, now: number): number[] {
      return this.budget.#ledger.counting(grant, now);
    }

    ended(reservation: LocalReservation, reserved: number, actual: number | undefined): void {
      this.budget.#ended(reservation, reserved, actual);
    }

    changed(): void {
      this.budget.#changed();
    }
  };

  /** One small object, no closures: there may be a million budgets. */
  readonly #desk: Account & Till = new TokenBudget.#Desk(this);

  constructor(config: TokenBudgetConfig) {
    new Options('TokenBudget', config, names)
      .required('limits')
      .whole('maxTokensPerRequest', 1, 'or Infinity')
      .scheduler();
    const { limits, maxTokensPerRequest = Number.POSITIVE_INFINITY, scheduler, initial } = config;
    super('budget', new Clock(scheduler));
    this.#ledger = Ledger.of('TokenBudget', { [dimension]: limits });
    this.#maxTokensPerRequest = maxTokensPerRequest;
    this.#least = { tokens: leastOf([limits].flat()) };
    if (initial !== undefined) {
      this.#restore(initial);
    }
  }

  get state(): TokenBudgetState {
    const now = this.clock.now();
    const reserved = [...this.#open].map((reservation) => reservation.counting(now));
    const limits = this.#ledger.states(dimension, now, this.clock.toWall).map((limit, index) => {
      // A token bucket refills while calls are in flight: of what they hold, no more than is missing from it.
      const open = Math.min(
        limit.used,
        reserved.reduce((sum, counts) => sum + counts[index]!, 0),
      );
      return { ...limit, used: limit.used - open, reserved: open };
    });
    return { limits, remaining: lowest(limits) };
  }

  /** What is left of the tightest limit, in tokens; below 0 while in debt. */
  get remaining(): number {
    return this.#ledger.remaining(this.clock.now());
  }

  /** Whether nothing is used and nothing is reserved. */
  get isIdle(): boolean {
    return this.#open.length === 0 && this.#ledger.isUnused(this.clock.now());
  }

  /** Whether a reservation of so many tokens would be given now. Changes nothing. */
  check(tokens: number): boolean {
    checkAmount('TokenBudget.check', 'tokens', tokens);
    return this.#admits({ tokens }, this.clock.now());
  }

  /**
   * Sets tokens aside: one reservation, then complete. It must be settled or refunded. `call` is repeated in events.
   *
   * @returns An Observable that errors with `TokenBudgetExceededError` if there is no room.
   */
  reserve(tokens: number, call?: number): Observable<Reservation> {
    checkAmount('TokenBudget.reserve', 'tokens', tokens);
    return new Reserving(this.#desk, tokens, call);
  }

  /** Sets tokens aside if there is room now, else returns undefined. */
  tryReserve(tokens: number): Reservation | undefined {
    checkAmount('TokenBudget.tryReserve', 'tokens', tokens);
    return this.#tryReserve(tokens, undefined);
  }

  /** Counts tokens that were used elsewhere; may go into debt. */
  record(tokens: number): void {
    checkAmount('TokenBudget.record', 'tokens', tokens);
    this.#ledger.take({ tokens }, this.clock.now());
    this.#changed();
  }

  /** The error for a call that has come to `total` tokens, for which there is no room. */
  exceeded(total: number): TokenBudgetExceededError {
    const now = this.clock.now(); // once, for what is left may change with the next ms
    const remaining = this.#ledger.remaining(now);
    if (total > this.#maxTokensPerRequest) {
      const limit = this.#maxTokensPerRequest;
      return new TokenBudgetExceededError({ requested: total, remaining, limit, reason: 'request-too-large' });
    }
    const states = this.#ledger.states(dimension, now, 0);
    const tightest =
      states.find((state) => total > state.limit) ?? states.find((state) => state.remaining === remaining)!;
    const isPossible = this.#ledger.impossible({ tokens: total }) === undefined;
    const due = this.#ledger.due({ tokens: Math.max(total, this.#least.tokens) }, now);
    return new TokenBudgetExceededError({
      requested: total,
      remaining,
      limit: tightest.limit,
      retryAfter: isPossible ? Math.max(1, due - now) : undefined,
      reason: 'budget',
    });
  }

  /** The state as plain JSON, for `initial` of another budget. What is reserved counts as used. */
  snapshot(): unknown {
    const { toWall } = this.clock;
    return { at: this.clock.now() + toWall, limits: this.#ledger.save(toWall) };
  }

  protected watch(): void {
    const change = this.nextVisibleChange(this.clock.now());
    if (change < Number.POSITIVE_INFINITY) {
      this.#timer ??= new Timer(this.clock, 'first', () => this.watch());
    }
    this.#timer?.set(change);
  }

  protected nextChange(now: number): number {
    return this.#ledger.nextChange(now) ?? Number.POSITIVE_INFINITY;
  }

  #admits(cost: Tokens, now: number): boolean {
    return cost.tokens <= this.#maxTokensPerRequest && this.#hasRoom(cost, now);
  }

  #hasRoom(cost: Tokens, now: number): boolean {
    return this.#ledger.fits(cost.tokens < this.#least.tokens ? this.#least : cost, now);
  }

  #tryReserve(tokens: number, call: number | undefined): Reservation | undefined {
    const now = this.clock.now();
    const cost = { tokens };
    if (!this.#admits(cost, now)) {
      return undefined;
    }
    const grant = this.#ledger.take(cost, now);
    const reservation = new LocalReservation(this.#desk, tokens, grant, call);
    this.#open.push(reservation);
    if (this.isHeard) {
      this.tell({ type: 'reserved', tokens, call });
    }
    this.#changed();
    return reservation;
  }

  /** Takes what a call has come to beyond its reservation, if there is room for it. */
  #takeExcess(excess: number, total: number): Grant | undefined {
    const now = this.clock.now();
    const cost = { tokens: excess };
    const hasRoom = total <= this.#maxTokensPerRequest && this.#hasRoom(cost, now);
    return hasRoom ? this.#ledger.take(cost, now) : undefined;
  }

  #correct(grant: Grant, actual: Units): void {
    if (this.#ledger.changes(grant, actual)) {
      this.#ledger.settle(grant, actual, this.clock.now());
    }
  }

  #refused(tokens: number, call: number | undefined): TokenBudgetExceededError {
    const error = this.exceeded(tokens);
    if (this.isHeard) {
      this.tell({ type: 'refused', requested: tokens, remaining: error.remaining, call });
    }
    return error;
  }

  #ended(reservation: LocalReservation, reserved: number, actual: number | undefined): void {
    const { call } = reservation;
    this.#open.remove(reservation);
    if (this.isHeard) {
      this.tell(
        actual === undefined
          ? { type: 'refunded', tokens: reserved, call }
          : { type: 'settled', reserved, actual, call },
      );
    }
    this.#changed();
  }

  #changed(): void {
    this.changed();
    if (this.isWatched) {
      this.watch();
    }
  }

  #restore(initial: unknown): void {
    const { at, limits } = Object(initial) as { at?: unknown; limits?: unknown };
    if (!Number.isFinite(at) || !Array.isArray(limits)) {
      throw new TypeError(`TokenBudget: initial must be what snapshot() returned, got ${show(initial)}`);
    }
    const now = this.clock.now();
    // A clock that was set back since must not keep tokens away for longer.
    const setBack = Math.max(0, (at as number) - this.clock.toWall - now);
    this.#ledger.load(limits, -this.clock.toWall - setBack, now);
  }
}

function lowest(limits: readonly LimitState[]): number {
  return Math.min(...limits.map((limit) => limit.remaining));
}
