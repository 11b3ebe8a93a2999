import { describe, expect, it } from 'vitest';
import { type Permit, RateLimiter, slidingWindow } from '../../src/index';
import { VirtualScheduler } from '../../src/testing';
import { type FairAsk, type FairSetting, type FairWorld, NaiveFair } from '../support/naive-fair';
import { fc, runs } from '../support/property';

/** The limiter that is tested. */
class RealFair implements FairWorld {
  readonly #scheduler = new VirtualScheduler();
  readonly limiter: RateLimiter<'tokens'>;

  constructor({ maxConcurrent, total, weights, ageing }: FairSetting) {
    this.limiter = new RateLimiter({
      limits: { tokens: slidingWindow({ limit: total, window: 1e9 }) },
      maxConcurrent,
      ageing,
      fair: { weight: (tenant) => weights[tenant]! },
      scheduler: this.#scheduler,
    });
  }

  get now(): number {
    return this.#scheduler.now();
  }

  get waiting(): number {
    return this.limiter.state.waiting;
  }

  get inFlight(): number {
    return this.limiter.state.inFlight;
  }

  ask({ tokens, tenant, priority, retry }: FairAsk, granted: (end: (tokens: number | undefined) => void) => void): () => void {
    const end = (permit: Permit) => (actual: number | undefined) => (actual === undefined ? permit.refund() : permit.settle({ tokens: actual }));
    const waiting = this.limiter.acquire({ tokens }, { tenant, priority, retry }).subscribe((permit) => granted(end(permit)));
    return () => waiting.unsubscribe();
  }

  pause(ms: number): void {
    this.limiter.pause(ms);
  }

  resume(): void {
    this.limiter.resume();
  }

  reset(): void {
    this.limiter.reset();
  }

  pass(ms: number): void {
    this.#scheduler.flush(this.now + ms);
  }
}

type Then = 'hold' | 'settle' | 'refund' | 'end another' | 'ask again' | 'send one away' | 'pause';

interface Ask extends FairAsk {
  readonly do: 'ask';
  readonly then: Then;
  readonly which: number;
}

type Deed =
  | Ask
  | { readonly do: 'end'; readonly which: number; readonly tokens: number | undefined }
  | { readonly do: 'leave'; readonly which: number }
  | { readonly do: 'pause' | 'pass'; readonly ms: number }
  | { readonly do: 'resume' | 'reset' };

const tenants = ['a', 'b', 'c', 'd'];
const tokens = fc.integer({ min: 1, max: 20 });
/** No two sums of costs are equal, so that nothing depends on who is first among equals. */
const costOf = (tokens: number, id: number) => tokens + ((id * Math.SQRT2) % 1) / 2;
const which = fc.nat(30);
const asks: fc.Arbitrary<Ask> = fc.record({
  do: fc.constant('ask' as const),
  tenant: fc.constantFrom(...tenants),
  priority: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: -1, max: 2 }) }),
  retry: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  tokens,
  then: fc.constantFrom<Then[]>('hold', 'hold', 'hold', 'settle', 'refund', 'end another', 'ask again', 'send one away', 'pause'),
  which,
});
const deeds: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 12, arbitrary: asks },
  { weight: 7, arbitrary: fc.record({ do: fc.constant('end' as const), which, tokens: fc.option(tokens, { nil: undefined }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('leave' as const), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('pause' as const), ms: fc.integer({ min: 1, max: 9 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 12 }) }) },
  { weight: 1, arbitrary: fc.constantFrom<Deed[]>({ do: 'resume' }, { do: 'reset' }) },
);
const settings: fc.Arbitrary<FairSetting> = fc.record({
  maxConcurrent: fc.integer({ min: 1, max: 3 }),
  total: fc.constant(1e5),
  weights: fc.record({ a: fc.constantFrom(1, 2), b: fc.constantFrom(1, 0.5), c: fc.constantFrom(1, 10), d: fc.constant(1) }),
  ageing: fc.option(fc.integer({ min: 5, max: 30 }), { nil: undefined }),
});

/** Does the deeds in a world, and keeps who was granted when. */
class Player {
  readonly log: string[] = [];
  #asked = 0;
  #waiting: { readonly id: number; readonly leave: () => void }[] = [];
  #held: { readonly id: number; readonly end: (tokens: number | undefined) => void }[] = [];

  constructor(readonly world: FairWorld) {}

  act(deed: Deed): void {
    const { world } = this;
    switch (deed.do) {
      case 'ask':
        this.#ask(deed);
        break;
      case 'end':
        this.#end(deed.which, deed.tokens);
        break;
      case 'leave':
        this.#leave(deed.which);
        break;
      case 'pause':
        world.pause(deed.ms);
        break;
      case 'pass':
        world.pass(deed.ms);
        break;
      case 'resume':
      case 'reset':
        world[deed.do]();
    }
    this.log.push(`${world.now}: ${world.waiting} wait, ${world.inFlight} in flight`);
  }

  #ask(ask: Ask): void {
    const id = this.#asked;
    this.#asked += 1;
    let isGranted = false;
    const leave = this.world.ask({ ...ask, tokens: costOf(ask.tokens, id) }, (end) => {
      isGranted = true;
      this.#waiting = this.#waiting.filter((each) => each.id !== id);
      this.log.push(`${this.world.now}: ${id} of ${ask.tenant} is granted`);
      this.#held.push({ id, end });
      this.#then(ask);
    });
    if (!isGranted) {
      this.#waiting.push({ id, leave });
    }
  }

  #then({ then, which, ...ask }: Ask): void {
    if (then === 'settle' || then === 'refund') {
      this.#end(this.#held.length - 1, then === 'settle' ? ask.tokens / 2 : undefined);
    } else if (then === 'end another') {
      this.#end(which, undefined);
    } else if (then === 'ask again') {
      this.#ask({ ...ask, tenant: tenants[which % tenants.length]!, then: 'hold', which });
    } else if (then === 'send one away') {
      this.#leave(which);
    } else if (then === 'pause') {
      this.world.pause(3);
    }
  }

  #end(which: number, tokens: number | undefined): void {
    const [held] = this.#held.splice(which % Math.max(1, this.#held.length), 1);
    held?.end(tokens);
  }

  #leave(which: number): void {
    const [waiting] = this.#waiting.splice(which % Math.max(1, this.#waiting.length), 1);
    waiting?.leave();
  }
}

describe('a fair RateLimiter and a naive one', { timeout: runs(60_000) }, () => {
  it.each<[string, number, number]>([
    ['short traces', 12, 600],
    ['long traces', 120, 150],
  ])('L11, L12: agree on who is granted when, whatever is done inside of a grant: %s', (_, length, numRuns) => {
    fc.assert(
      fc.property(settings, fc.array(deeds, { minLength: 1, maxLength: length, size: 'max' }), (setting, trace) => {
        const [real, naive] = [new RealFair(setting), new NaiveFair(setting)].map((world) => new Player(world));
        for (const deed of [...trace, { do: 'resume' as const }, { do: 'pass' as const, ms: 50 }]) {
          real!.act(deed);
          naive!.act(deed);
        }
        expect(real!.log).toEqual(naive!.log);
      }),
      { numRuns: runs(numRuns) },
    );
  });
});
