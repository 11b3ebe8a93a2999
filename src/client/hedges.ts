import type { Clock } from '../internal/time/clock';
import { checkHedge, type HedgeConfig } from '../retry/hedge-config';
import type { Hedged, HedgeSettings } from '../retry/hedged';
import { type Downstream, Hedging } from '../retry/hedging';
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

/** How the calls of a client are hedged. */
export interface CallHedges extends HedgeSettings {
  /** Begins no race yet. Here, so that who does not hedge need not bundle it. */
  readonly race: typeof race;
}

function race<T>(hedged: Hedged<T>, downstream: Downstream<T>, settings: HedgeSettings): Hedging<T> {
  return new Hedging(hedged, downstream, settings);
}

/** The settings of a client's hedges; undefined where nothing is hedged. */
export function hedgesOf(owner: string, hedge: CallHedgeConfig | undefined, clock: Clock): CallHedges | undefined {
  if (hedge === undefined) {
    return undefined;
  }
  checkHedge(`${owner}: hedge`, hedge);
  const { after, max = 1, onHedge } = hedge;
  const { retryBudget = new RetryBudget({ ratio: 0.05, minPerSecond: 0.1, scheduler: clock.scheduler }) } = hedge;
  return { after, max, onHedge, retryBudget, clock, race };
}
