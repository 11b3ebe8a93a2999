import { checkNumber, Options } from '../internal/options';
import type { Clock } from '../internal/time/clock';
import type { HedgeConfig } from '../retry/hedge-config';
import type { HedgeSettings } from '../retry/hedged';
import { RetryBudget } from '../retry/retry-budget';

/**
 * When a call is asked a second time: a hedge is an attempt like any other, with a permit, a reservation and an admission
 * of its own, but asks only for what is free at once. Durations are ms.
 *
 * @category Client
 */
export type CallHedgeConfig = Pick<HedgeConfig<never>, 'after' | 'max' | 'onHedge'> & {
  /** Bounds the hedges. Default: 5 % of the calls, or one in 10 s. */
  readonly retryBudget?: RetryBudget | undefined;
};

/** The settings of a client's hedges; undefined where nothing is hedged. */
export function hedgesOf(owner: string, hedge: CallHedgeConfig | undefined, clock: Clock): HedgeSettings | undefined {
  if (hedge === undefined) {
    return undefined;
  }
  const name = `${owner}: hedge`;
  new Options(name, hedge, ['after', 'max', 'retryBudget', 'onHedge'])
    .required('after')
    .whole('max', 0, 'or Infinity')
    .functions('onHedge')
    .having('retryBudget', 'tryRetry', 'a RetryBudget');
  const { after, max = 1, onHedge } = hedge;
  if (typeof after !== 'function') {
    checkNumber(name, 'after', after, (ms) => ms >= 0, 'a number of ms of at least 0, Infinity or a function');
  }
  const { retryBudget = new RetryBudget({ ratio: 0.05, minPerSecond: 0.1, scheduler: clock.scheduler }) } = hedge;
  return { after, max, onHedge, retryBudget, clock };
}
