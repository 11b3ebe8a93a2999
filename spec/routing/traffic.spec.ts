import { Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { hedge, perSecond, RateLimiter, rateLimit } from '../../src/index';
import { VirtualScheduler } from '../../src/testing';
import { VirtualTime } from '../circuit/virtual-time';
import { type Figures, figuresOf, violationsOf } from '../soak/routes/judge';
import { Traffic, type TrafficConfig } from '../soak/routes/traffic';

/** A provider that counts, and refuses what is above its limit. */
class Server {
  readonly begun: number[] = [];
  refused = 0;
  open = 0;

  constructor(private readonly time: VirtualTime, private readonly limit: number, private readonly latency: () => number) {}

  readonly ask = () => new Observable<string>((subscriber) => {
    const now = this.time.frame;
    const isRefused = this.begun.filter((at) => at > now - 1_000).length >= this.limit;
    if (isRefused) { this.refused += 1; } else { this.begun.push(now); }
    this.open += 1;
    subscriber.add(() => { this.open -= 1; });
    subscriber.add(this.time.schedule(() => {
      if (isRefused) { subscriber.error({ status: 429 }); } else { subscriber.next('answer'); subscriber.complete(); }
    }, isRefused ? 20 : this.latency()));
  });
}

/** The same numbers each time: a linear congruential generator. */
function dice(): () => number {
  let seed = 1;
  return () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
}

/** What traffic of 150 s comes to. */
function played(config: Omit<TrafficConfig, 'scheduler'>): Figures {
  const scheduler = new VirtualScheduler();
  const traffic = new Traffic({ ...config, scheduler });
  traffic.start();
  scheduler.flush(300_000);
  return figuresOf(traffic);
}

describe('traffic over providers of 10, 5 and 2 requests a second, of which one goes away, and one whose key is wrong', () => {
  it.each([1, 2, 3, 4])('N1, N2: where nobody knows the limits, every call is answered once, with what is up, seed %i', (seed) => {
    expect(violationsOf(played({ seed }))).toEqual([]);
  });

  it('N1, N2: where the limits are known, nothing is refused', () => {
    const figures = played({ seed: 1, isKnown: true });
    expect([violationsOf(figures), figures.refused]).toEqual([[], 0]);
  });
});

describe('the tail of a server whose 5 % slowest answers take ten times as long', () => {
  const asked = (isHedged: boolean) => {
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
    const [plain, hedged] = [asked(false), asked(true)];
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
