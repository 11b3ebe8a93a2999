import type { Client } from './guarded';
import type { Gauge } from './run';

/** How the policies of a client stand. */
export function gaugesOf({ breaker, limiter, budget }: Client): readonly Gauge[] {
  const { status, openUntil = 0 } = breaker.state;
  const { pace, inFlight, waiting, pausedUntil } = limiter.state;
  const rate = pace === undefined ? 'no pace yet' : `${pace.toFixed(1)} calls a second`;
  const pause = pausedUntil > Date.now() ? `, paused for ${secondsTo(pausedUntil)}` : '';
  const [hour] = budget.state.limits;
  const { used: spent = 0, reserved = 0, limit: most = 0 } = hour ?? {};
  return [
    ['breaker', status === 'open' ? `OPEN for ${secondsTo(openUntil)}` : status],
    ['limiter', `${rate}, ${inFlight} in flight, ${waiting} in line${pause}`],
    ['budget', `${spent} of ${most} tokens spent, ${reserved} reserved`, (spent + reserved) / most],
  ];
}

function secondsTo(time: number): string {
  return `${(Math.max(0, time - Date.now()) / 1_000).toFixed(1)} s`;
}
