import { plainlyRunning, type RunningOf } from './operate';
import type { Clock } from './time/clock';
import type { Frame } from './time/frame';
import { plainTimers, type TimersOf } from './time/timers';

/** How calls run, on what they wait, and how they are refused. */
export interface Runtime {
  readonly timersOf: TimersOf;
  readonly runningOf: RunningOf;
  readonly frameOf: (clock: Clock) => Frame;
}

/** In few bytes, for pages. */
export const plainRuntime: Runtime = {
  timersOf: plainTimers,
  runningOf: plainlyRunning,
  frameOf: ({ scheduler }) => scheduler,
};
