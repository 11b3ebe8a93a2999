import { show } from '../internal/options';
import type { Generation } from './generation';

/** A circuit as plain JSON. `openedAt` and `openUntil` are in ms. */
export interface CircuitSnapshot {
  readonly status: Generation['status'];
  readonly openings: number;
  /** Present while it is open, like `openUntil`. */
  readonly openedAt?: number;
  readonly openUntil?: number;
  /** Verdicts of probes; present while it is half-open. */
  readonly successes?: number;
  readonly failures?: number;
  /** When a call was last counted, in ms; absent if none was. */
  readonly countedAt?: number;
  readonly tallies: readonly unknown[];
}

/** Returns `initial` if it looks like what `snapshot()` of a breaker returned; throws an error that shows it if not. */
export function checkSnapshot(initial: unknown): CircuitSnapshot & { readonly at: number } {
  if (!isSnapshot(Object(initial))) {
    throw new TypeError(`CircuitBreaker: initial must be what snapshot() returned, got ${show(initial)}`);
  }
  return initial as CircuitSnapshot & { readonly at: number };
}

function isSnapshot(value: { readonly [field: string]: unknown }): boolean {
  const { at, status, openings, openedAt, openUntil, successes = 0, failures = 0, countedAt = 0, tallies } = value;
  return (
    [at, countedAt].every(Number.isFinite) &&
    (status === 'closed' ||
      status === 'half-open' ||
      (status === 'open' && [openedAt, openUntil].every(Number.isFinite))) &&
    [openings, successes, failures].every(isCount) &&
    Array.isArray(tallies)
  );
}

/** Whether a value can be how often something happened. */
export function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0;
}
