import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { figuresOf, showProgress, tableOf } from './figures';
import type { Evidence } from './judge/evidence';
import { judge } from './judge/judge';
import { clients } from './plan';
import { type ClientReport, type ClientRun, closing } from './records';
import { ChaosServer } from './server';

// npm run chaos [seconds] [seed]     two client processes against a server that fails them; the same seed, the same faults

const [seconds, seed] = [Number(process.argv[2] ?? 20), Number(process.argv[3] ?? Math.floor(Math.random() * 1e6))];
if (!Number.isInteger(seconds) || seconds < 1 || seconds > 3_600 || !Number.isInteger(seed) || Math.abs(seed) > 1e9) {
  throw new RangeError(`Seconds from 1 to 3600 and a whole seed, got ${process.argv.slice(2).join(' ')}`);
}
/** ms in which a process must end once its work is done; loading and unloading takes long on a busy machine. */
const leaving = 10_000;
/** ms beyond its time that a client may take to report. */
const overtime = 120_000;
/** More violations say nothing new. */
const mostShown = 50;

console.log(`chaos: ${seconds} s, seed ${seed}`);
const server = new ChaosServer(seed, seconds);
const url = await server.start();
const lateness = monitorEventLoopDelay();
lateness.enable();
const endProgress = showProgress(server);
const runs = await Promise.all(clients.map(runClient));
const sockets = await server.gone(() => server.sockets.size, closing);
endProgress();
server.stop();

const lags = [lateness.max / 1e6, ...runs.map(({ report }) => report?.lag ?? 0)];
const planOf = (call: string) => server.planOf(call);
const evidence: Evidence = { exchanges: server.exchanges, runs, planOf, sockets, lag: Math.ceil(Math.max(...lags)) };
const violations = judge(evidence);

console.log(`\n${tableOf([...figuresOf(evidence, server.mostOpen), ['violations', violations.length]])}\n`);
for (const { who, what, look } of violations.slice(0, mostShown)) {
  console.log(`violation: ${who}, seed ${seed}: ${what}\n  look at ${look}`);
}
if (violations.length > mostShown) {
  console.log(`and ${violations.length - mostShown} more`);
}
const count = runs.reduce((sum, { report }) => sum + (report?.calls.length ?? 0), 0);
console.log(`chaos: ${count} calls, ${violations.length} violations, seed ${seed}`);
process.exitCode = violations.length === 0 ? 0 : 1;

/** Lets a client make its calls in a process of its own. */
async function runClient(client: string): Promise<ClientRun> {
  const args = [client, url, String(seed), String(seconds)];
  const child = fork(fileURLToPath(new URL('client.ts', import.meta.url)), args, { execArgv: ['--import', 'tsx'] });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const report = await reportOf(child, exited, seconds * 1_000 + overtime);
  const open = () => [...server.open].filter(({ call }) => call.startsWith(client));
  await server.gone(() => open().length, closing);
  const leftOpen = open();
  if (child.connected) {
    child.disconnect();
  }
  return { client, report, leftOpen, exit: await exitOf(child, exited) };
}

async function reportOf(child: ChildProcess, exited: Promise<unknown>, ms: number): Promise<ClientReport | undefined> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), ms);
  try {
    const message = once(child, 'message', { signal: late.signal }) as Promise<[ClientReport]>;
    return (await Promise.race([message, exited.then(() => [undefined] as const)]))[0];
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
    late.abort();
  }
}

async function exitOf(child: ChildProcess, exited: Promise<[number | null]>): Promise<number | 'killed'> {
  const timer = setTimeout(() => child.kill('SIGKILL'), leaving);
  const [code] = await exited;
  clearTimeout(timer);
  return code ?? 'killed';
}
