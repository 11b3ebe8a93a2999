import type { MonoTypeOperatorFunction } from 'rxjs';
import { ContentReading } from '../guard/content-reading';
import type { Wants } from '../guard/guard';
import { chainOfOne } from '../guard/guard-chain';
import { guarded } from '../guard/guarded';
import { Options } from '../internal/options';
import type { Breaker } from './breaker';
import { BreakerGuard } from './breaker-guard';
import { checkBreaker } from './check-breaker';
import type { CircuitBreakOptions } from './circuit-break-options';

/** @param usual Which values are content unless the options say it; absent: all are. */
export function brokenBy<T>(
  breaker: Breaker,
  options: CircuitBreakOptions<T>,
  usual: ((value: T) => boolean) | undefined,
): MonoTypeOperatorFunction<T> {
  checkBreaker('circuitBreak', breaker);
  new Options('circuitBreak', options, ['whenOpen', 'maxWait', 'isContent'])
    .oneOf('whenOpen', ['error', 'wait'])
    .amount('maxWait', 'or Infinity')
    .functions('isContent');
  const waits = options.whenOpen === 'wait';
  if (waits && breaker.turn === undefined) {
    throw new TypeError("circuitBreak: whenOpen: 'wait' needs a breaker with turn(), got one without");
  }

  const { maxWait, isContent = usual } = options;
  const wants = { maxWait };
  const reading = isContent && new ContentReading<T>(isContent, false);
  const guard = new BreakerGuard(breaker, waits);
  return guarded<T, Wants>(chainOfOne(guard, guard.mustBeLookedAt), () => wants, reading && (() => reading));
}
