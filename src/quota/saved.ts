import { checkLimit } from './check-limits';
import { identityOf, isObject, type Limit } from './limit';
import type { Entry, Meter } from './meter';

/** What one limit has counted. */
export interface SavedLimit {
  readonly limit: Limit;
  readonly entries: readonly Entry[];
}

/** What limits have counted, by dimension: plain JSON. */
export type SavedLimits = { readonly [dimension: string]: readonly SavedLimit[] };

/** Whether `save` of a ledger can have given it: times in order, amounts that are not negative. */
export function isSaved(value: unknown): value is SavedLimits {
  return isObject(value) && Object.values(value).every((list) => Array.isArray(list) && list.every(isSavedLimit));
}

function isSavedLimit(value: unknown): value is SavedLimit {
  if (!isObject(value)) {
    return false;
  }
  try {
    checkLimit('initial', value.limit);
  } catch {
    return false;
  }
  return isEntries(value.entries);
}

/** Times in order, amounts that are not negative. */
export function isEntries(value: unknown): value is readonly Entry[] {
  return (
    Array.isArray(value) &&
    value.every((each, index) => isEntry(each) && (index === 0 || value[index - 1][0] <= each[0]))
  );
}

function isEntry(pair: unknown): pair is Entry {
  return Array.isArray(pair) && Number.isFinite(pair[0]) && Number.isFinite(pair[1]) && pair[1] >= 0;
}

/** What meters count; `shift` is added to every time. */
export function saveOf(meters: readonly Meter[], shift: number, now: number): SavedLimits {
  const saved: Record<string, SavedLimit[]> = {};
  for (const meter of meters) {
    saved[meter.dimension] ??= [];
    saved[meter.dimension]!.push({ limit: meter.limit, entries: meter.save(shift, now) });
  }
  return saved;
}

/** The same on another clock, on which nothing is later than `now`. */
export function shifted(saved: readonly SavedLimit[], shift: number, now: number): SavedLimit[] {
  return saved.map(({ limit, entries }) => ({ limit, entries: shiftedEntries(entries, shift, now) }));
}

export function shiftedEntries(entries: readonly Entry[], shift: number, now: number): Entry[] {
  return entries.map(([time, units]) => [Math.min(time + shift, now), units]);
}

/**
 * Makes a new meter count what limits of the same dimension have counted: the limit of the same kind and time, whatever
 * its numbers and its place; else what the longest one of them holds. It never counts less than what is known.
 */
export function loadFrom(saved: readonly SavedLimit[], meter: Meter, now: number): void {
  const same = sameAs(meter.limit, saved);
  meter.load(same?.entries ?? historyOf(saved, meter.total), now, same !== undefined);
}

/** Of several of the same kind and time, the one with the same numbers; else the one that has counted the most. */
function sameAs(limit: Limit, saved: readonly SavedLimit[]): SavedLimit | undefined {
  const alike = saved.filter((each) => identityOf(each.limit) === identityOf(limit));
  const most = Math.max(...alike.map(sumOf));
  return alike.find((each) => isSameLimit(each.limit, limit)) ?? alike.find((each) => sumOf(each) === most);
}

/** Whether they are the same but for their place. */
export function isSameLimit(one: Limit, other: Limit): boolean {
  return Object.entries(one).every(([field, value]) => (other as unknown as Record<string, unknown>)[field] === value);
}

/**
 * What was taken, and when, as far as these limits know. A sliding window knows the times. Of a calendar window, a bucket or
 * a total only the sum is known: what that has more counts at its last moment, but not beyond a whole new limit.
 */
function historyOf(saved: readonly SavedLimit[], total: number): readonly Entry[] {
  const windows = saved.filter(({ limit }) => limit.kind === 'window');
  const longest = windows.sort((one, other) => reachOf(other) - reachOf(one))[0];
  const sums = saved.filter(({ limit }) => limit.kind === 'calendar' || limit.kind === 'bucket');
  const known = longest?.entries ?? [];
  const coarse = sums.length > 0 || longest !== undefined ? sums : saved;
  const most = coarse.reduce<SavedLimit | undefined>(
    (so, each) => (so === undefined || sumOf(each) > sumOf(so) ? each : so),
    undefined,
  );
  const missing = most === undefined ? 0 : Math.min(sumOf(most) - (longest === undefined ? 0 : sumOf(longest)), total);
  const last = Math.max(most?.entries.at(-1)?.[0] ?? 0, known.at(-1)?.[0] ?? Number.NEGATIVE_INFINITY);
  return missing > 0 ? [...known, [last, missing]] : known;
}

function reachOf({ limit }: SavedLimit): number {
  return limit.kind === 'window' ? limit.window : 0;
}

function sumOf({ entries }: SavedLimit): number {
  return entries.reduce((sum, [, units]) => sum + units, 0);
}
