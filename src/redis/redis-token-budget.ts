import { defer, Observable, type Subscriber, type TeardownLogic } from 'rxjs';
import type { Budget, Reservation } from '../budget/budget';
import { TokenBudgetExceededError } from '../budget/token-budget-exceeded-error';
import { checkAmount } from '../internal/options';
import { type AvailabilityEvent, Policy } from '../internal/policy/policy';
import { refuse } from '../internal/refuse';
import { Clock } from '../internal/time/clock';
import { leastOf } from '../quota/limits';
import { Corrections, type SharedGrant, unknownGrant } from './corrections';
import type { LimiterUnavailableError } from './limiter-unavailable-error';
import { Link } from './link';
import { look, reserve } from './lua/scripts';
import { type RedisClient, runnerOf } from './redis-client';
import { RedisReservation, type SharedAccount } from './redis-reservation';
import {
  checkBudgetConfig,
  type RedisTokenBudgetConfig,
  type RedisTokenBudgetEvent,
  type RedisTokenBudgetState,
  type SharedBudgetState,
} from './redis-token-budget-config';
import { type SharedLimitState, SharedQuota } from './shared-quota';

const owner = 'RedisTokenBudget';
const dimension = 'tokens';
/** What the script `reserve` says. */
interface Answer {
  readonly isGranted: boolean;
  readonly retryAfter: number;
  readonly grant: SharedGrant;
}

/**
 * A token budget that many processes share: they all draw on the same limits, which are kept in Redis.
 *
 * It stands wherever a `TokenBudget` does: a call's tokens are reserved before it begins and settled to what it really
 * cost. Every reservation is one atomic script by the server's clock. What a process that died had reserved counts as
 * used until its window has passed.
 *
 * @throws RangeError or TypeError that names the option and shows the value.
 * @category Policies
 *
 * @example
 * ```ts
 * import { Redis } from 'ioredis';
 * import { keyed, perDay } from 'rxjs-resilience';
 * import { RedisTokenBudget } from 'rxjs-resilience/redis';
 *
 * const redis = new Redis({ lazyConnect: true });
 * const budgets = keyed((user) => new RedisTokenBudget(redis, { key: `budget-of-${user}`, limits: perDay(100_000) }));
 * ```
 */
export class RedisTokenBudget extends Policy<'budget', RedisTokenBudgetState, RedisTokenBudgetEvent> implements Budget {
  readonly #config: RedisTokenBudgetConfig;
  readonly #quota: SharedQuota;
  readonly #link: Link;
  readonly #corrections: Corrections;
  readonly #maxTokensPerRequest: number;
  /** What is asked for where nothing is: as soon as so much is left, something is. */
  readonly #least: number;
  readonly #open = new Set<RedisReservation>();
  #limits: readonly SharedLimitState[];

  constructor(client: RedisClient, config: RedisTokenBudgetConfig) {
    const run = runnerOf(owner, client);
    checkBudgetConfig(owner, config);
    super('budget', new Clock(config.scheduler));
    this.#config = config;
    this.#quota = new SharedQuota(owner, 'budget', config.key, { [dimension]: config.limits });
    this.#maxTokensPerRequest = config.maxTokensPerRequest ?? Number.POSITIVE_INFINITY;
    this.#least = leastOf([config.limits].flat());
    this.#limits = this.#quota.states([])[dimension]!;
    this.#link = new Link(run, this.clock, config.key, config.deadline ?? 1_000, {
      away: (error) => this.#availabilityChanged({ type: 'unavailable', error }),
      back: () => this.#availabilityChanged({ type: 'available' }),
    });
    this.#corrections = new Corrections(this.#link, this.#quota);
  }

  /** What this process knows of itself; ask `look` for what all processes use. */
  get state(): RedisTokenBudgetState {
    const reserved = [...this.#open].reduce((sum, { tokens }) => sum + tokens, 0);
    return { reserved, isAvailable: !this.#link.isAway };
  }

  /** Whether nothing is reserved by this process and nothing is asked: what is used is kept by Redis. */
  get isIdle(): boolean {
    return this.#open.size === 0 && this.#link.isIdle;
  }

  /**
   * Sets tokens aside: one reservation, then complete. It comes with the answer of Redis, never synchronously;
   * unsubscribing gives back what an answer that is under way brings. It must be settled or refunded; that is sent to
   * Redis at once, and not waited for. `call` is repeated in events.
   *
   * @returns An Observable that errors with `TokenBudgetExceededError` if there is no room, and with
   * `LimiterUnavailableError` if Redis does not answer and `whenUnavailable` says so.
   */
  reserve(tokens: number, call?: number): Observable<Reservation> {
    checkAmount(`${owner}.reserve`, 'tokens', tokens);
    return new Observable((subscriber) => this.#ask(tokens, call, subscriber));
  }

  /** Counts tokens that were used elsewhere; may go into debt. Sent to Redis at once, and not waited for. */
  record(tokens: number): void {
    checkAmount(`${owner}.record`, 'tokens', tokens);
    this.#corrections.send([{ grant: unknownGrant, changes: { [dimension]: tokens } }]);
  }

  /** The error for a call that has come to `total` tokens, for which there was no room when Redis was last asked. */
  exceeded(total: number): TokenBudgetExceededError {
    return this.#exceeded(total, undefined);
  }

  /** Asks Redis what all processes together use: one answer, then complete, or a `LimiterUnavailableError`. */
  look(): Observable<SharedBudgetState> {
    return new Observable((subscriber) => {
      this.#link.ask(look, this.#quota.keys, this.#quota.header, {
        answered: (reply) => {
          this.#learn((reply as [unknown[]])[0]);
          subscriber.next({ limits: this.#limits, remaining: this.#remaining });
          subscriber.complete();
        },
        unavailable: (error) => subscriber.error(error),
      });
    });
  }

  #ask(tokens: number, call: number | undefined, subscriber: Subscriber<Reservation>): TeardownLogic {
    if (tokens > this.#maxTokensPerRequest) {
      this.#refuse(tokens, call, undefined, subscriber);
      return;
    }
    const objection = this.#link.objection;
    if (objection !== undefined) {
      this.#withoutRedis(objection, tokens, call, subscriber);
      return;
    }
    this.#askRedis(tokens, tokens, {
      answered: ({ isGranted, retryAfter, grant }) => {
        if (subscriber.closed) {
          if (isGranted) {
            this.#giveBack(grant, tokens);
          }
        } else if (!isGranted) {
          this.#refuse(tokens, call, retryAfter, subscriber);
        } else {
          this.#grant(grant, tokens, call, subscriber);
        }
      },
      unavailable: (error) => this.#withoutRedis(error, tokens, call, subscriber),
    });
  }

  /** Asks for `tokens` more for a call that comes to `total`. What comes too late goes back. */
  #askRedis(
    tokens: number,
    total: number,
    hearing: { answered(answer: Answer): void; unavailable(error: LimiterUnavailableError): void },
  ): void {
    const amounts = [Math.max(tokens, this.#least), tokens, Math.max(total, this.#least)].map(String);
    const read = (reply: unknown): Answer => {
      const [isGranted, retryAfter, birth, at, used] = reply as [...unknown[], unknown[]];
      this.#learn(used as unknown[]);
      const grant = { birth: String(birth), at: String(at) };
      return { isGranted: Number(isGranted) === 1, retryAfter: Number(retryAfter), grant };
    };
    this.#link.ask(reserve, this.#quota.keys, [...this.#quota.header, ...amounts], {
      answered: (reply) => hearing.answered(read(reply)),
      unavailable: (error) => hearing.unavailable(error),
      late: (reply) => {
        const { isGranted, grant } = read(reply);
        if (isGranted) {
          this.#giveBack(grant, tokens);
        }
      },
    });
  }

  readonly #account: SharedAccount = {
    correct: (corrections) => this.#corrections.send(corrections),
    extend: (excess, total, done) => {
      if (this.#link.objection !== undefined) {
        done('no answer');
        return;
      }
      this.#askRedis(excess, total, {
        answered: ({ isGranted, grant }) => {
          done(isGranted ? grant : 'no room');
          this.changed();
        },
        unavailable: () => done('no answer'),
      });
    },
    isTooLarge: (total) => total > this.#maxTokensPerRequest,
    ended: (reservation, actual) => this.#ended(reservation, actual),
  };

  #grant(grant: SharedGrant, tokens: number, call: number | undefined, to: Subscriber<Reservation>): void {
    const reservation = new RedisReservation(this.#account, grant, tokens, call);
    this.#open.add(reservation);
    if (this.isHeard) {
      this.tell({ type: 'reserved', tokens, call });
    }
    this.changed();
    if (to.closed) {
      reservation.refund(); // a listener of the event unsubscribed: nobody is there to receive it
    } else {
      to.next(reservation);
      to.complete();
    }
  }

  #giveBack(grant: SharedGrant, tokens: number): void {
    this.#corrections.send([{ grant, changes: { [dimension]: -tokens } }]);
  }

  #ended(reservation: RedisReservation, actual: number | undefined): void {
    const { call, tokens } = reservation;
    this.#open.delete(reservation);
    if (this.isHeard) {
      this.tell(
        actual === undefined ? { type: 'refunded', tokens, call } : { type: 'settled', reserved: tokens, actual, call },
      );
    }
    this.changed();
  }

  #refuse(tokens: number, call: number | undefined, retryAfter: number | undefined, to: Subscriber<Reservation>): void {
    const error = this.#exceeded(tokens, retryAfter);
    if (this.isHeard) {
      this.tell({ type: 'refused', requested: tokens, remaining: error.remaining, call });
    }
    refuse(to, error, this.scheduler);
  }

  #exceeded(total: number, retryAfter: number | undefined): TokenBudgetExceededError {
    const remaining = this.#remaining;
    if (total > this.#maxTokensPerRequest) {
      const limit = this.#maxTokensPerRequest;
      return new TokenBudgetExceededError({ requested: total, remaining, limit, reason: 'request-too-large' });
    }
    const { limit } =
      this.#limits.find((state) => total > state.limit) ?? this.#limits.find((state) => state.remaining === remaining)!;
    const isPossible = !this.#quota.isImpossible({ [dimension]: total });
    return new TokenBudgetExceededError({
      ...{ requested: total, remaining, limit, reason: 'budget' },
      retryAfter: isPossible && retryAfter !== undefined ? Math.max(1, retryAfter) : undefined,
    });
  }

  /** What `whenUnavailable` says. */
  #withoutRedis(
    error: LimiterUnavailableError,
    tokens: number,
    call: number | undefined,
    to: Subscriber<Reservation>,
  ): void {
    const { whenUnavailable } = this.#config;
    if (typeof whenUnavailable === 'object') {
      defer(() => whenUnavailable.reserve(tokens, call)).subscribe(to);
    } else if (whenUnavailable === 'allow') {
      this.#grant(unknownGrant, 0, call, to); // nothing is set aside; what it costs counts when it ends
    } else {
      refuse(to, error, this.scheduler);
    }
  }

  get #remaining(): number {
    return Math.min(...this.#limits.map(({ remaining }) => remaining));
  }

  #learn(used: readonly unknown[]): void {
    this.#limits = this.#quota.states(used)[dimension]!;
  }

  #availabilityChanged(event: AvailabilityEvent): void {
    if (this.isHeard) {
      this.tell(event);
    }
    this.changed();
  }
}
