import type { Budget } from '../budget/budget';
import type { Breaker } from '../circuit/breaker';
import { type AnyGuard, type Chain, chainOf } from '../guard/chain';
import type { Clock } from '../internal/time/clock';
import { within } from '../limiter/cost';
import type { Limiter } from '../limiter/limiter';
import type { LimitWants } from '../limiter/limiter-guard';
import type { RateLimitInfo, RetryAfter } from '../provider';
import type { Cost, Units } from '../quota/limits';
import type { Settings } from '../retry/retry-settings';
import type { CallParts } from './client-parts';
import { guardOf } from './guard-of';
import { TimeoutGuard } from './timeouts';

/** The policies that a call asks: no configs, no keys. */
export interface CallPolicies extends Omit<CallParts, 'timersOf'> {
  readonly limiters: readonly Limiter[];
  readonly budgets: readonly Budget[];
  readonly breaker?: Breaker | undefined;
  readonly whenOpen: 'error' | 'wait';
  /** Reads the hint of an error for all guards. Default: `retryAfterOf`. */
  readonly retryAfter?: RetryAfter | undefined;
}

/** How the calls of a client are retried. */
export interface CallRetries {
  /** A call without retries has settings that allow none. */
  readonly retry: Settings<never>;
  readonly isRetried: boolean;
}

/** The guards of calls: made once for the policies that they ask. */
export class Guards {
  readonly hasLimiter: boolean;
  readonly hasBudget: boolean;
  /** Whether a call must say how many tokens it expects. */
  readonly needsTokens: boolean;
  private readonly plain: Chain;
  private timed: Chain | undefined = undefined;

  constructor(
    private readonly policies: CallPolicies,
    private readonly clock: Clock,
  ) {
    this.hasLimiter = policies.limiters.length > 0;
    this.hasBudget = policies.budgets.length > 0;
    this.needsTokens =
      this.hasBudget || policies.limiters.some(({ dimensions }) => dimensions?.some((each) => /tokens$/i.test(each)));
    this.plain = this.chain(undefined);
  }

  /** @param isTimed Whether the attempt has a timeout of its own. */
  chainFor(isTimed: boolean): Chain {
    if (!isTimed) {
      return this.plain;
    }
    this.timed ??= this.chain(new TimeoutGuard(this.clock));
    return this.timed;
  }

  /** What the first limiter takes, for an error that tells it. */
  costOf(cost: Units): Units {
    return within(this.policies.limiters[0]?.dimensions ?? [], cost);
  }

  /** Whether a breaker or a limiter will still refuse an attempt when so many ms have passed. */
  refuses(delay: number, { cost, priority, maxWait = Number.POSITIVE_INFINITY }: LimitWants): boolean {
    const { breaker, limiters, whenOpen } = this.policies;
    const openFor = whenOpen === 'wait' ? undefined : breaker?.check?.()?.retryAfter;
    const isHeld = (limiter: Limiter) =>
      (limiter.waitFor?.(within(limiter.dimensions ?? [], cost as Units), { priority, retry: true }) ?? 0) - delay >
      maxWait;
    return (openFor !== undefined && openFor > delay) || limiters.some(isHeld);
  }

  /** Whether calls wait for an open breaker, and it is open. */
  get makesWait(): boolean {
    const { breaker, whenOpen } = this.policies;
    return whenOpen === 'wait' && breaker?.check?.() !== undefined;
  }

  /** Tells what a response's headers said. */
  sync(info: RateLimitInfo): void {
    for (const limiter of this.policies.limiters.filter(hearsProvider)) {
      limiter.sync?.(info);
    }
  }

  private chain(timeout: TimeoutGuard | undefined): Chain {
    const { limiters, budgets, breaker, whenOpen, retryAfter, readers, foreign } = this.policies;
    return chainOf({
      limiters: limiters.map((limiter, place) => {
        const hears = hearsProvider(limiter, place, limiters) ? 'all' : 'nothing';
        return guardOf(limiter, foreign?.limiter, hears, costFor(limiter), readers, retryAfter);
      }),
      budgets: budgets.map((budget) => guardOf(budget, foreign?.budget, readers)),
      breaker: breaker && guardOf(breaker, foreign?.breaker, whenOpen === 'wait', readers.read, retryAfter),
      timeout: timeout as AnyGuard | undefined,
      waitsAtBreaker: whenOpen === 'wait',
    });
  }
}

/** Of several limiters only the last is the provider's, unless one says otherwise. */
function hearsProvider(limiter: Limiter, place: number, all: readonly Limiter[]): boolean {
  return limiter.hearsProvider ?? place === all.length - 1;
}

/** What a limiter takes of what a call costs: a request, and the dimensions that it has. Kept for calls that cost the same. */
function costFor({ dimensions = [] }: Limiter): (cost: Cost | undefined) => Units {
  let last: Cost | undefined;
  let taken: Units;
  return (cost) => {
    if (cost !== last) {
      last = cost;
      taken = Object.freeze(within(dimensions, cost as Units));
    }
    return taken;
  };
}
