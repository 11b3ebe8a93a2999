// npm run day: a day of 1,000,000 calls through a client with all guards, simulated: how long that takes, what it needs of
// memory, and whether the same seed gives the same report. `npm run day 100000` simulates a part of the day.
import { strict as assert } from 'node:assert';
import { buildLibrary, library } from '../../../bench/library.mjs';

buildLibrary();
const { perMinute, ResilientClient } = await import(library);
const { poisson, simulate } = await import(library.replace('index.js', 'lab/index.js'));

const calls = Number(process.argv[2] ?? 1_000_000);
/** ms of one core, and bytes. */
const most = { perCall: 0.06, memory: 500e6 };
const limits = { requests: perMinute(2_000), tokens: perMinute(1_000_000) };
const wholeDay = 24 * 3_600_000;

/** A night that is quiet, and an afternoon in which the tokens do not suffice. */
function day(share, onProgress) {
  return simulate({
    duration: wholeDay * share,
    arrivals: poisson((t) => 11.574 * (1 - 0.9 * Math.cos((2 * Math.PI * t) / (wholeDay * share)))),
    request: (random) => ({ input: 400 + Math.round(800 * random()), output: 50 + Math.round(300 * random()) }),
    provider: {
      limits,
      latency: (random) => 300 + 600 * random(),
      tokensPerSecond: 60,
      faults: { serverError: 0.005, cut: 0.005 },
    },
    client: (scheduler) =>
      new ResilientClient({
        retryBackoff: {},
        rateLimit: { limits, maxWait: 20_000 },
        tokenBudget: { limits: perMinute(1_200_000) },
        circuitBreak: {},
        timeout: { first: 30_000 },
        scheduler,
      }),
    price: { input: 3, output: 15 },
    onProgress,
  });
}

const [one, other] = [await day(0.02), await day(0.02)];
assert.deepEqual(one, other);
console.log(`the same seed gives the same report: twice ${one.calls} calls`);

/** The most memory in each tenth of the day. */
const memory = Array(10).fill(0);
const begun = process.cpuUsage();
const report = await day(calls / 1_000_000, ({ now, duration }) => {
  const tenth = Math.min(9, Math.floor((10 * now) / duration));
  memory[tenth] = Math.max(memory[tenth], process.memoryUsage.rss());
});
const { user, system } = process.cpuUsage(begun);
const ms = (user + system) / 1_000;
console.log(report.toTable());
console.log(
  `${report.calls} calls in ${(ms / 1_000).toFixed(1)} s of CPU, ${((1_000 * ms) / report.calls).toFixed(1)} µs each`,
);
console.log(`memory in each tenth of the day, in MB: ${memory.map((bytes) => Math.round(bytes / 1e6)).join(' ')}`);
assert.ok(Math.max(...memory) < most.memory, `it needs more than ${most.memory / 1e6} MB`);
assert.ok(Math.max(...memory.slice(5)) < 1.3 * Math.max(...memory.slice(0, 5)), 'its memory grows');
assert.ok(ms / report.calls < most.perCall, `a call takes more than ${1_000 * most.perCall} µs: is the machine busy?`);
