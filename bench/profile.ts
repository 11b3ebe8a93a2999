import { Session } from 'node:inspector/promises';
import type { Body } from './job';
import { median } from './measure';

/** Where the time of a case goes, and how much it allocates. */
export interface Profile {
  /** Bytes that a call leaves behind, before anything is collected. */
  readonly bytes: number;
  /** Shares of the time, the largest first: of functions by themselves, without what they call. */
  readonly shares: readonly { readonly where: string; readonly share: number }[];
}

/** For so many ms the profiler looks on, and in µs how often. */
const duration = 4_000;
const interval = 200;
/** So many calls are made between two looks at the heap: few enough for most of such runs to be free of collections. */
const few = 100;

export async function profiled(body: Body, n: number): Promise<Profile> {
  const bytes = await bytesPerCall(body);
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval });
  await session.post('Profiler.start');
  for (const end = performance.now() + duration; performance.now() < end; ) {
    await body(n);
    await new Promise((resolve) => setTimeout(resolve));
  }
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();

  const places = new Map(profile.nodes.map(({ id, callFrame }) => [id, placeOf(callFrame)]));
  const counts = new Map<string, number>();
  for (const sample of profile.samples ?? []) {
    const place = places.get(sample)!;
    counts.set(place, (counts.get(place) ?? 0) + 1);
  }
  counts.delete('(idle)');
  const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const shares = [...counts].map(([where, count]) => ({ where, share: count / all }));
  return { bytes, shares: shares.sort((one, other) => other.share - one.share) };
}

/** The median of some runs; in a few of them there was a collection. */
async function bytesPerCall(body: Body): Promise<number> {
  const found: number[] = [];
  for (let run = 1; run <= 99; run += 1) {
    const before = process.memoryUsage().heapUsed;
    await body(few);
    found.push((process.memoryUsage().heapUsed - before) / few);
  }
  return median(found);
}

function placeOf({ functionName, url }: { readonly functionName: string; readonly url: string }): string {
  const file = url.split('/').slice(-2).join('/').replace(/\.js$/, '');
  return [functionName || '(anonymous)', file].filter((part) => part !== '').join(', ');
}
