import { defer, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { CircuitOpenError, circuitBreak } from '../../src/index';
import { RedisCircuitBreaker } from '../../src/redis';
import { circuit } from '../../src/redis/lua/circuit';
import { readNews } from '../../src/redis/news';
import { fc, runs } from '../support/property';
import { serverForRuns } from './support/each-test';
import type { VirtualRedis } from './support/virtual-redis';

const nextRun = serverForRuns();

type Step =
  | { readonly do: 'begin'; readonly process: number; readonly whenOpen: 'error' | 'wait' }
  | { readonly do: 'content' | 'succeed' | 'fail' | 'leave'; readonly which: number }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'reset'; readonly process: number };

const processes = 3;
const process = fc.nat(processes - 1);
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 10, arbitrary: fc.record({ do: fc.constant('begin' as const), process, whenOpen: fc.constantFrom('error' as const, 'error' as const, 'wait' as const) }) },
    { weight: 9, arbitrary: fc.record({ do: fc.constantFrom('content' as const, 'succeed' as const, 'fail' as const, 'fail' as const, 'fail' as const, 'leave' as const), which: fc.nat(20) }) },
    { weight: 6, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(100, 200, 500, 900, 1_500) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('reset' as const), process }) },
  ),
  { minLength: 10, maxLength: 45 },
);

/** What is true for all, by the server. */
interface Truth {
  readonly epoch: string;
  readonly status: 'closed' | 'open' | 'half-open';
}

/** A call, and what its process took it for when it began. */
interface Call {
  readonly process: number;
  readonly source: Subject<string>;
  /** The epoch for which it is a probe. */
  probeOf?: string;
  hasContent: boolean;
  isOver: boolean;
  leave(): void;
}

/** Plays a trace with breakers of several processes on one key, and judges it by what the server says. */
class Play {
  readonly redis: VirtualRedis;
  readonly breakers: RedisCircuitBreaker[];
  readonly calls: Call[] = [];
  readonly wrong: string[] = [];
  truth: Truth = { epoch: '0', status: 'closed' };
  /** Since when it is not closed. */
  #brokenSince = Number.POSITIVE_INFINITY;
  readonly #key: string;

  constructor() {
    const { redis, key } = nextRun('breaker property');
    this.redis = redis;
    this.#key = key;
    const config = { key: this.#key, failureThreshold: 2, recoveryTimeout: 1_000, halfOpen: { timeout: 1_700 }, scheduler: this.redis.scheduler };
    this.breakers = Array.from({ length: processes }, () => new RedisCircuitBreaker(this.redis, config));
  }

  get now(): number {
    return this.redis.scheduler.elapsed;
  }

  /** Those whose verdict is still to come. */
  get probes(): Call[] {
    return this.calls.filter(({ probeOf, hasContent, isOver }) => probeOf === this.truth.epoch && !hasContent && !isOver);
  }

  async play(step: Step): Promise<void> {
    if (step.do === 'pass') {
      for (let ms = 0; ms < step.ms; ms += 100) {
        await this.redis.pass(100, 100);
        await this.judge({ may: this.probes.length > 0 ? ['half-open', 'open'] : [] });
      }
      return;
    }
    const before = this.probes;
    if (step.do === 'begin') {
      this.#begin(step);
    } else if (step.do === 'reset') {
      this.#brokenSince = Number.POSITIVE_INFINITY;
      this.breakers[step.process]!.reset();
    } else {
      const open = this.calls.filter(({ isOver }) => !isOver);
      const call = open[step.which % Math.max(1, open.length)];
      this.#end(call, step.do);
      await this.redis.settled();
      await this.judge({ may: this.#mayFollow(step.do, call, call !== undefined && before.includes(call)) });
      return;
    }
    await this.redis.settled();
    await this.judge({ may: step.do === 'reset' ? ['closed'] : [] });
  }

  /** Looks at what the server says now, and at whether it may have become so. */
  async judge({ may }: { readonly may: readonly Truth['status'][] }): Promise<void> {
    const reply = await this.redis.eval(circuit.text, 1, `{${this.#key}}:breaker:2`, 'look', '0', 'the judge', '0', '');
    const news = readNews(reply as unknown[], this.now, undefined);
    const status = news.status !== 'open' ? 'closed' : news.rest > 0 ? 'open' : 'half-open';
    const isNew = news.epoch !== this.truth.epoch;
    if (isNew && !may.includes(status)) {
      this.wrong.push(`${this.now}: ${this.truth.status} became ${status}`);
    }
    if (status === 'closed') {
      this.#brokenSince = Number.POSITIVE_INFINITY;
    } else if (this.truth.status === 'closed') {
      this.#brokenSince = this.now;
    }
    this.truth = { epoch: news.epoch, status };
    if (this.probes.length > 1) {
      this.wrong.push(`${this.now}: ${this.probes.length} probes`);
    }
  }

  /** What may come of the end of a call: only a probe of now closes or reopens, and only failures open. */
  #mayFollow(what: 'content' | 'succeed' | 'fail' | 'leave', call: Call | undefined, isProbe: boolean): Truth['status'][] {
    if (isProbe) {
      return what === 'fail' ? ['open'] : what === 'leave' ? [] : ['closed'];
    }
    return what === 'fail' && call !== undefined && this.truth.status === 'closed' ? ['open'] : [];
  }

  #begin({ process, whenOpen }: { readonly process: number; readonly whenOpen: 'error' | 'wait' }): void {
    const breaker = this.breakers[process]!;
    const call: Call = { process, source: new Subject(), hasContent: false, isOver: true, leave: () => subscription.unsubscribe() };
    const source = defer(() => {
      call.isOver = false;
      this.calls.push(call);
      if (breaker.state.status === 'half-open') {
        call.probeOf = this.truth.epoch;
      } else if (this.now - this.#brokenSince >= 1_000) {
        this.wrong.push(`${this.now}: process ${process} lets a call in, broken since ${this.#brokenSince}`);
      }
      return call.source;
    });
    const subscription = source.pipe(circuitBreak(breaker, { whenOpen, maxWait: 3_000 })).subscribe({
      error: (error) => {
        call.isOver = true;
        if (!(error instanceof CircuitOpenError) && error.message !== 'down') {
          this.wrong.push(`${this.now}: ${error}`);
        }
      },
      complete: () => {
        call.isOver = true;
      },
    });
  }

  #end(call: Call | undefined, what: 'content' | 'succeed' | 'fail' | 'leave'): void {
    if (call === undefined) {
      return;
    }
    if (this.probes.includes(call) && (what === 'content' || what === 'succeed')) {
      this.#brokenSince = Number.POSITIVE_INFINITY; // its process lets others in at once
    }
    call.isOver = what !== 'content';
    if (what === 'content') {
      call.hasContent = true;
      call.source.next('a');
    } else if (what === 'succeed') {
      call.source.complete();
    } else if (what === 'fail') {
      call.source.error(new Error('down'));
    } else {
      call.leave();
    }
  }

  /** Every process knows the truth when it has asked. */
  async agree(): Promise<void> {
    for (const call of this.calls.filter(({ isOver }) => !isOver)) {
      this.#end(call, 'leave');
    }
    await this.play({ do: 'pass', ms: 4_000 });
    for (const breaker of this.breakers) {
      breaker.check();
    }
    await this.redis.settled();
    await this.judge({ may: [] });
    expect(this.breakers.map(({ state }) => state.status)).toEqual(Array(processes).fill(this.truth.status));
    expect(this.wrong).toEqual([]);
  }
}

describe('RedisCircuitBreaker, judged by what the server knows', { timeout: runs(60_000) }, () => {
  it('D8, B6: one probe among all, which alone decides; a second after it opened no call begins; and all agree', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (steps) => {
        const play = new Play();
        for (const step of steps) {
          await play.play(step);
        }
        await play.agree();
      }),
      { numRuns: runs(100) },
    );
  });
});
