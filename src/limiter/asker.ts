import { firstGrant } from '../guard/grants';
import type { Receiver } from '../guard/guard';
import { PolicyFacade } from '../internal/policy/facade';
import type { Cost, Units } from '../quota/limits';
import type { AcquireOptions, Limiter, Permit } from './limiter';
import type { LimiterCore } from './limiter-core';

/**
 * Asks a limiter: a permit that is there at once; else the receiver is told. For a limiter that names its dimensions, the
 * cost is in units that were checked.
 */
export type Asker = (cost: Cost | undefined, options: AcquireOptions, receiver: Receiver<Permit>) => Permit | undefined;

/** How a limiter is asked: ours by its core, unless a subclass has an `acquire` of its own. */
export function askerOf(limiter: Limiter): Asker {
  const core = ownCoreOf(limiter, 'acquire');
  if (core !== undefined) {
    return (cost, options, receiver) => core.ask(cost as Units, options, receiver);
  }
  return (cost, options, receiver) => {
    firstGrant(limiter.acquire(cost, plain(options)), receiver);
    return undefined;
  };
}

/** A limiter of ours, as its guard sees it. */
interface OwnLimiter {
  readonly core: LimiterCore;
  /** Whether no subclass has put another method in its place. */
  isOwn(method: 'acquire' | 'pause'): boolean;
}

/**
 * The core of a limiter of ours; not if a subclass has a `method` of its own, by which it wants to be asked. Without the
 * class, which nobody shall bundle who has no limiter.
 */
export function ownCoreOf(limiter: object, method?: 'acquire' | 'pause'): LimiterCore | undefined {
  if (!(limiter instanceof PolicyFacade)) {
    return undefined; // also one of another copy of this package
  }
  const own: Partial<OwnLimiter> = limiter as object;
  return own.isOwn !== undefined && (method === undefined || own.isOwn(method)) ? own.core : undefined;
}

/** An object of its own for somebody else's code; undefined where nothing is said. */
function plain({ priority, maxWait, retry, tenant, call, onWait }: AcquireOptions): AcquireOptions | undefined {
  const isUsual = [priority, maxWait, tenant, call].every((each) => each === undefined) && !retry;
  return isUsual && onWait === undefined
    ? undefined
    : { priority, maxWait, retry: retry || undefined, tenant, call, onWait };
}
