import { Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { hedge, perSecond, RateLimiter, ResilientClient, ResilientRouter, rateLimit } from '../../src/index';
import { VirtualTime } from '../circuit/virtual-time';

/** A provider that counts, and refuses what is above its limit. */
class Server {
  readonly begun: number[] = [];
  requests = 0;
  refused = 0;
  isDown = false;
  open = 0;

  constructor(private readonly time: VirtualTime, private readonly limit: number, private readonly latency: () => number, private readonly status = 200) {}

  readonly ask = () => new Observable<string>((subscriber) => {
    const now = this.time.frame;
    this.requests += 1;
    const recent = this.begun.filter((at) => at > now - 1_000).length;
    const status = this.isDown ? 503 : this.status !== 200 ? this.status : recent >= this.limit ? 429 : 200;
    this.refused += status === 429 ? 1 : 0;
    if (status === 200) { this.begun.push(now); }
    this.open += 1;
    subscriber.add(() => { this.open -= 1; });
    subscriber.add(this.time.schedule(() => {
      if (status === 200) { subscriber.next('answer'); subscriber.complete(); } else { subscriber.error({ status }); }
    }, status === 200 ? this.latency() : 20));
  });

  between(from: number, to: number): number {
    return this.begun.filter((at) => at >= from && at < to).length;
  }
}

/** The same numbers each time: a linear congruential generator. */
function dice(): () => number {
  let seed = 1;
  return () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
}

describe('traffic over three providers of 10, 5 and 2 requests a second, and one whose key is wrong', () => {
  const time = new VirtualTime();
  const servers = { large: new Server(time, 10, () => 700), middle: new Server(time, 5, () => 1_500), small: new Server(time, 2, () => 400), locked: new Server(time, 99, () => 1, 401) };
  type Name = keyof typeof servers;
  const clientOf = (limit: number) => new ResilientClient({ rateLimit: { limits: perSecond(limit) }, circuitBreak: { recoveryTimeout: 5_000 }, scheduler: time });
  const routes = { locked: { client: clientOf(99) }, large: { client: clientOf(10) }, middle: { client: clientOf(5) }, small: { client: clientOf(2) } };
  const router = new ResilientRouter({ routes, scheduler: time });
  const outcomes: unknown[] = [];
  let asked = 0;
  /** 40 callers, each of which asks again when it is answered. */
  const again = () => {
    asked += 1;
    const heard: unknown[] = [];
    router.call((route: Name) => servers[route].ask).subscribe({
      next: (value) => heard.push(value),
      error: (error) => outcomes.push(error),
      complete: () => {
        outcomes.push(heard.join());
        if (time.frame < 180_000) { again(); }
      },
    });
  };
  time.schedule(() => { for (let count = 0; count < 40; count += 1) { again(); } }, 0);
  time.schedule(() => { servers.large.isDown = true; }, 40_000);
  time.schedule(() => { servers.large.isDown = false; }, 60_000);
  time.pass(300_000);

  it('answers every call once and right', () => {
    expect([outcomes.length, outcomes.filter((outcome) => outcome !== 'answer')]).toEqual([asked, []]);
  });

  it('has at least 90 % of what is up', () => {
    const all = (from: number, to: number) => Object.values(servers).reduce((sum, server) => sum + server.between(from, to), 0) / ((to - from) / 1_000);
    expect(all(10_000, 40_000)).toBeGreaterThan(0.9 * 17);
    expect(all(42_000, 60_000)).toBeGreaterThan(0.9 * 7);
    expect(all(70_000, 180_000)).toBeGreaterThan(0.9 * 17);
  });

  it('asks no provider above its limit, and one whose key is wrong now and then', () => {
    expect(Object.values(servers).map(({ refused }) => refused)).toEqual([0, 0, 0, 0]);
    expect(servers.locked.requests).toBeLessThan(outcomes.length / 50);
  });

  it('gives the one that came back calls within 10 s, and its share after 60 s', () => {
    expect(servers.large.between(60_000, 70_000)).toBeGreaterThan(20);
    expect(servers.large.between(120_000, 180_000)).toBeGreaterThan(0.9 * 10 * 60);
  });
});

describe('the tail of a server whose 5 % slowest answers take ten times as long', () => {
  const played = (isHedged: boolean) => {
    const time = new VirtualTime();
    const random = dice();
    const server = new Server(time, Number.POSITIVE_INFINITY, () => Math.round((80 + 40 * random()) * (random() < 0.05 ? 10 : 1)));
    const call = isHedged ? server.ask().pipe(hedge({ after: 120, scheduler: time })) : server.ask();
    const times: number[] = [];
    const calls = 4_000;
    for (let count = 0; count < calls; count += 1) {
      time.schedule(() => {
        const start = time.frame;
        call.subscribe(() => times.push(time.frame - start));
      }, count * 25);
    }
    time.pass(calls * 25 + 5_000);
    times.sort((one, other) => one - other);
    return { times, requests: server.begun.length / calls, open: server.open, percentile99: times[Math.floor(times.length * 0.99)]! };
  };

  it('is at most half as long with a hedge at the 95th percentile, for at most 6 % more requests', () => {
    const [plain, hedged] = [played(false), played(true)];
    expect([plain.times.length, hedged.times.length, hedged.open]).toEqual([4_000, 4_000, 0]);
    expect(hedged.percentile99).toBeLessThan(plain.percentile99 / 2);
    expect(hedged.requests).toBeLessThan(1.06);
  });

  it('is inside a limit, where each hedge takes a permit of its own', () => {
    const time = new VirtualTime();
    const limiter = new RateLimiter({ limits: perSecond(1), scheduler: time });
    const server = new Server(time, 1, () => 5_000);
    server.ask().pipe(rateLimit(limiter), hedge({ after: 100, scheduler: time })).subscribe();
    time.pass(10_000);
    expect([server.begun, server.refused]).toEqual([[0, 1_000], 0]);
  });
});
