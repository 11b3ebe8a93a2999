import { setMaxListeners } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { lastValueFrom, Subject, takeUntil } from 'rxjs';
import { timers } from '../timers';
import { plansOf } from './plan';
import { newClient, sulking, users } from './policies';
import { Recorder } from './recorder';
import type { ClientReport, Held } from './records';
import { UserCall } from './user-call';
import { byFetch, byOpenAI } from './ways';

// A process of its own: node --import tsx client.ts <name> <url> <seed> <seconds>

const [name, url, seed, seconds] = process.argv.slice(2) as [string, string, string, string];
/** ms in which something has to happen: else the calls that are left hang. */
const patience = 20_000;
/** Turns of the event loop in which an SDK clears its timers, once its request is aborted. */
const mostTurns = 10;

const client = newClient(name);
const recorder = new Recorder(client);
const calls: UserCall[] = [];
const uncaught: string[] = [];
const ways = { openai: byOpenAI(url), fetch: byFetch(url) };
let hasReported = false;

process.on('uncaughtException', (error) => uncaught.push(String(error?.stack ?? error)));
// Keeps the process until the judge has seen its connections closed; without a judge there is nothing to do.
process.once('disconnect', () => !hasReported && process.exit(1));
const lateness = monitorEventLoopDelay();
lateness.enable();

const ms = Number(seconds) * 1_000;
const plans = plansOf(name, Number(seed), Number(seconds)).values();
const evening = new AbortController();
setMaxListeners(users, evening.signal);
const hangs = new Subject<void>();
const watch = setInterval(() => recorder.hasMoved() || hangs.next(), patience);
const held: Held[] = [];
setTimeout(evacuate, ms / 2);
setTimeout(close, ms);
await Promise.all(Array.from({ length: users }, (_, index) => user(index)));
clearInterval(watch);
held.push(holding());
for (let turn = 0; turn < mostTurns && timers() > 0; turn += 1) {
  await nextTurn();
}
report();

/** All who are there walk away at once: then nothing is held any more. */
function evacuate(): void {
  for (const call of calls) {
    call.walkAway();
  }
  held.push(holding());
}

/** No new calls. With one client those that run are read to the end, with the other all users walk away. */
function close(): void {
  evening.abort();
  if (name === 'b') {
    evacuate();
  }
}

/** Asks, reads, and asks again. */
async function user(index: number): Promise<void> {
  await sleep(index * 5); // not all at once to a process that is cold
  for (const plan of plans) {
    const call = new UserCall(plan, recorder, ways[plan.by]);
    calls.push(call);
    await lastValueFrom(call.by(client).pipe(takeUntil(hangs)), { defaultValue: undefined });
    const pause = call.report.outcome === 'failed' ? sulking : plan.pause;
    await sleep(pause, undefined, { signal: evening.signal }).catch(() => undefined);
    if (evening.signal.aborted) {
      return;
    }
  }
}

function holding(): Held {
  const { inFlight, waiting } = client.limiter.state;
  const running = Object.values(client.state.calls).reduce((sum, count) => sum + count);
  return { inFlight, waiting, reserved: client.budget.state.limits[0]!.reserved, running };
}

function report(): void {
  const done: ClientReport = {
    client: name,
    calls: calls.map((call) => call.report),
    turns: recorder.turns,
    chargedForNothing: recorder.chargedForNothing,
    held,
    used: client.budget.state.limits[0]!.used,
    timers: timers(),
    uncaught,
    lag: Math.ceil(lateness.max / 1e6),
  };
  hasReported = true;
  process.send!(done);
}
