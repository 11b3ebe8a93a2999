import { show } from '../internal/options';
import type { Limiter } from './limiter';

/** Throws unless this is a limiter; for a config it says why that will not do. */
export function checkLimiter(owner: string, limiter: unknown): void {
  if (typeof (limiter as Limiter | undefined)?.acquire !== 'function') {
    throw new TypeError(
      `${owner}: limiter must be a RateLimiter that many calls share, not a config: ` +
        `make it once, new RateLimiter({ limits: … }), outside of the pipe; got ${show(limiter)}`,
    );
  }
}
