import type { MonoTypeOperatorFunction } from 'rxjs';
import { operate } from '../internal/operate';
import { Attempt } from './attempt';
import type { Chain } from './chain';
import type { Reading, Wants } from './guard';

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
  return operate<T, T>((source, destination) => {
    const wants = wantsOf();
    new Attempt(destination, chain, wants, readingOf?.(wants), source).start();
  });
}
