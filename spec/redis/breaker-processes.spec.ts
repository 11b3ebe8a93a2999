import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { circuit } from '../../src/redis/lua/circuit';
import { readNews } from '../../src/redis/news';
import { CallingProcess, Provider } from './support/callers';
import { RedisServer } from './support/redis-server';
import { TcpProxy } from './support/tcp-proxy';
import { endAll } from './support/workers';

const deadline = 1_000;
/** After the death of a process that holds the probe, others wait at most so long, and until they ask again. */
const lease = deadline + 1_000;

let server: RedisServer;
let proxy: TcpProxy;
let provider: Provider;
let processes: CallingProcess[] = [];
let run = 0;
beforeAll(async () => {
  server = await RedisServer.startOwn();
  proxy = await TcpProxy.to(server.url);
  processes = ['a', 'b', 'c', 'd'].map((name) => new CallingProcess(proxy.url, name));
  await Promise.all(processes.map(({ isReady }) => isReady));
}, 120_000);
beforeEach(async () => {
  provider = await Provider.start();
});
afterEach(() => provider.stop());
afterAll(async () => {
  await endAll(processes, server);
  proxy.stop();
});

/** Four processes that call the provider, each all 25 ms. */
async function fourProcesses(recoveryTimeout = 1_500) {
  run += 1;
  const key = `breakers ${process.pid} ${run}`;
  for (const each of processes) {
    each.begin({ run, provider: provider.url, every: 25, key, failureThreshold: 3, recoveryTimeout, deadline });
  }
  await sleep(500);
}

/** When the server heard of the first opening. */
async function openedFirst(): Promise<number> {
  const key = `{breakers ${process.pid} ${run}}:breaker:2`;
  const reply = await server.ioredis().eval(circuit.text, 1, key, 'look', '0', 'the judge', '0', '');
  return Date.now() - readNews(reply as unknown[], 0, undefined).openFor;
}

const openings = () => processes.flatMap((each) => each.when('opened') ?? []);
const isOpenForAll = () => vi.waitFor(() => expect(openings()).toHaveLength(4), { timeout: 10_000 });
const isProbed = (after: number) => vi.waitFor(() => expect(provider.since(after).length).toBeGreaterThan(0), { timeout: 20_000 });

/** All processes know that it is open, and the first probe gets no answer. Returns when the time of probes has begun. */
async function probeHangs(recoveryTimeout?: number): Promise<number> {
  await fourProcesses(recoveryTimeout);
  provider.mode = 'down';
  await isOpenForAll();
  const openedAt = Math.min(...openings()) + 1_000;
  await sleep(openedAt - Date.now());
  provider.mode = 'hang';
  await isProbed(openedAt);
  return openedAt;
}

/** These count in real time, which a busy machine does not keep. */
const retry = 2;

describe('D8: four processes and one server that goes down', { timeout: 60_000 }, () => {
  it('send nothing but one probe at a time from 1 s after the first opening on, and all go on within 1.1 s of the verdict', { retry }, async () => {
    // The last of them to open has prolonged it by up to a second, and within another all know: sooner than it is over.
    await fourProcesses(2_500);
    provider.mode = 'down';
    await isOpenForAll();
    const openedAt = await openedFirst();
    await sleep(openedAt + 1_000 - Date.now());
    provider.takes = 300;
    provider.most = 0;
    await sleep(7_000);
    const probes = provider.since(openedAt + 1_000);
    const halfOpened = processes.map((each) => each.when('half-opened')!);
    expect(Math.max(...halfOpened) - Math.min(...halfOpened)).toBeLessThan(200); // they are open until the same time
    expect(provider.most).toBe(1);
    expect(probes.length).toBeGreaterThanOrEqual(2); // one each 2.8 s, and what it takes to fetch it
    expect(probes.length).toBeLessThanOrEqual(3);
    for (const [index, { sentAt }] of probes.slice(1).entries()) {
      expect(sentAt - probes[index]!.endedAt!).toBeGreaterThanOrEqual(2_500 - 5);
    }

    const before = Date.now();
    provider.mode = 'up';
    await vi.waitFor(() => expect(processes.flatMap((each) => each.when('closed', before) ?? [])).toHaveLength(4), { timeout: 10_000 });
    const closed = processes.map((each) => each.when('closed', before)!);
    expect(Math.max(...closed) - Math.min(...closed)).toBeLessThan(1_100);
    await sleep(200);
    expect(new Set(provider.since(Math.max(...closed)).map((request) => request.process))).toEqual(new Set(['a', 'b', 'c', 'd']));
  });

  it('do not hear a late result: a process that stood still has lost the probe, and its success closes nothing', async () => {
    const openedAt = await probeHangs(3_000);
    const [probe] = provider.since(openedAt);
    const holder = processes.find(({ name }) => name === probe!.process)!;
    holder.kill('SIGSTOP');
    const stoppedAt = Date.now();
    provider.answer(probe!, 'up'); // it cannot hear that
    provider.mode = 'down';
    await isProbed(stoppedAt);
    const others = processes.filter((each) => each !== holder);
    await vi.waitFor(() => expect(others.flatMap((each) => each.when('opened', stoppedAt) ?? [])).toHaveLength(3), { timeout: 5_000 });
    holder.kill('SIGCONT');
    await sleep(1_000);
    expect(processes.map((each) => each.when('closed'))).toEqual([undefined, undefined, undefined, undefined]);
    expect(provider.since(stoppedAt)).toHaveLength(1);
  });

  it('decide alone while Redis is away, and join again after that', { retry }, async () => {
    await fourProcesses();
    proxy.down();
    await vi.waitFor(() => expect(processes.flatMap((each) => each.when('unavailable') ?? [])).toHaveLength(4), { timeout: 10_000 });
    provider.mode = 'down';
    await isOpenForAll();
    const openedAt = Math.max(...openings());
    await sleep(openedAt + 1_600 - Date.now());
    // Each has found out for itself, and probes for itself.
    await vi.waitFor(() => expect(new Set(provider.since(openedAt + 10).map((request) => request.process)).size).toBe(4), { timeout: 5_000 });
    provider.mode = 'up';
    await vi.waitFor(() => expect(processes.flatMap((each) => each.when('closed') ?? [])).toHaveLength(4), { timeout: 5_000 });

    proxy.up();
    const back = Date.now();
    await vi.waitFor(() => expect(processes.flatMap((each) => each.when('available', back) ?? [])).toHaveLength(4), { timeout: 10_000 });
    await sleep(1_000);
    provider.mode = 'down';
    const opened = () => processes.flatMap((each) => each.when('opened', back) ?? []);
    await vi.waitFor(() => expect(opened()).toHaveLength(4), { timeout: 5_000 });
    const again = Math.min(...opened());
    await sleep(again + 1_000 - Date.now());
    provider.most = 0;
    provider.takes = 300;
    await sleep(3_000);
    expect([provider.most, provider.since(again + 1_000).length]).toEqual([1, expect.any(Number)]);
  });

  it('wait for a probe that takes long; if its process is killed, another one probes when its lease is over', async () => {
    const openedAt = await probeHangs();
    await sleep(2 * lease);
    expect(provider.since(openedAt)).toHaveLength(1);
    const [probe] = provider.since(openedAt);
    const holder = processes.find(({ name }) => name === probe!.process)!;
    holder.kill();
    const killedAt = Date.now();
    await isProbed(killedAt);
    const [next] = provider.since(killedAt);
    expect(next!.process).not.toBe(holder.name);
    expect(next!.sentAt - killedAt).toBeLessThan(lease + 300);
    provider.answer(next!, 'up');
    provider.mode = 'up';
    await vi.waitFor(() => expect(processes.filter((each) => each.when('closed', killedAt) !== undefined)).toHaveLength(3), { timeout: 5_000 });
  });
});
