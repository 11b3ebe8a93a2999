import type { MonoTypeOperatorFunction } from 'rxjs';
import { running } from '../internal/running';
import type { Chain } from './chain';
import type { Reading, Wants } from './guard';
import { GuardedAttempt } from './guarded-attempt';

/**
 * An operator whose every subscription is an attempt that passes a list of guards.
 *
 * @param wantsOf What a subscription wants of the guards. What it throws is the error of that subscription.
 * @param readingOf Made for each subscription.
 */
export function guarded<T, W extends Wants>(
  chain: Chain,
  wantsOf: () => W,
  readingOf?: (wants: W) => Reading<T>,
): MonoTypeOperatorFunction<T> {
  return running<T, T>((source, destination) => {
    const wants = wantsOf();
    return new GuardedAttempt(destination, chain, wants, readingOf?.(wants), source);
  });
}
