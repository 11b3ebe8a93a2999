import { EndingPermit, type PermitEnd } from '../limiter/ending-permit';
import type { Units } from '../quota/limits';

/** A permit of a `RedisRateLimiter`, which hears once how it ended. */
export class RedisPermit extends EndingPermit {
  constructor(
    readonly cost: Units,
    protected override readonly ended: (actual: PermitEnd) => void,
  ) {
    super();
  }
}
