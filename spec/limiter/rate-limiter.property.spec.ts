import { describe, expect, it } from 'vitest';
import { RateLimiter } from '../../src/limiter/rate-limiter';
import type { RateLimiterState } from '../../src/limiter/rate-limiter-config';
import { type RollingLimit as Limit, slidingWindow, tokenBucket, type Units } from '../../src/quota/limits';
import { FakeScheduler } from '../support/fake-scheduler';
import {
  type Call, type Deed, type Emphasis, type Entry, FrameTime, type Held, Player, RealLimiter, type Setting, type Step, start, type Time, Twins, textOf, traces,
} from '../support/limiter-trace';
import { fc, runs } from '../support/property';

const nothing: Deed = { do: 'nothing' };
/** Lets time pass ms by ms, so that each is looked at. */
const oneByOne = (ms: number): Step[] => Array.from({ length: ms }, () => ({ wait: 1, when: 'late' as const, deed: nothing }));
const unhurried = { maxQueue: undefined, maxWait: undefined };

function compare(one: unknown, other: unknown): void {
  if (textOf(one) !== textOf(other)) {
    expect(one).toEqual(other); // the naive limiter, or the same again, is what is expected
    expect(textOf(one)).toBe(textOf(other));
  }
}

const states = ({ world }: Player) => [world.state, world.isIdle];
const heard = ({ calls, order }: Player) => ({ calls: calls.map(({ notes }) => notes), order });

/** Plays a trace with the real limiter alone. */
function play(setting: Setting, steps: readonly Step[], look: (player: Player, step: Step) => void = () => {}): Twins['real'] {
  const player = new Player(new RealLimiter(setting), setting) as Twins['real'];
  for (const step of steps) {
    player.play(step);
    look(player, step);
  }
  return player;
}

/** What a window counts, by the plain list of what its users got, corrected and gave back. */
class ListOfGrants {
  granted = 0;
  refunded = 0;
  #entries: { readonly at: number; units: number; readonly held: Held | undefined }[] = [];

  constructor(readonly dimension: string, private readonly window: number) {}

  used(now: number): number {
    return this.#sum((at) => at + this.window > now);
  }

  expired(now: number): number {
    return this.#sum((at) => at + this.window <= now);
  }

  add(entry: Entry): void {
    if (entry.what === 'reset') {
      this.#entries = [];
      this.granted = 0;
      this.refunded = 0;
    } else if (entry.what === 'granted') {
      this.#grant(entry.at, entry.held.permit.cost[this.dimension] ?? 0, entry.held);
    } else if (entry.what === 'ended') {
      this.#correct(entry.at, entry.held, entry.actual[this.dimension] ?? 0);
    }
  }

  #grant(at: number, units: number, held?: Held): void {
    this.#entries.push({ at, units, held });
    this.granted += units;
  }

  #correct(now: number, held: Held, actual: number): void {
    const granted = this.#entries.find((entry) => entry.held === held);
    if (granted === undefined) {
      return; // forgotten by a reset
    }
    const excess = actual - granted.units;
    if (granted.at + this.window > now) {
      this.refunded -= excess;
      granted.units = actual;
    } else if (excess > 0) {
      this.#grant(now, excess);
    }
  }

  #sum(counts: (at: number) => boolean): number {
    return this.#entries.reduce((sum, { at, units }) => (counts(at) ? sum + units : sum), 0);
  }
}

const everyLimit = ({ limits }: Setting) => Object.entries(limits).flatMap(([dimension, list]) => list.map((limit, index) => ({ dimension, limit, index })));
const windowsOf = (setting: Setting) => everyLimit(setting).flatMap(({ limit, ...rest }) => (limit.kind === 'window' ? [{ limit, ...rest }] : []));

const oneWindow = { tokens: [slidingWindow({ limit: 10, window: 20 })] };

const agreements: [rule: string, Emphasis, numRuns: number][] = [
  ['L1: the order of priorities and retries, and each grant in the first ms in which it can be', { weights: { ask: 16, reset: 0 }, setting: unhurried, ask: { maxWait: undefined } }, 50],
  ['Q3, Q4: several limits in several dimensions, all or none', { weights: { end: 1, try: 6, pause: 0, sync: 0, reset: 0 }, setting: { maxConcurrent: undefined }, ask: { then: 'hold' } }, 40],
  ['Q6: corrections up and down, within the window and late, in any order', { weights: { ask: 14, end: 18, reset: 1, sync: 1 }, setting: unhurried }, 60],
  ['Q6: corrections of token buckets before and after they were full', { weights: { ask: 10, end: 14, nothing: 6 }, kinds: ['bucket'], setting: unhurried }, 40],
  ['Q6: a correction moves the head forward or back', { weights: { ask: 12, end: 14, reset: 0, sync: 0 }, kinds: ['window'], setting: { ...unhurried, limits: oneWindow, maxConcurrent: undefined }, ask: { then: 'hold' } }, 90],
  ['L3: refusals, at once and at the latest when maxWait has passed', { weights: { ask: 18, end: 3, leave: 2, pause: 2 }, setting: { maxWait: 11, maxQueue: 5 } }, 50],
  ['L3: deadlines that come together', { weights: { ask: 20, end: 4, pause: 3 }, kinds: ['window'], setting: { maxWait: 9, maxQueue: undefined, limits: oneWindow }, ask: { maxWait: undefined, then: 'hold' } }, 150],
  ['L4, C4: leaving at every stage', { weights: { ask: 12, leave: 10, end: 3 }, setting: { isHeard: true } }, 40],
  ['L7: a second bucket by what headers say', { weights: { ask: 12, end: 10, sync: 8, reset: 0 }, setting: { maxConcurrent: undefined, maxQueue: undefined } }, 60],
  ['L9: so many in flight at most, from the grant to its end', { weights: { ask: 12, end: 8 }, setting: { maxConcurrent: 2 } }, 40],
  ['pause, resume and reset', { weights: { pause: 6, resume: 3, reset: 3 } }, 40],
  ['everything', { length: 100 }, 50],
];

describe('RateLimiter and a naive limiter', { timeout: runs(60_000) }, () => {
  it.each(agreements)('agree to the ms on grants, refusals, states, isIdle and events: %s', (_, emphasis, numRuns) => {
    fc.assert(
      fc.property(traces(emphasis), ({ setting, steps }) => {
        const twins = new Twins(setting);
        const { real, naive } = twins;
        for (const step of [...steps, ...oneByOne(30)]) {
          twins.play(step);
          compare(states(real), states(naive));
        }
        compare(heard(real), heard(naive));
        if (setting.isHeard) {
          compare(real.world.events, naive.world.events);
        }
      }),
      { numRuns: runs(numRuns) },
    );
  });

  it('C3: agree also when timers fire up to 2 ms early', () => {
    fc.assert(
      fc.property(traces({ length: 40 }), fc.array(fc.nat(2), { minLength: 1, maxLength: 7 }), ({ setting, steps }, earlies) => {
        const twins = new Twins(setting, new EarlyTime(earlies));
        for (const step of [...steps, ...oneByOne(20)]) {
          twins.play(step);
          compare(states(twins.real), states(twins.naive));
        }
        compare(heard(twins.real), heard(twins.naive));
      }),
      { numRuns: runs(50) },
    );
  });

  it('the traces reach everything that there is to see', () => {
    const seen = new Map<string, number>();
    const see = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1);
    for (const { setting, steps } of fc.sample(traces({ length: 60 }), { seed: 1, numRuns: 200 })) {
      const player = play({ ...setting, isHeard: true }, steps);
      for (const event of player.world.events) {
        see(event.type);
        if (event.type === 'granted') {
          see((event as unknown as { waited: number }).waited > 0 ? 'granted after a wait' : 'granted at once');
        }
      }
      for (const { notes } of player.calls) {
        const [first = '', second = ''] = notes;
        see(first.replace(/.* (refused: [\w-]+), retry after (undefined)?.*/, '$1, $2').replace(/^\d+ /, ''));
        see(second.includes('refused') ? 'refused after a wait' : 'else');
      }
      for (const entry of player.log) {
        if (entry.what === 'ended') {
          const cost = entry.held.permit.cost.tokens ?? 0;
          const actual = entry.actual.tokens ?? 0;
          see(`${entry.at - entry.held.at > 20 ? 'late' : 'soon'}: ${actual > cost ? 'more' : actual < cost ? 'less' : 'as reserved'}`);
        }
      }
    }
    const expected = [
      'waiting', 'left', 'settled', 'paused', 'resumed', 'synced', 'granted at once', 'granted after a wait',
      'refused: cost-too-large, undefined', 'refused: queue-full, ', 'refused: wait-too-long, ', 'refused: wait-too-long, undefined', 'refused after a wait',
      'soon: more', 'soon: less', 'soon: as reserved', 'late: more', 'late: less', 'late: as reserved',
    ];
    expect(expected.filter((what) => (seen.get(what) ?? 0) < 10)).toEqual([]);
  });
});

/** setTimeout on a bad day. */
class EarlyTime implements Time {
  readonly scheduler: FakeScheduler;

  constructor(earlies: readonly number[]) {
    let timers = 0;
    this.scheduler = new FakeScheduler(
      (elapsed) => start + elapsed,
      (delay) => {
        timers += 1;
        return delay > 2 ? earlies[timers % earlies.length]! : 0;
      },
    );
  }

  get timers(): number {
    return this.scheduler.pending;
  }

  enter(ms: number): void {
    if (ms > 0) {
      this.scheduler.run(ms - 1);
      this.scheduler.elapsed += 1;
    }
  }

  ring(): void {
    this.scheduler.run(0);
  }
}

describe('RateLimiter, by what its users see', { timeout: runs(60_000) }, () => {
  it('Q1: grants nothing that exceeds a window, in any half-open interval, whatever was corrected', () => {
    fc.assert(
      fc.property(traces({ kinds: ['window'], weights: { ask: 14, end: 8 } }), ({ setting, steps }) => {
        const { log } = play(setting, [...steps, ...oneByOne(30)]);
        for (const { dimension, limit } of windowsOf(setting)) {
          const list = new ListOfGrants(dimension, limit.window);
          for (const entry of log) {
            list.add(entry);
            if (entry.what === 'granted' && list.used(entry.at) > limit.limit) {
              expect.fail(`${list.used(entry.at)} ${dimension} in the ${limit.window} ms up to ${entry.at}: ${limit.limit} are allowed`);
            }
          }
        }
      }),
      { numRuns: runs(60) },
    );
  });

  it('Q1: without corrections no interval holds more than the limit', () => {
    fc.assert(
      fc.property(traces({ kinds: ['window'], weights: { ask: 14, end: 0, reset: 0 }, ask: { then: 'hold', leavesAt: undefined }, setting: { maxConcurrent: undefined } }), ({ setting, steps }) => {
        const { held } = play(setting, [...steps, ...oneByOne(60)]);
        for (const { dimension, limit } of windowsOf(setting)) {
          const sums = held.map(({ at: from }) => unitsIn(held, dimension, from, from + limit.window));
          expect(Math.max(0, ...sums)).toBeLessThanOrEqual(limit.limit);
        }
      }),
      { numRuns: runs(60) },
    );
  });

  it('Q2: no bucket gives more than its capacity and what flowed in and came back, in any interval', () => {
    fc.assert(
      fc.property(traces({ kinds: ['bucket'], weights: { ask: 14, end: 6, reset: 0 } }), ({ setting, steps }) => {
        const { held, log } = play(setting, [...steps, ...oneByOne(30)]);
        for (const { dimension, limit } of everyLimit(setting)) {
          for (const { at: from } of held) {
            let given = 0;
            for (const entry of log.filter(({ at }) => at >= from)) {
              if (entry.what === 'granted') {
                given += entry.held.permit.cost[dimension] ?? 0;
                const { capacity, refill, interval } = limit as Extract<Limit, { kind: 'bucket' }>;
                const allowed = capacity + ((entry.at - from) * refill) / interval + 1e-6;
                if (given > allowed) {
                  expect.fail(`${given} ${dimension} from ${from} to ${entry.at}: ${allowed} are allowed`);
                }
              } else if (entry.what === 'ended') {
                given -= Math.max(0, (entry.held.permit.cost[dimension] ?? 0) - (entry.actual[dimension] ?? 0));
              }
            }
          }
        }
      }),
      { numRuns: runs(60) },
    );
  });

  it('Q6: what was granted less what came back is what is used and what has expired, in any order of cancels', () => {
    fc.assert(
      fc.property(traces({ kinds: ['window'], weights: { end: 10, leave: 4 } }), ({ setting, steps }) => {
        const windows = windowsOf(setting).map((each) => ({ ...each, list: new ListOfGrants(each.dimension, each.limit.window) }));
        let noted = 0;
        play(setting, [...steps, ...oneByOne(45)], ({ log, world }) => {
          for (const entry of log.slice(noted)) {
            for (const { list } of windows) {
              list.add(entry);
            }
          }
          noted = log.length;
          const { limits } = world.state;
          for (const { dimension, index, list } of windows) {
            const { used } = limits[dimension]![index]!;
            if (list.granted - list.refunded !== used + list.expired(world.now)) {
              expect({ granted: list.granted, refunded: list.refunded, used }).toEqual({ granted: list.granted, refunded: list.refunded, used: list.used(world.now) });
            }
          }
        });
      }),
      { numRuns: runs(60) },
    );
  });

  it('Q6: when all permits are given back at once and in any order, nothing was ever used', () => {
    const asks = fc.array(fc.record({ requests: fc.integer({ min: 0, max: 3 }), tokens: fc.integer({ min: 0, max: 5 }) }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(traces({ length: 1, kinds: ['window', 'bucket'] }), asks, fc.infiniteStream(fc.nat()), ({ setting }, costs, chances) => {
        const { limiter } = new RealLimiter({ ...setting, isHeard: false, isWatched: false });
        const held = costs.flatMap((cost) => limiter.tryAcquire(setting.limits.tokens ? cost : { requests: cost.requests }) ?? []);
        while (held.length > 0) {
          held.splice(chances.next().value! % held.length, 1)[0]!.refund();
        }
        expect([limiter.isIdle, limiter.state.inFlight]).toEqual([true, 0]);
      }),
      { numRuns: runs(60) },
    );
  });

  it('L1: nobody is granted a permit before those who stand before, retries first, whoever leaves', () => {
    fc.assert(
      fc.property(traces({ weights: { ask: 16, leave: 4 }, ask: { isTold: true } }), ({ setting, steps }) => {
        const waiting: Call[] = [];
        const away = (call: Call) => waiting.includes(call) && waiting.splice(waiting.indexOf(call), 1);
        for (const entry of play(setting, [...steps, ...oneByOne(40)]).log) {
          if (entry.what === 'waiting') {
            waiting.push(entry.call);
          } else if (entry.what === 'granted') {
            const { call } = entry.held;
            const before = waiting.slice(0, call && waiting.includes(call) ? waiting.indexOf(call) : waiting.length);
            const higher = waiting.filter(({ ask }) => call === undefined || precedes(ask, call.ask));
            const overtaken = [...higher, ...before.filter(({ ask }) => call !== undefined && !precedes(call.ask, ask))];
            if (overtaken.length > 0) {
              expect.fail(`at ${entry.at} ${textOf(call?.ask)} went before ${textOf(overtaken[0]!.ask)}`);
            }
            if (call !== undefined) {
              away(call);
            }
          } else if (entry.what === 'refused' || entry.what === 'left') {
            away(entry.call);
          }
        }
      }),
      { numRuns: runs(60) },
    );
  });

  it('L1: nobody waits at the end of any ms in which the state shows room for the first in line', () => {
    fc.assert(
      fc.property(traces({ weights: { ask: 14, sync: 0 }, ask: { isTold: true }, setting: unhurried }), ({ setting, steps }) => {
        const inMs = steps.flatMap((step) => [...oneByOne(step.wait), { ...step, wait: 0 }]);
        play(setting, [...inMs, ...oneByOne(40)], (player) => {
          player.endFrame();
          const { world, calls } = player;
          const { limits, inFlight, pausedUntil } = world.state;
          const first = calls.filter(({ isDone }) => !isDone).reduce<Call | undefined>((one, other) => (one && !precedes(other.ask, one.ask) ? one : other), undefined);
          if (first !== undefined && pausedUntil === 0 && inFlight < (setting.maxConcurrent ?? Number.POSITIVE_INFINITY)) {
            const lacking = everyLimit(setting).filter(({ dimension, index }) => (first.cost[dimension] ?? 0) > limits[dimension]![index]!.remaining);
            if (lacking.length === 0) {
              expect.fail(`${textOf(first.cost)} waits at ${world.now} although there is room: ${textOf(world.state)}`);
            }
          }
        });
      }),
      { numRuns: runs(60) },
    );
  });

  it('L3, C4: everybody gets exactly one of a permit, a refusal, or nothing after leaving', () => {
    fc.assert(
      fc.property(traces({ weights: { ask: 14, leave: 6 } }), ({ setting, steps }) => {
        const player = play(setting, steps);
        for (const step of oneByOne(100)) {
          player.play(step);
          player.world.reset();
          for (const { permit } of player.held.splice(0)) {
            permit.settle();
          }
        }
        const got = player.calls.map(({ notes, hasLeft, ask }) => {
          const ends = notes.flatMap((note) => note.match(/granted|completed|refused/) ?? []).join(' then ');
          const expected = hasLeft ? [''] : ['refused', ask.then === 'unsubscribe' ? 'granted' : 'granted then completed'];
          return expected.includes(ends) ? 'one' : ends;
        });
        expect(got.filter((each) => each !== 'one')).toEqual([]);
        expect(player.world.state.waiting).toBe(0);
      }),
      { numRuns: runs(60) },
    );
  });

  it('L3, L4: to be refused, to leave the line, to give back at once and to look costs nothing', () => {
    const costs = fc.array(fc.record({ requests: fc.integer({ min: 0, max: 13 }), tokens: fc.integer({ min: 0, max: 13 }) }), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(traces(), costs, ({ setting, steps }, costs) => {
        const quiet = { ...setting, isHeard: false, isWatched: false };
        const plain = play(quiet, steps);
        let ghosts = 0;
        const disturbed = new Player(new RealLimiter(quiet), quiet) as Twins['real'];
        const { limiter } = disturbed.world;
        for (const step of steps) {
          if (step.when === 'late') {
            disturbed.play({ ...step, deed: nothing });
            ghosts += 1;
            haunt(limiter, costs[ghosts % costs.length]!, limiter.dimensions);
            disturbed.play({ wait: 0, when: 'early', deed: step.deed });
          } else {
            disturbed.play(step);
          }
        }
        compare(heard(disturbed), heard(plain));
        compare(states(disturbed), states(plain));
      }),
      { numRuns: runs(60) },
    );
  });

  it('C9: the same trace twice gives the same states and the same events, and who listens or looks changes nothing', () => {
    fc.assert(
      fc.property(traces({ length: 80, ask: { leavesAt: undefined } }), ({ setting, steps }) => {
        const all = [...steps, ...oneByOne(20)];
        const once = () => {
          const seen: unknown[] = [];
          const player = play({ ...setting, isHeard: true, isWatched: true }, all, (each) => seen.push(states(each)));
          return [seen, heard(player), player.world.events, player.world.watched, player.order];
        };
        const first = once();
        compare(once(), first);
        compare(heard(play({ ...setting, isHeard: false, isWatched: false }, all)), first[1]);
      }),
      { numRuns: runs(40) },
    );
  });

  it('C9: the state is plain JSON without Infinity and NaN, and its numbers belong together', () => {
    fc.assert(
      fc.property(traces({ weights: { end: 10, sync: 3 }, setting: { isWatched: true } }), ({ setting, steps }) => {
        const { world } = play(setting, [...steps, ...oneByOne(20)], ({ world }) => checkState(world.state, world.now, setting));
        for (const state of world.watched) {
          checkState(state, 0, setting);
        }
        expect(JSON.parse(JSON.stringify(world.watched))).toEqual(world.watched);
      }),
      { numRuns: runs(40) },
    );
  });

  it('C9: who watches has seen the state as it is at the end of each ms, and never the same one twice', () => {
    fc.assert(
      fc.property(traces({ kinds: ['window'], setting: { isWatched: true } }), ({ setting, steps }) => {
        const whole = { ...setting, limits: Object.fromEntries(Object.entries(setting.limits).map(([dimension, list]) => [dimension, list.map(wholeMs)])) };
        const { world } = play(whole, [...steps, ...oneByOne(45)], (player) => {
          player.endFrame();
          compare(lasting((player.world as RealLimiter).watched.at(-1)!), lasting(player.world.state));
        });
        const seen = world.watched.map(textOf);
        expect(seen.filter((each, index) => each === seen[index - 1])).toEqual([]);
      }),
      { numRuns: runs(40) },
    );
  });

  it('C10: holds no timer while nobody waits or watches, and at most two while somebody does', () => {
    fc.assert(
      fc.property(traces({ weights: { ask: 12, leave: 8 }, setting: { isWatched: false } }), ({ setting, steps }) => {
        play(setting, [...steps, ...oneByOne(20)], (player) => {
          player.endFrame();
          const { timers, state } = player.world as RealLimiter;
          if (timers > (state.waiting === 0 ? 0 : 2)) {
            expect({ timers, waiting: state.waiting }).toEqual({ timers: 0, waiting: state.waiting });
          }
        });
      }),
      { numRuns: runs(50) },
    );
  });
});

/** Asks, and is gone again in the same moment. */
function haunt(limiter: RateLimiter<string>, cost: Units, dimensions: readonly string[]): void {
  const known = Object.fromEntries(Object.entries(cost).filter(([dimension]) => dimension === 'requests' || dimensions.includes(dimension)));
  limiter.acquire(known, { priority: -1 }).subscribe({ next: (permit) => permit.refund(), error: () => {} }).unsubscribe();
  if (dimensions.length > 0) {
    limiter.acquire({ requests: 1e6 }, { priority: -2 }).subscribe({ next: (permit) => permit.refund(), error: () => {} });
  }
  limiter.tryAcquire(known)?.refund();
  limiter.pause(0);
  expect(limiter.isIdle && limiter.state.inFlight > 0).toBe(false);
}

function precedes(one: Call['ask'], other: Call['ask']): boolean {
  return one.priority > other.priority || (one.priority === other.priority && one.retry && !other.retry);
}

function unitsIn(held: readonly Held[], dimension: string, from: number, to: number): number {
  return held.reduce((sum, { at, permit }) => (at >= from && at < to ? sum + (permit.cost[dimension] ?? 0) : sum), 0);
}

const wholeMs = (limit: Limit): Limit => (limit.kind === 'window' ? slidingWindow({ limit: limit.limit, window: Math.ceil(limit.window) }) : limit);

/** Without the time at which an unused limit is free, which is always now. */
function lasting(state: RateLimiterState): unknown {
  return { ...state, limits: Object.values(state.limits).map((list) => list.map(({ resetAt, used, ...rest }) => ({ used, ...rest, resetAt: used === 0 ? 0 : resetAt }))) };
}

function checkState(state: RateLimiterState, now: number, { maxConcurrent = Number.POSITIVE_INFINITY, maxQueue = Number.POSITIVE_INFINITY }: Setting): void {
  const limits = Object.values(state.limits).flat();
  const numbers = [state.inFlight, state.waiting, state.pausedUntil, ...limits.flatMap(({ limit, used, remaining, resetAt, window = 0 }) => [limit, used, remaining, resetAt, window])];
  const isPlain = numbers.every(Number.isFinite) && JSON.stringify(JSON.parse(JSON.stringify(state))) === JSON.stringify(state);
  const isSound =
    state.inFlight >= 0 && state.inFlight <= maxConcurrent && state.waiting >= 0 && state.waiting <= maxQueue && (state.pausedUntil === 0 || state.pausedUntil > now) &&
    limits.every(({ limit, used, remaining, resetAt }) => used >= 0 && Math.abs(limit - used - remaining) < 1e-5 && resetAt! >= now && (used > 0 || now === 0 || resetAt === now));
  if (!isPlain || !isSound) {
    expect.fail(`at ${now}: ${String(JSON.stringify(state))} ${numbers}`);
  }
}

describe('RateLimiter, when the wall clock steps', { timeout: runs(60_000) }, () => {
  /** A cost that is asked for, or a step of the clock, some ms after what was before. */
  type Happening = { readonly wait: number; readonly units: number } | { readonly wait: number; readonly jump: number };
  const wait = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 12 }));
  const ask = fc.record({ wait, units: fc.integer({ min: 0, max: 5 }) });
  const back = fc.record({ wait, jump: fc.oneof(fc.integer({ min: -60, max: -1 }), fc.constant(-1e9)) });
  const forth = fc.record({ wait, jump: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.constant(1e9)) });
  const limit: fc.Arbitrary<Limit> = fc.oneof(
    fc.record({ limit: fc.integer({ min: 5, max: 9 }), window: fc.integer({ min: 5, max: 40 }) }).map(slidingWindow),
    fc.record({ capacity: fc.integer({ min: 5, max: 9 }), refill: fc.integer({ min: 1, max: 4 }), interval: fc.integer({ min: 2, max: 10 }) }).map(tokenBucket),
  );
  const limits = fc.array(limit, { minLength: 1, maxLength: 3 });
  const asks = fc.array(ask, { maxLength: 30, size: 'max' });
  const periodOf = (each: Limit) => (each.kind === 'window' ? each.window : (each.capacity / each.refill) * each.interval);

  /** When each call was granted, in ms that have really passed. */
  function grants(limits: Limit[], happenings: readonly Happening[]): { readonly at: number; readonly units: number }[] {
    const time = new FrameTime();
    const limiter = new RateLimiter({ limits, scheduler: time });
    const granted: { at: number; units: number }[] = [];
    for (const happening of happenings) {
      time.enter(happening.wait);
      time.ring();
      if ('jump' in happening) {
        time.offset += happening.jump;
      } else {
        const index = granted.push({ at: Number.NaN, units: happening.units }) - 1;
        limiter.acquire(happening.units).subscribe((permit) => {
          granted[index]!.at = time.frame;
          permit.settle();
        });
      }
    }
    time.enter(10_000);
    expect([limiter.state.waiting, limiter.state.inFlight, time.timers]).toEqual([0, 0, 0]);
    return granted;
  }

  /** The same without the steps. */
  const steady = (happenings: readonly Happening[]) => happenings.map((each) => ('jump' in each ? { ...each, jump: 0 } : each));

  const inserted = (others: fc.Arbitrary<Happening>, most: number) =>
    fc.tuple(asks, fc.array(fc.tuple(fc.nat(), others), { minLength: 1, maxLength: most })).map(([before, steps]): Happening[] => {
      const all: Happening[] = [...before];
      for (const [place, step] of steps) {
        all.splice(place % (all.length + 1), 0, step);
      }
      return all;
    });

  it.each([1, 4])('C7: backwards, up to %i times: nobody waits longer than one window beyond what was due', (most) => {
    fc.assert(
      fc.property(limits, inserted(back, most), (limits, happenings) => {
        const due = grants(limits, steady(happenings));
        const steps = happenings.filter((each) => 'jump' in each).length;
        const longest = Math.ceil(Math.max(...limits.map(periodOf)));
        grants(limits, happenings).forEach(({ at }, index) => {
          if (!(at <= due[index]!.at + longest + 2 * steps)) { // a step of up to 2 ms looks like a timer that fires early
            expect.fail(`call ${index} was due at ${due[index]!.at} and granted at ${at}: ${longest} ms more are allowed`);
          }
        });
      }),
      { numRuns: runs(100) },
    );
  });

  it.each<[string, number, fc.Arbitrary<Happening>]>([['forwards', 1, forth], ['forwards', 4, forth], ['either way', 1, fc.oneof(back, forth)], ['either way', 4, fc.oneof(back, forth)]])(
    'C7: %s, up to %i times: no limit is exceeded by more than one window for each step',
    (_, most, jumps) => {
      fc.assert(
        fc.property(limits, inserted(jumps, most), (limits, happenings) => {
          const granted = grants(limits, happenings).sort((one, other) => one.at - other.at);
          const steps = happenings.filter((each) => 'jump' in each).length;
          for (const limit of limits) {
            for (const [first, { at: from }] of granted.entries()) {
              let sum = 0;
              for (const { at, units } of granted.slice(first)) {
                sum += units;
                const once = limit.kind === 'window' ? (at < from + limit.window ? limit.limit : Number.POSITIVE_INFINITY) : limit.capacity;
                const flowed = limit.kind === 'window' ? 0 : ((at - from) * limit.refill) / limit.interval;
                if (sum > once * (1 + steps) + flowed + 1e-6) {
                  expect.fail(`${sum} from ${from} to ${at}`);
                }
              }
            }
          }
        }),
        { numRuns: runs(100) },
      );
    },
  );

  it('C7: a step backwards while nobody waits or asks is not noticed', () => {
    fc.assert(
      fc.property(limits, asks, fc.integer({ min: 1, max: 1e9 }), (limits, happenings, ms) => {
        const before: Happening[] = [{ wait: 0, units: 0 }, { wait: 0, jump: -ms }];
        expect(grants(limits, [...before, ...happenings])).toEqual(grants(limits, [...steady(before), ...happenings]));
      }),
      { numRuns: runs(50) },
    );
  });
});
