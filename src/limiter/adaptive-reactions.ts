import type { AdaptiveLimit } from './adaptive';
import { Cycle, type Followed } from './cycle';
import type { Reacting } from './reacting';

/** Tells an adaptive limit what becomes of calls; there is no pace and no pause without a hint. */
export class AdaptiveReactions implements Reacting {
  current = new Cycle(0);
  readonly perSecond = undefined;
  readonly forgottenAt = Number.POSITIVE_INFINITY;

  constructor(private readonly adaptive: AdaptiveLimit) {}

  admits(): boolean {
    return true;
  }

  due(now: number): number {
    return now;
  }

  awaits(from: number): number {
    return from;
  }

  rests(): void {}

  granted(): void {}

  accepted({ since, cost }: Followed, inFlight: number, now: number): void {
    const tokens = cost.inputTokens ?? cost.tokens;
    this.adaptive.accepted({ after: now - since, inFlight, now, ...(tokens === undefined ? {} : { tokens }) });
  }

  ended(): void {}

  paused(): void {}

  /** Once for all calls that were granted before the limit went down. */
  throttled(call: Partial<Followed>, _hint: number | undefined, inFlight: number, now: number): number {
    if (call.cycle === this.current) {
      this.current = new Cycle(now);
      this.adaptive.throttled({ inFlight, now });
    }
    return 0;
  }
}
