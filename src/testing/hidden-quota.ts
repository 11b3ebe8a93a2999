import type { FakeDimension, FakeLimit } from './fake-limits';
import { type HiddenMeter, meterOf } from './hidden-meter';

/** What a request takes, by dimension. */
export type FakeUnits = { readonly [dimension in FakeDimension]: number };

/** Why a request was refused. */
export interface Refusal {
  /** What was used up: a dimension, or `places` for requests at once. */
  readonly by: FakeDimension | 'places';
  /** ms until it would be let in; undefined if nobody can know. */
  readonly retryAfter: number | undefined;
  /** Whether the request is larger than the limit, so that waiting does not help. */
  readonly isTooLarge: boolean;
}

/** What a server says of one dimension: the limit of which the smallest share is left. */
export interface Reported {
  readonly dimension: FakeDimension;
  readonly limit: number;
  readonly remaining: number;
  /** ms until everything is free again. */
  readonly resetMs: number;
}

/** All limits of a fake provider. Pure: it is told the time. */
export class HiddenQuota {
  readonly #meters: readonly (readonly [FakeDimension, HiddenMeter])[];
  readonly #places: number;
  #inUse = 0;

  constructor(limits: readonly (readonly [FakeDimension, FakeLimit])[], places: number) {
    this.#meters = limits.map(([dimension, limit]) => [dimension, meterOf(limit)]);
    this.#places = places;
  }

  /** From now on there is this share of each limit, from 0 to 1. */
  share(share: number): void {
    for (const [, meter] of this.#meters) {
      meter.share = share;
    }
  }

  /** Takes everything that a request needs, or nothing at all. */
  admit(now: number, units: FakeUnits): Refusal | undefined {
    for (const [dimension, meter] of this.#meters) {
      const needed = units[dimension];
      if (needed > meter.left(now)) {
        return { by: dimension, retryAfter: meter.freeIn(now, needed), isTooLarge: needed > meter.total };
      }
    }
    if (this.#inUse >= this.#places) {
      return { by: 'places', retryAfter: undefined, isTooLarge: false };
    }
    this.#inUse += 1;
    for (const [dimension, meter] of this.#meters) {
      meter.take(now, units[dimension]);
    }
    return undefined;
  }

  /** A request that was let in has ended. */
  leave(): void {
    this.#inUse -= 1;
  }

  report(now: number): Reported[] {
    const tightest = new Map<FakeDimension, Reported>();
    for (const [dimension, meter] of this.#meters) {
      const remaining = Math.max(0, Math.floor(meter.left(now)));
      const known = tightest.get(dimension);
      if (known === undefined || remaining / meter.total < known.remaining / known.limit) {
        tightest.set(dimension, { dimension, limit: meter.total, remaining, resetMs: meter.freeIn(now, meter.total) });
      }
    }
    return [...tightest.values()];
  }
}
