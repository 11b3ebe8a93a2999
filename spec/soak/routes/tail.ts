import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { lastValueFrom, mergeMap, Observable, range, timer } from 'rxjs';
import { estimateRequest, isContentChunk, isFinalChunk, perDay, ResilientClient, TokenBudget } from 'rxjs-resilience';
import { eventsOf } from 'rxjs-resilience/http';
import { fakeProvider, seededRandom } from 'rxjs-resilience/testing';
import { percent } from './judge';

const output = 4;
const body = {
  ...{ model: 'fake', stream: true, stream_options: { include_usage: true }, max_tokens: output },
  messages: [{ role: 'user', content: 'Go on.' }],
};
const tokens = estimateRequest(body);

/** What calls came to, by their callers, their budget and the server. */
export interface Tail {
  /** ms to the first token, in order. */
  readonly firstTokens: readonly number[];
  readonly calls: number;
  readonly requests: number;
  readonly aborted: number;
  readonly leftOpen: number;
  /** Tokens of output that the budget was charged. */
  readonly charged: number;
}

/** Asks a server over real HTTP whose slowest answers, one in twenty, begin ten times as late. */
export async function tailOf(calls: number, perSecond: number, seed: number, hedgeAfter?: number): Promise<Tail> {
  let asked = 0;
  const latency = (random: () => number) => {
    asked += 1;
    return (400 + 200 * random()) * (asked % 20 === 0 ? 10 : 1);
  };
  const provider = fakeProvider({ latency, tokensPerSecond: 20, random: seededRandom(seed) });
  const http = createServer(provider.handler).listen(0, '127.0.0.1');
  await new Promise((resolve) => http.once('listening', resolve));
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/v1/chat/completions`;
  const budget = new TokenBudget({ limits: perDay(1e9) });
  const hedge = hedgeAfter === undefined ? {} : { hedge: { after: hedgeAfter } };
  const client = new ResilientClient({ tokenBudget: budget, ...hedge, defaults: { tokens, isFinal: isFinalChunk } });
  const firstTokens: number[] = [];
  const ask = new Observable<unknown>((subscriber) => {
    const start = performance.now();
    let isFirst = true;
    const call = client.call((signal) => eventsOf(fetch(url, { method: 'POST', body: JSON.stringify(body), signal })));
    return call.subscribe({
      next: (chunk) => {
        if (isFirst && isContentChunk(chunk)) {
          isFirst = false;
          firstTokens.push(performance.now() - start);
        }
      },
      error: (error) => subscriber.error(error),
      complete: () => subscriber.complete(),
    });
  });
  const all = range(calls).pipe(mergeMap((index) => timer((index * 1_000) / perSecond).pipe(mergeMap(() => ask))));
  await lastValueFrom(all, { defaultValue: undefined });
  await lastValueFrom(timer(500)); // the server hears of the last aborts
  http.close();
  http.closeAllConnections();
  const { requests, aborted, inFlight } = provider.server;
  const charged = 1e9 - budget.remaining - requests * tokens.input;
  firstTokens.sort((one, other) => one - other);
  return { firstTokens, calls, requests, aborted, leftOpen: inFlight, charged };
}

/** So large a share is not above it. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.ceil(sorted.length * share) - 1]!;
}

/** What is not as it should be. */
export function tailViolations(plain: Tail, hedged: Tail): string[] {
  const { firstTokens, calls, requests, aborted, leftOpen, charged } = hedged;
  const ratio = percentile(firstTokens, 0.99) / percentile(plain.firstTokens, 0.99);
  const rules: readonly (readonly [holds: boolean, what: string])[] = [
    [firstTokens.length === calls, `${firstTokens.length} of ${calls} calls had a first token`],
    [ratio <= 0.5, `the 99th percentile is ${percent(ratio)} of what it is without hedges`],
    [requests <= calls * 1.06, `${percent(requests / calls - 1)} more requests`],
    [charged === calls * output, `${charged} tokens of output were charged for ${calls * output}`],
    [aborted === requests - calls, `the server saw ${aborted} of ${requests - calls} requests closed that lost`],
    [leftOpen === 0, `${leftOpen} requests are still open`],
  ];
  return rules.filter(([holds]) => !holds).map(([, what]) => what);
}
