import { type SchedulerAction, Subscriber, type Subscription } from 'rxjs';
import type { Permit } from '../../src/limiter/limiter';
import type { PermitRefusedError } from '../../src/limiter/permit-refused-error';
import { RateLimiter } from '../../src/limiter/rate-limiter';
import type { RateLimiterState } from '../../src/limiter/rate-limiter-config';
import { type RollingLimit as Limit, slidingWindow, tokenBucket, type Units } from '../../src/quota/limits';
import type { ReportedLimit } from '../../src/quota/reported-limit';
import { VirtualTime } from '../circuit/virtual-time';
import { type Asker, type NaiveAsking, type NaiveConfig, NaiveLimiter, type NaivePermit } from './naive-limiter';
import { fc } from './property';

/** What the wall clock shows when a trace begins. */
export const start = 1_000;

/** What a call does in the moment in which it gets its permit. */
export type Then =
  | 'hold'
  | 'settle'
  | 'settle more'
  | 'refund'
  | 'ask again'
  | 'pause'
  | 'end another'
  | 'send one away'
  | 'unsubscribe';

export interface Ask {
  readonly do: 'ask';
  readonly cost: Units;
  readonly priority: number;
  readonly retry: boolean;
  readonly maxWait: number | undefined;
  /** Whether it gives an `onWait`. */
  readonly isTold: boolean;
  readonly then: Then;
  /** Whether it asks again when it is refused after having waited. */
  readonly insists: boolean;
  /** At which event of its own a listener makes it leave, if somebody listens. */
  readonly leavesAt: 'waiting' | 'granted' | undefined;
}

export type Deed =
  | Ask
  | { readonly do: 'try'; readonly cost: Units }
  | { readonly do: 'end'; readonly which: number; readonly how: 'settle' | 'refund' | Units }
  | { readonly do: 'leave'; readonly which: number }
  | { readonly do: 'pause'; readonly ms: number }
  | { readonly do: 'sync'; readonly info: { readonly requests?: ReportedLimit; readonly tokens?: ReportedLimit } }
  | { readonly do: 'resume' | 'reset' | 'nothing' };

export interface Step {
  /** ms since the step before. */
  readonly wait: number;
  /** Whether it happens before the timers of its ms ring, as one of them, or after they have. */
  readonly when: 'early' | 'amid' | 'late';
  readonly deed: Deed;
}

export interface Setting extends NaiveConfig {
  readonly isHeard: boolean;
  readonly isWatched: boolean;
}

/** How often each deed is done, and what is special about a kind of traces. */
export interface Emphasis {
  readonly weights?: Partial<Record<Deed['do'], number>>;
  readonly kinds?: readonly Limit['kind'][];
  readonly setting?: Partial<Setting>;
  readonly ask?: Partial<Omit<Ask, 'do'>>;
  readonly length?: number;
}

const window = fc
  .record({
    limit: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 5, max: 12 })),
    window: fc.oneof(
      { weight: 2, arbitrary: fc.integer({ min: 1, max: 9 }) },
      { weight: 6, arbitrary: fc.integer({ min: 10, max: 40 }) },
      { weight: 1, arbitrary: fc.constantFrom(2.5, 7.5) },
    ),
  })
  .map(slidingWindow);
const bucket = fc
  .record({
    capacity: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 5, max: 12 })),
    refill: fc.integer({ min: 1, max: 5 }),
    interval: fc.integer({ min: 1, max: 20 }),
  })
  .map(tokenBucket);

const cost: fc.Arbitrary<Units> = fc.record(
  {
    requests: fc.integer({ min: 0, max: 3 }),
    tokens: fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: 0, max: 4 }) },
      { weight: 3, arbitrary: fc.integer({ min: 5, max: 12 }) },
      { weight: 1, arbitrary: fc.constantFrom(0.25, 3.5) },
    ),
  },
  { requiredKeys: [] },
);

const wait = fc.oneof(
  { weight: 12, arbitrary: fc.constant(0) },
  { weight: 12, arbitrary: fc.integer({ min: 1, max: 4 }) },
  { weight: 3, arbitrary: fc.integer({ min: 5, max: 20 }) },
  { weight: 1, arbitrary: fc.integer({ min: 21, max: 60 }) },
);

const reported: fc.Arbitrary<ReportedLimit> = fc.record(
  {
    limit: fc.integer({ min: 1, max: 14 }),
    remaining: fc.option(fc.integer({ min: 0, max: 10 }), { nil: undefined, freq: 9 }),
    resetMs: fc.integer({ min: 0, max: 40 }),
  },
  { requiredKeys: ['remaining'] },
);

const usual: Record<Deed['do'], number> = {
  ask: 10,
  try: 1,
  end: 6,
  leave: 2,
  pause: 1,
  sync: 1,
  resume: 1,
  reset: 1,
  nothing: 3,
};

/** Most things that happen are usual. */
function mostly<T>(usualValue: T, ...others: T[]): fc.Arbitrary<T> {
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant(usualValue) },
    { weight: 2, arbitrary: fc.constantFrom(...others) },
  );
}

/** A limiter, and what is done with it. */
export function traces({
  weights,
  kinds = ['window', 'bucket'],
  setting = {},
  ask = {},
  length = 50,
}: Emphasis = {}): fc.Arbitrary<{
  readonly setting: Setting;
  readonly steps: readonly Step[];
}> {
  const limit: fc.Arbitrary<Limit> = fc.oneof(...kinds.map((kind) => (kind === 'window' ? window : bucket)));
  const several = (maxLength: number) => fc.array(limit, { minLength: 1, maxLength, size: 'max' });
  const maxConcurrent = fc.integer({ min: 1, max: 4 });
  const limited = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        limits: fc.record({ requests: several(2), tokens: several(3) }),
        maxConcurrent: fc.option(maxConcurrent, { nil: undefined }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        limits: fc.record({ requests: several(2) }),
        maxConcurrent: fc.option(maxConcurrent, { nil: undefined }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ limits: fc.constant({}), maxConcurrent }) },
  );
  const others = fc.record({
    maxQueue: mostly<number | undefined>(undefined, 0, 2, 4),
    maxWait: mostly<number | undefined>(undefined, 0, 9, 30),
    isHeard: fc.boolean(),
    isWatched: fc.boolean(),
  });
  const settings = fc.tuple(limited, others).map(([one, other]): Setting => {
    const all = { ...one, ...other, ...setting };
    return Object.keys(all.limits).length > 0 ? all : { ...all, maxConcurrent: all.maxConcurrent ?? 2 };
  });
  const asks = fc
    .record({
      do: fc.constant('ask' as const),
      cost,
      priority: mostly(0, 1, 2),
      retry: mostly(false, true),
      maxWait: mostly<number | undefined>(undefined, 0, 3, 7.5, 12, 40),
      isTold: fc.boolean(),
      then: mostly<Then>(
        'hold',
        'settle',
        'settle more',
        'refund',
        'ask again',
        'pause',
        'end another',
        'send one away',
        'unsubscribe',
      ),
      insists: fc.boolean(),
      leavesAt: fc.oneof(
        { weight: 12, arbitrary: fc.constant(undefined) },
        { weight: 1, arbitrary: fc.constantFrom('waiting' as const, 'granted' as const) },
      ),
    })
    .map((each): Ask => ({ ...each, ...ask }));
  const deeds: { [Kind in Deed['do']]: fc.Arbitrary<Deed> } = {
    ask: asks,
    try: fc.record({ do: fc.constant('try' as const), cost }),
    end: fc.record({
      do: fc.constant('end' as const),
      which: fc.nat(12),
      how: fc.oneof(fc.constantFrom('settle' as const, 'refund' as const), cost),
    }),
    leave: fc.record({ do: fc.constant('leave' as const), which: fc.nat(8) }),
    pause: fc.record({
      do: fc.constant('pause' as const),
      ms: fc.oneof(
        { weight: 5, arbitrary: fc.integer({ min: 0, max: 15 }) },
        { weight: 1, arbitrary: fc.constantFrom(0.25, 2.5) },
      ),
    }),
    sync: fc.record({
      do: fc.constant('sync' as const),
      info: fc.record({ requests: reported, tokens: reported }, { requiredKeys: [] }),
    }),
    resume: fc.constant({ do: 'resume' }),
    reset: fc.constant({ do: 'reset' }),
    nothing: fc.constant({ do: 'nothing' }),
  };
  const weighed = Object.entries({ ...usual, ...weights }) as [Deed['do'], number][];
  const deed = fc.oneof(
    ...weighed.filter(([, weight]) => weight > 0).map(([kind, weight]) => ({ weight, arbitrary: deeds[kind] })),
  );
  const step = fc.record({ wait, when: mostly<Step['when']>('late', 'early', 'amid'), deed });
  return fc.record({
    setting: settings,
    steps: fc.array(step, { minLength: 1, maxLength: length, size: 'max' }),
  });
}

export type Told = NaiveLimiter['events'][number];

/** Where a trace is played: with the real limiter or with the naive one. */
export interface World {
  readonly now: number;
  readonly state: RateLimiterState;
  readonly isIdle: boolean;
  readonly events: readonly Told[];
  heard: (event: Told) => void;
  acquire(
    cost: Units,
    asking: NaiveAsking & { readonly isTold: boolean },
    asker: Asker,
    cancel: (leave: () => void) => void,
  ): void;
  tryAcquire(cost: Units): NaivePermit | undefined;
  pause(ms: number): void;
  resume(): void;
  sync(info: { readonly [dimension: string]: ReportedLimit | undefined }): void;
  reset(): void;
  /** The time is so many ms later, but the timers of that ms have not rung. */
  enter(ms: number): void;
  /** Lets the timers of this ms ring. */
  ring(): void;
  /** Does something as the last one of those timers. */
  soon(work: () => void): void;
}

/** The time of a real limiter. */
export interface Time {
  readonly scheduler: NonNullable<ConstructorParameters<typeof RateLimiter>[0]['scheduler']>;
  readonly timers: number;
  enter(ms: number): void;
  ring(): void;
}

/** Virtual time, in which one may be in a ms before its timers ring. */
export class FrameTime extends VirtualTime implements Time {
  readonly scheduler = this;
  #scheduled = 0;

  constructor() {
    super();
    this.offset = start;
  }

  override schedule<T>(work: (this: SchedulerAction<T>, state?: T) => void, delay?: number, state?: T): Subscription {
    this.#scheduled += 1;
    if (this.#scheduled > 100_000) {
      throw new Error('A loop of timers');
    }
    return super.schedule(work, delay, state);
  }

  enter(ms: number): void {
    if (ms > 0) {
      const frame = this.frame + ms;
      this.maxFrames = frame - 1;
      this.flush();
      this.frame = frame;
    }
  }

  ring(): void {
    this.maxFrames = this.frame;
    this.flush();
  }
}

/** The limiter that is tested. */
export class RealLimiter implements World {
  readonly limiter: RateLimiter<string>;
  readonly events: Told[] = [];
  /** The states that a watcher saw. */
  readonly watched: RateLimiterState[] = [];
  heard: (event: Told) => void = () => {};

  constructor(
    { limits, isHeard, isWatched, ...rest }: Setting,
    private readonly time: Time = new FrameTime(),
  ) {
    const { scheduler } = time;
    this.limiter = new RateLimiter<string>({
      ...rest,
      scheduler,
      ...(Object.keys(limits).length > 0 ? { limits } : {}),
    });
    if (isHeard) {
      this.limiter.events$.subscribe(({ policy, ...event }) => {
        this.events.push(event);
        this.heard(event);
      });
    }
    if (isWatched) {
      this.limiter.state$.subscribe((state) => this.watched.push(state));
    }
  }

  get now(): number {
    return this.limiter.scheduler.now();
  }

  get state(): RateLimiterState {
    return this.limiter.state;
  }

  get isIdle(): boolean {
    return this.limiter.isIdle;
  }

  get timers(): number {
    return this.time.timers;
  }

  acquire(
    cost: Units,
    { isTold, ...options }: NaiveAsking & { readonly isTold: boolean },
    asker: Asker,
    cancel: (leave: () => void) => void,
  ): void {
    const subscriber = new Subscriber<Permit>({
      next: (permit) => asker.granted(permit),
      error: ({ reason, retryAfter }: PermitRefusedError) => asker.refused(reason, retryAfter),
      complete: () => asker.completed(),
    });
    cancel(() => subscriber.unsubscribe());
    const onWait = isTold
      ? ({ ahead, until }: { ahead: number; until: number }) => asker.waits(ahead, until)
      : undefined;
    this.limiter.acquire(cost, { ...options, onWait }).subscribe(subscriber);
  }

  tryAcquire(cost: Units): NaivePermit | undefined {
    return this.limiter.tryAcquire(cost);
  }

  pause(ms: number): void {
    this.limiter.pause(ms);
  }

  resume(): void {
    this.limiter.resume();
  }

  sync(info: { readonly [dimension: string]: ReportedLimit | undefined }): void {
    this.limiter.sync(info as Parameters<RateLimiter['sync']>[0]);
  }

  reset(): void {
    this.limiter.reset();
  }

  enter(ms: number): void {
    this.time.enter(ms);
  }

  ring(): void {
    this.time.ring();
  }

  soon(work: () => void): void {
    this.time.scheduler.schedule(work, 0);
  }
}

/** A call, and what it heard, each with its time. */
export interface Call {
  readonly ask: Ask;
  readonly cost: Units;
  readonly notes: string[];
  /** Whether it got a permit or a refusal, or left. */
  isDone: boolean;
  hasLeft: boolean;
  leave: () => void;
}

/** A permit that somebody holds, or held. */
export interface Held {
  readonly permit: NaivePermit;
  readonly at: number;
  readonly call: Call | undefined;
}

/** What happened, in order, as its users see it. */
export type Entry =
  | { readonly what: 'granted'; readonly at: number; readonly held: Held }
  | { readonly what: 'ended'; readonly at: number; readonly held: Held; readonly actual: Units }
  | { readonly what: 'waiting' | 'refused' | 'left'; readonly at: number; readonly call: Call }
  | { readonly what: 'reset'; readonly at: number };

/** Does the deeds of a trace in a world, and keeps what it hears of them. */
export class Player {
  readonly calls: Call[] = [];
  readonly held: Held[] = [];
  readonly log: Entry[] = [];
  /** In which order the calls were granted their permits. */
  readonly order: number[] = [];
  #ended = new Set<Held>();
  #dimensions: readonly string[];

  constructor(
    readonly world: World,
    setting: Setting,
  ) {
    this.#dimensions = ['requests', ...Object.keys(setting.limits)];
    if (setting.isHeard) {
      world.heard = ({ type, call }) => {
        const calling = call === undefined ? undefined : this.calls[call];
        if (calling !== undefined && calling.ask.leavesAt === type) {
          this.#leave(calling);
        }
      };
    }
  }

  play({ wait, when, deed }: Step): void {
    this.world.enter(wait);
    if (when === 'amid') {
      this.world.soon(() => this.#act(deed));
    }
    if (when !== 'early') {
      this.world.ring();
    }
    if (when !== 'amid') {
      this.#act(deed);
    }
  }

  /** Lets the ms end in which it is. */
  endFrame(): void {
    this.world.ring();
  }

  #act(deed: Deed): void {
    const { world } = this;
    switch (deed.do) {
      case 'ask':
        this.#ask(deed);
        break;
      case 'try': {
        const permit = world.tryAcquire(this.#costOf(deed.cost));
        if (permit !== undefined) {
          this.#hold(permit, undefined);
        }
        break;
      }
      case 'end':
        this.#end(this.#pick(deed.which), deed.how);
        break;
      case 'leave': {
        const waiting = this.calls.filter(({ isDone }) => !isDone);
        const call = deed.which === 0 ? this.calls.at(-1) : waiting[deed.which % (waiting.length || 1)];
        if (call !== undefined) {
          this.#leave(call);
        }
        break;
      }
      case 'pause':
        world.pause(deed.ms);
        break;
      case 'sync':
        world.sync(deed.info);
        break;
      case 'resume':
        world.resume();
        break;
      case 'reset':
        this.log.push({ what: 'reset', at: world.now });
        world.reset();
        break;
      case 'nothing':
        break;
    }
  }

  #ask(ask: Ask): void {
    const { world, calls } = this;
    const { priority, retry, maxWait, isTold } = ask;
    const since = world.now;
    const call: Call = { ask, cost: this.#costOf(ask.cost), notes: [], isDone: false, hasLeft: false, leave: () => {} };
    const id = calls.push(call) - 1;
    const note = (text: string) => call.notes.push(`${world.now} ${text}`);
    const asker: Asker = {
      waits: (ahead, until) => {
        if (isTold) {
          note(`waits behind ${ahead} until ${until}`);
        }
        this.log.push({ what: 'waiting', at: world.now, call });
      },
      granted: (permit) => {
        note('granted');
        call.isDone = true;
        this.order.push(id);
        this.#then(ask, this.#hold(permit, call));
      },
      completed: () => note('completed'),
      refused: (reason, retryAfter) => {
        note(`refused: ${reason}, retry after ${retryAfter}`);
        call.isDone = true;
        this.log.push({ what: 'refused', at: world.now, call });
        if (ask.insists && world.now > since) {
          this.#ask({ ...ask, insists: false, then: 'hold' });
        }
      },
    };
    world.acquire(call.cost, { priority, retry, maxWait, call: id, isTold }, asker, (leave) => {
      call.leave = leave;
    });
  }

  #then({ then, ...ask }: Ask, held: Held): void {
    switch (then) {
      case 'hold':
        break;
      case 'settle':
      case 'refund':
        this.#end(held, then);
        break;
      case 'settle more':
        this.#end(held, { tokens: 9 });
        break;
      case 'ask again':
        this.#ask({ ...ask, then: 'hold' });
        break;
      case 'pause':
        this.world.pause(5);
        break;
      case 'end another':
        this.#end(this.held.filter((each) => each !== held && !this.#ended.has(each)).at(-1), 'refund');
        break;
      case 'send one away': {
        const waiting = this.calls.find((call) => !call.isDone);
        if (waiting !== undefined) {
          this.#leave(waiting);
        }
        break;
      }
      case 'unsubscribe':
        held.call?.leave();
        break;
    }
  }

  /** Mostly one that has not ended; for 0 the last one, whatever became of it. */
  #pick(which: number): Held | undefined {
    const open = this.held.filter((each) => !this.#ended.has(each));
    return which === 0 ? this.held.at(-1) : open[which % (open.length || 1)];
  }

  #hold(permit: NaivePermit, call: Call | undefined): Held {
    const held = { permit, at: this.world.now, call };
    this.held.push(held);
    this.log.push({ what: 'granted', at: held.at, held });
    return held;
  }

  /** Also what has ended before, which must do nothing. */
  #end(held: Held | undefined, how: 'settle' | 'refund' | Units): void {
    if (held === undefined) {
      return;
    }
    const { permit } = held;
    const isFirst = !this.#ended.has(held);
    this.#ended.add(held);
    const nothing = Object.fromEntries(Object.keys(permit.cost).map((dimension) => [dimension, 0]));
    const actual = how === 'refund' ? nothing : how === 'settle' ? {} : this.#limitedOf(how);
    if (isFirst) {
      this.log.push({ what: 'ended', at: this.world.now, held, actual: { ...permit.cost, ...actual } });
    }
    if (how === 'refund') {
      permit.refund();
    } else if (how === 'settle') {
      permit.settle();
    } else {
      permit.settle(actual);
    }
  }

  #leave(call: Call): void {
    if (!call.isDone) {
      call.isDone = true;
      call.hasLeft = true;
      this.log.push({ what: 'left', at: this.world.now, call });
    }
    call.leave();
  }

  #limitedOf(units: Units): Units {
    return Object.fromEntries(Object.entries(units).filter(([dimension]) => this.#dimensions.includes(dimension)));
  }

  #costOf(units: Units): Units {
    const limited = this.#limitedOf(units);
    return { ...limited, requests: limited.requests ?? 1 };
  }
}

/** The same text for what is the same; amounts that are fractions are compared to four places. */
export function textOf(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => {
    if (typeof each === 'number' && !Number.isInteger(each)) {
      return Number.isFinite(each) ? Math.round(each * 1e4) / 1e4 : String(each);
    }
    return typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([one], [other]) => (one < other ? -1 : 1)))
      : each;
  });
}

/** The real limiter and the naive one, in which the same happens. */
export class Twins {
  readonly real: Player & { readonly world: RealLimiter };
  readonly naive: Player;

  constructor(setting: Setting, time: Time = new FrameTime()) {
    this.real = new Player(new RealLimiter(setting, time), setting) as Player & { readonly world: RealLimiter };
    this.naive = new Player(new NaiveLimiter(setting, start), setting);
  }

  play(step: Step): void {
    this.real.play(step);
    this.naive.play(step);
  }
}
