import { monitorEventLoopDelay } from 'node:perf_hooks';
import { eventsOf } from 'rxjs-resilience/http';
import { tableOf } from '../chaos/figures';
import { figuresOf, percent, violationsOf } from './judge';
import { percentile, tailOf, tailViolations } from './tail';
import { awayFrom, backAt, end, type Name, names, Traffic } from './traffic';

// npm run routes [seed]     over real HTTP: hedges against a slow tail, then a router over three providers whose limits it
//                           does not know, of which one goes away for 20 s, and one that answers 401

const seed = Number(process.argv[2] ?? 1);
if (!Number.isInteger(seed)) {
  throw new RangeError(`A whole seed, got ${process.argv[2]}`);
}
/** Calls, and how many of them begin in a second. */
const [calls, perSecond] = [400, 10];
console.log(`hedging: twice ${calls} calls, seed ${seed}`);
const plain = await tailOf(calls, perSecond, seed);
const hedgeAfter = percentile(plain.firstTokens, 0.95);
const hedged = await tailOf(calls, perSecond, seed, hedgeAfter);
const tail = tailViolations(plain, hedged);
const ms = (value: number) => `${Math.round(value)} ms`;
console.log(
  tableOf([
    ['first token, p95', ms(hedgeAfter)],
    ['  p99', ms(percentile(plain.firstTokens, 0.99))],
    ['  p99 with hedges after p95', ms(percentile(hedged.firstTokens, 0.99))],
    ['more requests', percent(hedged.requests / calls - 1)],
    ['  closed, as the server saw it', hedged.aborted],
    ['tokens of output that were charged', hedged.charged],
    ['  without hedges', plain.charged],
  ]),
);

console.log(`routes: ${end} s, seed ${seed}; large is away from second ${awayFrom} to ${backAt}`);
const urls = new Map<Name, string>();
const body = JSON.stringify({
  model: 'fake',
  stream: true,
  max_tokens: 20,
  messages: [{ role: 'user', content: 'Go on.' }],
});
const open = (name: Name, call: string) => (signal: AbortSignal) =>
  eventsOf(fetch(urls.get(name)!, { method: 'POST', body, headers: { 'x-call': call }, signal }));
const traffic = new Traffic({ seed, open });
for (const name of names) {
  urls.set(name, await traffic.sites[name].listen());
}
const lateness = monitorEventLoopDelay();
lateness.enable();
const progress = setInterval(() => {
  const lately = names.map((name) => `${name} ${traffic.sites[name].seconds.at(-1)?.taken ?? 0}`);
  console.log(
    `${traffic.sites.large.seconds.length} s: ${traffic.answers.size} answered, ${lately.join(', ')} a second`,
  );
}, 10_000);
await new Promise<void>((resolve) => {
  traffic.onEnd = resolve;
  traffic.start();
});
clearInterval(progress);
for (const name of names) {
  traffic.sites[name].stop();
}

const figures = figuresOf(traffic);
const [before, during, after] = figures.throughput;
const violations = [...tail, ...violationsOf(figures)];
console.log(
  tableOf([
    ['calls', figures.calls],
    ['  without the right answer', figures.wrong],
    ['  not answered once', figures.notOnce],
    ['of what is up, before the outage', percent(before)],
    ['  while one is away', percent(during)],
    ['  when it is back', percent(after)],
    ['asked of the limit, at most', percent(figures.pressed)],
    ['refused', percent(figures.refused)],
    ['takes calls again after', `${figures.backAfter} s`],
    ['  and has of its share after 60 s', percent(figures.shareAfter)],
    ['asked a second, with a wrong key', figures.locked.toFixed(2)],
    ['longest delay of the event loop', ms(lateness.max / 1e6)],
  ]),
);
console.log(violations.map((what) => `violation: ${what}`).join('\n'));
console.log(`routes: ${violations.length} violations, seed ${seed}`);
process.exitCode = violations.length === 0 ? 0 : 1;
