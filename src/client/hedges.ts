import type { Try } from '../guard/try';
import type { Clock } from '../internal/time/clock';
import type { ErrorClass } from '../provider';
import { checkHedge, type Hedge, type HedgeConfig } from '../retry/hedge-config';
import type { HedgeSettings } from '../retry/hedged';
import { type Downstream, Hedging } from '../retry/hedging';
import { RetryBudget } from '../retry/retry-budget';
import { type AttemptsRace, racingAttempt } from './racing-attempt';

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

/** How the calls of a client are hedged: who does not hedge need not bundle it. */
export interface CallHedges {
  /** The race of attempts; it has not begun. */
  race<T>(racers: Racers<T>, downstream: Downstream<T>): Hedging<T>;
  /** An attempt that races. */
  readonly attempt: typeof racingAttempt;
}

/** A call as the race of its attempts sees it. */
export interface Racers<T> {
  /** @param n 0 for the first of them. */
  racer(n: number, downstream: Downstream<T>, race: AttemptsRace): Try;
  classOf(error: unknown, failed: Try): ErrorClass;
  /** A hedge is about to begin. */
  hedges(told: Hedge): void;
  /** This one has content first. */
  won(winner: Try): void;
}

/** The race of a call's attempts, by these settings. */
function raceOf<T>(racers: Racers<T>, downstream: Downstream<T>, settings: HedgeSettings): Hedging<T> {
  const onHedge = (told: Hedge) => {
    settings.onHedge?.(told); // first: if it throws, nothing begins
    racers.hedges(told);
  };
  const hedging: Hedging<T> = new Hedging(
    {
      begin: (n, racer) => racers.racer(n, racer, hedging),
      helpsAtOnce: () => false,
      isFatal: (error, failed) => racers.classOf(error, failed) === 'fatal',
      isRefused: (error, failed) => racers.classOf(error, failed) === 'refused',
      won: (winner) => racers.won(winner),
    },
    downstream,
    { ...settings, onHedge, isArmedLater: true },
  );
  return hedging;
}

/** How a client hedges; undefined where nothing is hedged. */
export function hedgesOf(owner: string, hedge: CallHedgeConfig | undefined, clock: Clock): CallHedges | undefined {
  if (hedge === undefined) {
    return undefined;
  }
  checkHedge(`${owner}: hedge`, hedge);
  const { after, max = 1, onHedge } = hedge;
  const { retryBudget = new RetryBudget({ ratio: 0.05, minPerSecond: 0.1, scheduler: clock.scheduler }) } = hedge;
  const settings = { after, max, onHedge, retryBudget, clock };
  return { race: (racers, downstream) => raceOf(racers, downstream, settings), attempt: racingAttempt };
}
