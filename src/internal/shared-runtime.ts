import { runningOf } from './running';
import type { Runtime } from './runtime';
import { sharedTimers } from './time/shared-timers';
import { soon } from './time/soon';

/** Fast, and with what many calls share: for servers. */
export const sharedRuntime: Runtime = { timersOf: sharedTimers, runningOf, frameOf: soon };
