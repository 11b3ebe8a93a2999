import { firstGrant } from '../guard/grants';
import type { Receiver } from '../guard/guard';
import type { Cost, Units } from '../quota/limits';
import type { AcquireOptions, Limiter, Permit } from './limiter';
import { RateLimiter } from './rate-limiter';

/**
 * Asks a limiter: a permit that is there at once; else the receiver is told. For a limiter that names its dimensions, the
 * cost is in units that were checked.
 */
export type Asker = (cost: Cost | undefined, options: AcquireOptions, receiver: Receiver<Permit>) => Permit | undefined;

/** How a limiter is asked: ours by its core, unless a subclass has an `acquire` of its own. */
export function askerOf(limiter: Limiter): Asker {
  if (limiter instanceof RateLimiter && limiter.acquire === RateLimiter.prototype.acquire) {
    const { core } = limiter;
    return (cost, options, receiver) => core.ask(cost as Units, options, receiver);
  }
  return (cost, options, receiver) => {
    firstGrant(limiter.acquire(cost, plain(options)), receiver);
    return undefined;
  };
}

/** An object of its own for somebody else's code; undefined where nothing is said. */
function plain({ priority, maxWait, retry, tenant, call, onWait }: AcquireOptions): AcquireOptions | undefined {
  const isUsual = [priority, maxWait, tenant, call].every((each) => each === undefined) && !retry;
  return isUsual && onWait === undefined
    ? undefined
    : { priority, maxWait, retry: retry || undefined, tenant, call, onWait };
}
