import { monitorEventLoopDelay } from 'node:perf_hooks';
import { closing, runClient } from './client-process';
import { figuresOf, tableOf } from './figures';
import type { Evidence } from './judge/evidence';
import { judge } from './judge/judge';
import { clients } from './plan';
import { showProgress } from './progress';
import { ChaosServer } from './server';

// npm run chaos [seconds] [seed]     two client processes against a server that fails them; the same seed, the same faults

const [seconds, seed] = [Number(process.argv[2] ?? 20), Number(process.argv[3] ?? Math.floor(Math.random() * 1e6))];
if (!Number.isInteger(seconds) || seconds < 1 || seconds > 3_600 || !Number.isInteger(seed) || Math.abs(seed) > 1e9) {
  throw new RangeError(`Seconds from 1 to 3600 and a whole seed, got ${process.argv.slice(2).join(' ')}`);
}
/** More of them say nothing new. */
const mostShown = 50;

console.log(`chaos: ${seconds} s, seed ${seed}`);
const server = new ChaosServer(seed, seconds);
const url = await server.start();
const lateness = monitorEventLoopDelay();
lateness.enable();
const endProgress = showProgress(server);
const runs = await Promise.all(clients.map((client) => runClient(client, url, seed, seconds, server)));
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
