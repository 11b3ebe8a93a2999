import { setImmediate, setTimeout } from 'node:timers/promises';
import { timers } from '../timers';
import { Calls, type Kind, listenersOf, type Run } from './kind';

/** Calls of each kind, and calls before them, in which everything is compiled and has grown to its size. */
const calls = 100_000;
const warmUp = 10_000;
/** Calls that are under way at the same time. */
const batch = 1_000;
/** Bytes for each call that are noise, of one page of V8's or two. Even an array of small numbers grows by more, by 8. */
const noise = 6;
/** A growth above the noise is measured again over twice and three times as many calls: only a leak goes on growing. */
const rounds = 3;
/** ms in which timers that are still needed must have fired. */
const patience = 1_000;

export interface Finding {
  readonly name: string;
  readonly calls: number;
  /** By which the heap has grown, for each call. */
  readonly bytes: number;
  readonly timers: number;
  readonly listeners: number;
  /** What is wrong, in words. */
  readonly leaks: readonly string[];
}

export async function measure({ name, ends, begin }: Kind): Promise<Finding> {
  const timersBefore = timers();
  const made = new Calls();
  const run = begin(made);
  const listened = [made.parent, ...(run.listened ?? [])];
  const listeners = () => listened.reduce((sum, each) => sum + listenersOf(each), 0);
  const listenersBefore = listeners();

  await makeCalls(run, warmUp);
  const heapBefore = await heap();
  let count = 0;
  let bytes = Number.POSITIVE_INFINITY;
  for (let round = 1; round <= rounds && bytes > noise; round += 1) {
    await makeCalls(run, calls);
    count += calls;
    bytes = Math.min(bytes, ((await heap()) - heapBefore) / count);
  }
  const found = { bytes, timers: timers() - timersBefore, listeners: listeners() - listenersBefore };
  const asMeant = made.endings.get(ends) ?? 0;
  const leaks = [
    ...(bytes > noise ? [`${bytes.toFixed(1)} bytes of each call`] : []),
    ...(found.timers > 0 ? [`${found.timers} timers`] : []),
    ...(found.listeners > 0 ? [`${found.listeners} listeners`] : []),
    ...(asMeant < warmUp + count || made.endings.size > 1 ? [`calls did not end as meant: ${show(made.endings)}`] : []),
  ];
  return { name, calls: count, ...found, leaks };
}

async function makeCalls({ call }: Run, count: number): Promise<void> {
  for (let made = 0; made < count; made += batch) {
    const before = timers();
    for (let index = 0; index < batch; index += 1) {
      call();
    }
    await settled(before);
  }
}

/** Until the calls are over: promises are, and timers have fired. Those that never do are found at the end. */
async function settled(timersBefore: number): Promise<void> {
  const end = performance.now() + patience;
  await setImmediate();
  while (timers() > timersBefore && performance.now() < end) {
    await setTimeout(1);
  }
}

/** What is in use after several collections: what a finalizer lets go of is collected by the next one. */
async function heap(): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3; round += 1) {
    globalThis.gc!();
    await setImmediate();
    least = Math.min(least, process.memoryUsage().heapUsed);
  }
  return least;
}

function show(endings: ReadonlyMap<string, number>): string {
  return [...endings].map(([ending, count]) => `${count} ${ending}`).join(', ') || 'none ended';
}
