import type { MonoTypeOperatorFunction } from 'rxjs';
import { whenGranted } from '../internal/gate';
import { type Ending, type Guard, GuardedSubscriber, operate } from '../internal/operate';
import { Options, show } from '../internal/options';
import type { Usage } from '../provider';
import type { Budget } from './budget';
import { CostReader } from './cost-reader';
import { Spending, type TokenEstimate, totalOf } from './spending';

/**
 * Options of {@link tokenBudget}.
 *
 * @category Operators
 */
export interface TokenBudgetOptions<T> extends SpendingOptions<T> {
  /** What a call is expected to cost, in tokens: a total, or input and output apart; a function is asked for each subscription. */
  readonly estimate: TokenEstimate | (() => TokenEstimate);
}

/**
 * How the cost of a call is read from its values.
 *
 * @category Operators
 */
export interface SpendingOptions<T> {
  /** What a value reports: a running total, or a `Usage`. Default `usageOf`, which knows the providers' chunks. */
  readonly usage?: ((value: T) => number | Usage | undefined) | undefined;
  /** Tokens that a value has generated, where nothing is reported. Default: UTF-8 bytes of all generated text / 4. */
  readonly count?: ((value: T) => number) | undefined;
  /** Whether a call that passes its reservation may go on when the budget has no room for it. Default `'allow'`. */
  readonly overrun?: 'allow' | 'error' | undefined;
}

/**
 * Reserves what a call is expected to cost, subscribes to the source if there is room, and settles what it did cost.
 *
 * ![Refuses a call for which the budget has no room, without making it](../../docs/marbles/token-budget-1.svg)
 *
 * The cost is what the provider reports; where it reports nothing, it is estimated from the text that came. A call that
 * failed before its first value costs nothing.
 *
 * @param budget A `TokenBudget`, or anything that implements `Budget`; never a config, which would make a budget of its
 * own for every call.
 * @throws RangeError or TypeError that names the option and shows the value.
 * @returns A function that returns an Observable that mirrors the source, or errors with `TokenBudgetExceededError`.
 * @category Operators
 *
 * @example
 * ```ts
 * import { of } from 'rxjs';
 * import { perHour, TokenBudget, tokenBudget } from 'rxjs-resilience';
 *
 * const budget = new TokenBudget({ limits: perHour(50_000) });
 *
 * of('Hello', ' world').pipe(tokenBudget(budget, { estimate: { input: 12, output: 500 } })).subscribe(console.log);
 * // -> Hello
 * // ->  world
 * ```
 */
export function tokenBudget<T>(budget: Budget, options: TokenBudgetOptions<T>): MonoTypeOperatorFunction<T> {
  checkBudget('tokenBudget', budget);
  new Options('tokenBudget', options, ['estimate', 'usage', 'count', 'overrun'])
    .required('estimate')
    .functions('usage', 'count')
    .oneOf('overrun', ['allow', 'error']);
  const { estimate, overrun = 'allow' } = options;
  if (typeof estimate !== 'function') {
    totalOf('tokenBudget', 'estimate', estimate);
  }
  const cost = new CostReader('tokenBudget', options);

  return operate<T, T>((source, destination) => {
    const expected = typeof estimate === 'function' ? estimate() : estimate;
    whenGranted(budget.reserve(totalOf('tokenBudget', 'estimate', expected)), destination, (reservation) => {
      const spending = new Spending(budget, reservation, expected, overrun);
      source.subscribe(new GuardedSubscriber(destination, new SpendingGuard(spending, cost)));
    });
  });
}

/** Throws unless this is a budget; for a config it says why that will not do. */
export function checkBudget(owner: string, budget: unknown): void {
  if (typeof (budget as Budget | undefined)?.reserve !== 'function') {
    throw new TypeError(
      `${owner}: budget must be a TokenBudget that many calls share, not a config: ` +
        `make it once, new TokenBudget({ limits: … }), outside of the pipe; got ${show(budget)}`,
    );
  }
}

class SpendingGuard<T> implements Guard<T> {
  constructor(
    private readonly spending: Spending,
    private readonly cost: CostReader<T>,
  ) {}

  value(value: T): Error | undefined {
    this.spending.received();
    return this.spending.delivered(this.cost.reported(value), this.cost.counted(value), this.cost.isFinal(value));
  }

  end(ending: Ending): void {
    this.spending.end(ending);
  }
}
