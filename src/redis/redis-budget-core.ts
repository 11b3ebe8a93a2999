import { defer, type Subscriber } from 'rxjs';
import type { Reservation } from '../budget/budget';
import type { TokenBudgetUpdate } from '../budget/token-budget-config';
import type { TokenBudgetExceededError } from '../budget/token-budget-exceeded-error';
import { refuse } from '../guard/grants';
import type { ErrorLabels, Told } from '../internal/policy/policy';
import type { Clock } from '../internal/time/clock';
import { soon } from '../internal/time/soon';
import { type Correction, Corrections, type SharedGrant, unknownGrant } from './corrections';
import { KnownBudget } from './known-budget';
import { LimiterUnavailableError } from './limiter-unavailable-error';
import { Link, type NoAnswer } from './link';
import { look, reserve } from './lua/scripts';
import { Mismatch } from './mismatch';
import type { RunScript } from './redis-client';
import { RedisReservation, type ReservationCore } from './redis-reservation';
import type { RedisTokenBudgetConfig, RedisTokenBudgetEvent, SharedBudgetState } from './redis-token-budget-config';
import { RememberedRefusal } from './remembered-refusal';
import { SharedQuota } from './shared-quota';

const owner = 'RedisTokenBudget';

/** A call that asks for a reservation. */
interface Caller {
  readonly tokens: number;
  readonly call: number | undefined;
  readonly subscriber: Subscriber<Reservation>;
}

/** What the script `reserve` says. */
interface Answer {
  readonly grant: SharedGrant | undefined;
  readonly retryAfter: number;
}

/** Decides on the calls of a `RedisTokenBudget`: asks Redis, sets tokens aside, settles them, and refuses. */
export class RedisBudgetCore implements ReservationCore {
  readonly counts: 'tokens' | 'cost';
  readonly link: Link;
  /** Reservations that have not ended. */
  readonly open = new Set<RedisReservation>();
  readonly #quota: SharedQuota;
  readonly #corrections: Corrections;
  readonly #mismatch: Mismatch;
  readonly #refusal: RememberedRefusal;
  readonly #known: KnownBudget;
  #asked = 0;

  /**
   * @param notify Called when the state may have changed, with the event that tells why. Events are made also when there
   * is no listener: they cost little beside a question to Redis.
   * @param labels What errors say of who refused.
   */
  constructor(
    run: RunScript,
    private readonly clock: Clock,
    private readonly config: RedisTokenBudgetConfig,
    private readonly notify: (event?: Told<RedisTokenBudgetEvent>) => void,
    labels: () => ErrorLabels | undefined,
  ) {
    const { key, limits } = config;
    this.counts = config.counts ?? 'tokens';
    const isCost = this.counts === 'cost';
    const [room, units] = isCost ? (['cost', 'fractions'] as const) : (['budget', 'whole'] as const);
    this.#quota = new SharedQuota({ owner, room, key, units, clock }, { tokens: limits });
    this.link = new Link(run, clock, this.#quota, config, notify);
    this.#corrections = new Corrections(this.link, this.#quota, (count) => notify({ type: 'lost', count }));
    this.#mismatch = new Mismatch(this.#quota, notify);
    this.#refusal = new RememberedRefusal(clock);
    this.#known = new KnownBudget(this.#quota, config, labels);
  }

  /** Whether nothing is asked of Redis, or still to be sent to it. */
  get isIdle(): boolean {
    return this.link.isIdle && this.#corrections.isDone;
  }

  /** Asks for a reservation. If the caller has unsubscribed when the answer comes, it goes back. */
  reserve(tokens: number, call: number | undefined, subscriber: Subscriber<Reservation>): void {
    const caller: Caller = { tokens, call, subscriber };
    const { outage } = this.link;
    if (this.isTooLarge(tokens)) {
      this.#refuse(caller);
    } else if (outage !== undefined) {
      this.#withoutRedis(caller, outage);
    } else if (this.#refusal.holds(tokens)) {
      this.#refuse(caller, this.#refusal.rest);
    } else {
      const answered = (answer: Answer) => this.#answered(caller, answer);
      this.#ask(tokens, tokens, answered, (error) => this.#withoutRedis(caller, error));
    }
  }

  /** Other numbers from now on, in this process. */
  update(update: TokenBudgetUpdate): void {
    this.#known.update(update);
    this.#mismatch.forget();
    this.#refusal.forget();
    this.notify();
  }

  /** The error for a call that has come to `total`, by what is known. */
  exceeded(total: number, retryAfter?: number): TokenBudgetExceededError {
    return this.#known.exceeded(total, retryAfter);
  }

  look(subscriber: Subscriber<SharedBudgetState>): void {
    this.link.ask(look, [], {
      answered: (reply) => {
        const [used, , , ends] = reply as [unknown[], unknown, unknown, unknown[]];
        this.#known.learn(used, ends);
        subscriber.next(this.#known.state);
        subscriber.complete();
      },
      unavailable: (error) => subscriber.error(error),
    });
  }

  isTooLarge(total: number): boolean {
    return this.#known.isTooLarge(total);
  }

  extend(reservation: RedisReservation, total: number): void {
    if (this.link.outage !== undefined) {
      reservation.extended(total, 'no answer');
      return;
    }
    const answered = ({ grant }: Answer) => {
      reservation.extended(total, grant ?? 'no room');
      this.notify();
    };
    this.#ask(total - reservation.tokens, total, answered, () => reservation.extended(total, 'no answer'));
  }

  correct(grant: SharedGrant, change: number): void {
    this.#send([{ grant, changes: { tokens: change } }]);
  }

  ended(reservation: RedisReservation, actual: number | undefined): void {
    const { call, tokens } = reservation;
    const corrections = reservation.correctionsTo(actual ?? 0);
    if (corrections.length > 0) {
      this.#send(corrections);
    }
    this.open.delete(reservation);
    this.notify(
      actual === undefined ? { type: 'refunded', tokens, call } : { type: 'settled', reserved: tokens, actual, call },
    );
  }

  /** Asks for `tokens` more for a call that comes to `total`. What is granted after the deadline goes back. */
  #ask(
    tokens: number,
    total: number,
    answered: (answer: Answer) => void,
    unavailable: (error: NoAnswer) => void,
  ): void {
    const { least } = this.#known;
    const amounts = [Math.max(tokens, least), tokens, Math.max(total, least)].map(String);
    const handlers = {
      answered: (reply: unknown) => answered(this.#read(reply)),
      unavailable,
      late: (reply: unknown) => this.#release(this.#read(reply), tokens),
    };
    this.#asked += 1;
    this.link.ask(reserve, amounts, handlers, `${this.#quota.keys[0]}:of:${this.link.instance}:r${this.#asked}`);
  }

  #read(reply: unknown): Answer {
    const [isGranted, retryAfter, birth, at, used, theirs] = reply as unknown[];
    this.#mismatch.hear(theirs);
    this.#known.learn(used as unknown[]);
    const grant = Number(isGranted) === 1 ? { birth: String(birth), at: String(at) } : undefined;
    return { grant, retryAfter: Number(retryAfter) };
  }

  #send(corrections: readonly Correction[]): void {
    if (corrections.some(({ changes }) => changes.tokens! < 0)) {
      this.#refusal.forget();
    }
    this.#corrections.send(corrections);
  }

  /** Gives back what no call takes. */
  #release({ grant }: Answer, tokens: number): void {
    if (grant !== undefined) {
      this.correct(grant, -tokens);
    }
  }

  #answered(caller: Caller, answer: Answer): void {
    if (caller.subscriber.closed) {
      this.#release(answer, caller.tokens);
    } else if (answer.grant === undefined) {
      this.#refusal.remember(caller.tokens, answer.retryAfter);
      this.#refuse(caller, answer.retryAfter);
    } else {
      this.#grant(caller, answer.grant, caller.tokens);
    }
  }

  #grant({ call, subscriber }: Caller, grant: SharedGrant, tokens: number): void {
    const reservation = new RedisReservation(this, grant, tokens, call);
    this.open.add(reservation);
    this.notify({ type: 'reserved', tokens, call });
    if (subscriber.closed) {
      reservation.refund(); // a listener of the event has unsubscribed the call
    } else {
      subscriber.next(reservation);
      subscriber.complete();
    }
  }

  #refuse({ tokens, call, subscriber }: Caller, retryAfter?: number): void {
    const error = this.exceeded(tokens, retryAfter);
    this.notify({ type: 'refused', requested: tokens, remaining: error.remaining, call });
    refuse(subscriber, error, soon(this.clock));
  }

  /** Does what `whenUnavailable` says, if Redis is away. */
  #withoutRedis(caller: Caller, error: NoAnswer): void {
    const whenUnavailable = error instanceof LimiterUnavailableError ? this.config.whenUnavailable : 'error';
    const { tokens, call, subscriber } = caller;
    if (typeof whenUnavailable === 'object') {
      defer(() => whenUnavailable.reserve(tokens, call)).subscribe(subscriber);
    } else if (whenUnavailable === 'allow') {
      this.#grant(caller, unknownGrant, 0); // nothing is set aside; what the call costs counts when it ends
    } else {
      refuse(subscriber, error, soon(this.clock));
    }
  }
}
