import type { Budget } from '../budget/budget';
import { show } from '../internal/options';
import { AnyKeyed } from './any-keyed';
import type { Slot } from './policy-keys';
import type { ResilientClientConfig } from './resilient-client-config';

/** Throws for what can have no effect. */
export function checkEffects({
  whenOpen,
  retryAfter,
  retryBackoff,
  rateLimit,
  circuitBreak,
}: ResilientClientConfig): void {
  if (whenOpen !== undefined && circuitBreak === undefined) {
    throw new TypeError(`ResilientClient: whenOpen has no effect without circuitBreak, got '${whenOpen}'`);
  }
  if (retryAfter !== undefined && (retryBackoff ?? rateLimit ?? circuitBreak) === undefined) {
    throw new TypeError('ResilientClient: retryAfter has no effect without retryBackoff, rateLimit or circuitBreak');
  }
}

/** Throws for a price of which nothing makes use. What is keyed is not known yet. */
export function checkPrices(price: unknown, slots: readonly Slot[]): void {
  const counts = ({ kind, policy }: Slot) =>
    kind === 'budget' && (policy instanceof AnyKeyed || (policy as Budget).counts === 'cost');
  if (price !== undefined && !slots.some(counts)) {
    throw new TypeError(
      `ResilientClient: defaults.price has no effect without a budget that counts cost, got ${show(price)}`,
    );
  }
}
