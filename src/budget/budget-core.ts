import type { Receiver } from '../guard/guard';
import { TimedPolicy } from '../internal/policy/timed-policy';
import type { Clock } from '../internal/time/clock';
import { soon } from '../internal/time/soon';
import { Timer } from '../internal/time/timer';
import { type Grant, Ledger } from '../quota/ledger';
import { type Limit, leastOf, type Units } from '../quota/limits';
import type { OpenGrants } from '../quota/open-grants';
import { checkSnapshot, shiftOf } from '../quota/snapshot';
import type { Reservation } from './budget';
import { LocalReservation, type ReservationCore } from './local-reservation';
import type { TokenBudgetConfig, TokenBudgetEvent, TokenBudgetState, TokenBudgetUpdate } from './token-budget-config';
import { TokenBudgetExceededError } from './token-budget-exceeded-error';

const dimension = 'tokens';

/** A cost in the only dimension. */
interface Tokens extends Units {
  readonly tokens: number;
}

/** Sets tokens aside while there is room, and counts what calls have cost. */
export class BudgetCore extends TimedPolicy<'budget', TokenBudgetState, TokenBudgetEvent> implements ReservationCore {
  readonly counts: 'tokens' | 'cost';
  private readonly ledger: Ledger;
  private maxTokensPerRequest: number;
  /** What is asked for where nothing is: as soon as so much is left, something is. */
  private least: Tokens;
  private lastCost: Tokens = { tokens: 0 };
  /** The reservations that have not ended, the newest first. */
  private newest: LocalReservation | undefined = undefined;
  /** What these hold: made when the state is looked at first, because counting it costs as much as the limits do. */
  private openGrants: OpenGrants | undefined = undefined;
  /** For those who watch: when tokens will next come back by themselves. */
  private timer: Timer | undefined;

  constructor(
    { limits, counts = 'tokens', maxTokensPerRequest = Number.POSITIVE_INFINITY, name }: TokenBudgetConfig,
    clock: Clock,
  ) {
    super('budget', clock, name);
    this.counts = counts;
    this.ledger = this.ledgerOf('TokenBudget', limits);
    this.maxTokensPerRequest = maxTokensPerRequest;
    this.least = { tokens: leastOf([limits].flat()) };
  }

  get state(): TokenBudgetState {
    const now = this.clock.now();
    this.openGrants ??= this.countOpen(now);
    const reserved = this.openGrants.units(now);
    const limits = this.ledger.states(dimension, now, this.clock.toWall).map((limit, index) => {
      // A token bucket refills while calls are in flight: of what they hold, no more than is missing from it.
      const open = Math.min(limit.used, reserved[index]!);
      return { ...limit, used: limit.used - open, reserved: open };
    });
    return { ...this.named, limits, remaining: Math.min(...limits.map(({ remaining }) => remaining)) };
  }

  get remaining(): number {
    return this.ledger.remaining(this.clock.now());
  }

  get isIdle(): boolean {
    return this.newest === undefined && this.ledger.isUnused(this.clock.now());
  }

  admits(tokens: number): boolean {
    return this.admitsAt(this.costOf(tokens), this.clock.now());
  }

  /** A reservation, or the receiver is refused. */
  ask(tokens: number, call: number | undefined, receiver: Receiver<Reservation>): LocalReservation | undefined {
    const reservation = this.take(tokens, call);
    if (reservation === undefined) {
      const error = this.exceeded(tokens);
      receiver.refuse(error, soon(this.clock)); // first: it gives back what it holds
      if (this.isHeard) {
        this.tell({ type: 'refused', requested: tokens, remaining: error.remaining, call });
      }
    }
    return reservation;
  }

  take(tokens: number, call: number | undefined): LocalReservation | undefined {
    const now = this.clock.now();
    const cost = this.costOf(tokens);
    if (!this.admitsAt(cost, now)) {
      return undefined;
    }
    const slots = this.ledger.draw(cost, now);
    const reservation = this.opened(new LocalReservation(this, tokens, cost, slots, call, this.newest), now);
    this.newest = reservation;
    if (this.isHeard) {
      this.tell({ type: 'reserved', tokens, call });
    }
    this.extended();
    return reservation;
  }

  record(tokens: number): void {
    this.ledger.take({ tokens }, this.clock.now());
    this.extended();
  }

  credit(tokens: number): void {
    this.ledger.credit({ tokens }, this.clock.now());
    this.extended();
  }

  reset(): void {
    this.ledger.reset();
    this.openGrants = undefined;
    this.extended();
  }

  update({ limits, maxTokensPerRequest }: TokenBudgetUpdate): void {
    if (limits !== undefined) {
      this.ledger.update(this.ledgerOf('TokenBudget.update', limits), this.clock.now());
      this.least = { tokens: leastOf([limits].flat()) };
      this.openGrants = undefined; // they are counted anew when somebody looks
    }
    this.maxTokensPerRequest = maxTokensPerRequest ?? this.maxTokensPerRequest;
    this.extended();
  }

  exceeded(total: number): TokenBudgetExceededError {
    const now = this.clock.now(); // once, because what is left may change with the next ms
    const remaining = this.ledger.remaining(now);
    if (total > this.maxTokensPerRequest) {
      const limit = this.maxTokensPerRequest;
      const reason = 'request-too-large';
      return new TokenBudgetExceededError({ requested: total, remaining, limit, reason, ...this.errorInfo });
    }
    const states = this.ledger.states(dimension, now, 0);
    const tightest =
      states.find((state) => total > state.limit) ?? states.find((state) => state.remaining === remaining)!;
    const due = this.ledger.due({ tokens: Math.max(total, this.least.tokens) }, now);
    const isPossible = this.ledger.impossible({ tokens: total }) === undefined && due < Number.POSITIVE_INFINITY;
    return new TokenBudgetExceededError({
      requested: total,
      remaining,
      limit: tightest.limit,
      retryAfter: isPossible ? Math.max(1, due - now) : undefined,
      reason: 'budget',
      ...this.errorInfo,
    });
  }

  takeExcess(excess: number, total: number): Grant | undefined {
    const now = this.clock.now();
    const cost = { tokens: excess };
    const hasRoom = total <= this.maxTokensPerRequest && this.hasRoom(cost, now);
    return hasRoom ? this.opened(this.ledger.take(cost, now), now) : undefined;
  }

  extended(): void {
    this.changed();
    if (this.isWatched) {
      this.watch();
    }
  }

  correct(grant: Grant, tokens: number): void {
    const actual = { tokens };
    if (this.ledger.changes(grant, actual)) {
      this.ledger.settle(grant, actual, this.clock.now());
    }
  }

  close(grant: Grant): void {
    this.openGrants?.remove(grant, this.clock.now());
  }

  ended(reservation: LocalReservation, reserved: number, actual: number | undefined): void {
    const { call } = reservation;
    this.newest = reservation.unlinked(this.newest);
    if (this.isHeard) {
      this.tell(
        actual === undefined
          ? { type: 'refunded', tokens: reserved, call }
          : { type: 'settled', reserved, actual, call },
      );
    }
    this.extended();
  }

  snapshot(): unknown {
    const now = this.clock.now();
    const { toWall } = this.clock;
    return { policy: 'budget', counts: this.counts, at: now + toWall, limits: this.ledger.save(toWall, now) };
  }

  restore(initial: unknown): void {
    const { at, limits } = checkSnapshot('TokenBudget', 'budget', initial, this.counts);
    this.ledger.load(limits, shiftOf(at, this.clock), this.clock.now());
  }

  protected watch(): void {
    const change = this.nextVisibleChange(this.clock.now());
    if (change < Number.POSITIVE_INFINITY) {
      this.timer ??= new Timer(this.clock, 'first', () => this.watch());
    }
    this.timer?.set(change);
  }

  protected nextChange(now: number): number {
    return this.ledger.nextChange(now) ?? Number.POSITIVE_INFINITY;
  }

  private get errorInfo() {
    return { counts: this.counts, ...this.labels };
  }

  private ledgerOf(owner: string, limits: Limit | readonly Limit[]): Ledger {
    const units = this.counts === 'cost' ? 'fractions' : 'whole';
    return Ledger.of(owner, { [dimension]: limits }, this.clock, units);
  }

  /** The same object while the number is the same: a call asks twice, mostly for as much as the last one. */
  private costOf(tokens: number): Tokens {
    if (this.lastCost.tokens !== tokens) {
      this.lastCost = Object.freeze({ tokens });
    }
    return this.lastCost;
  }

  private opened<G extends Grant>(grant: G, now: number): G {
    this.openGrants?.add(grant, now);
    return grant;
  }

  private countOpen(now: number): OpenGrants {
    const open = this.ledger.open();
    for (let reservation = this.newest; reservation !== undefined; reservation = reservation.older) {
      for (const grant of reservation.grants) {
        open.add(grant, now);
      }
    }
    return open;
  }

  private admitsAt(cost: Tokens, now: number): boolean {
    return cost.tokens <= this.maxTokensPerRequest && this.hasRoom(cost, now);
  }

  private hasRoom(cost: Tokens, now: number): boolean {
    return this.ledger.fits(cost.tokens < this.least.tokens ? this.least : cost, now);
  }
}
