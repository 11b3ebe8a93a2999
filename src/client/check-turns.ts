import type { Breaker } from '../circuit/breaker';
import { Options } from '../internal/options';

/** Throws if calls shall wait for a breaker that has no queue. */
export function checkTurns(owner: string, breaker: unknown, whenOpen: 'error' | 'wait' | undefined): void {
  if (whenOpen === 'wait' && typeof (breaker as Breaker | undefined)?.admit === 'function') {
    new Options(owner, { circuitBreak: breaker }, ['circuitBreak']).having(
      'circuitBreak',
      'turn',
      "a breaker with turn(), for whenOpen: 'wait'",
    );
  }
}
