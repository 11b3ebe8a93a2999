import { tokenBucket } from '../../src/index';
import { fixedWindow } from '../../src/testing';
import type { Setting } from './crowd';

export type Hints = 'all' | 'retry-after' | 'none';
export type Kind = 'bucket' | 'tight bucket' | 'minute' | 'places';

/** What every drawn setting has: requests a second, or places. */
export const drawnPerSecond = 10;
export const drawnPlaces = 20;

/** A provider that limits how many requests begin. */
export function limiting(
  kind: Exclude<Kind, 'places'>,
  perSecond: number,
  hints: Hints,
  latency: number,
  stream: number,
): Setting {
  const capacity = kind === 'tight bucket' ? 1 : perSecond;
  const limits =
    kind === 'minute'
      ? fixedWindow({ limit: 60 * perSecond, window: 60_000 })
      : tokenBucket({ capacity, refill: perSecond, interval: 1_000 });
  const title = `${kind} of ${perSecond} a second, hints: ${hints}, first value after ${latency / 1_000} s, streams up to ${stream / 1_000} s`;
  return { title, provider: { limits, hints }, latency, stream, perSecond };
}

/** A provider that limits how many requests run. */
export function placing(places: number, hints: Hints, latency: number, stream: number): Setting {
  const title = `${places} places, hints: ${hints}, first value after ${latency / 1_000} s, streams up to ${stream / 1_000} s`;
  return { title, provider: { maxConcurrent: places, hints }, latency, stream, places };
}

/** One of `count` settings that lie between first values after 0.05 s and 20 s, with streams of up to 0, 10 and 30 s. */
export function drawn(kind: Kind, hints: Hints, seed: number, count: number): Setting {
  const latency = Math.round(50 * 400 ** (count === 1 ? 0.5 : (seed - 1) / (count - 1)));
  const stream = [0, 10_000, 30_000][seed % 3]!;
  return kind === 'places'
    ? placing(drawnPlaces, hints, latency, stream)
    : limiting(kind, drawnPerSecond, hints, latency, stream);
}

const times: readonly (readonly [latency: number, stream: number])[] = [
  [50, 0],
  [300, 0],
  [300, 30_000],
  [5_000, 0],
  [20_000, 0],
];

/** Those in which the promise of the pace is to hold. */
export const paced: readonly Setting[] = (['bucket', 'tight bucket', 'minute'] as const).flatMap((kind) =>
  [5, 20, 100].flatMap((perSecond) =>
    (['none', 'retry-after'] as const).flatMap((hints) =>
      times.map(([latency, stream]) => limiting(kind, perSecond, hints, latency, stream)),
    ),
  ),
);

/** Those in which the promise of `aimd` is to hold. */
export const placed: readonly Setting[] = [2, 5, 20, 50, 100].flatMap((places) =>
  [1_000, 4_000, 12_000, 35_000].map((ms) => placing(places, 'none', ms / 2, ms)),
);
