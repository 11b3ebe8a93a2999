import type { Redis } from 'ioredis';
import { concatMap, delay, from, noop, type Observable, of } from 'rxjs';
import { circuit } from '../../../src/redis/lua/circuit';
import * as scripts from '../../../src/redis/lua/scripts';
import type { IoredisLike } from '../../../src/redis/redis-client';
import { Script } from '../../../src/redis/script';
import { FakeScheduler } from '../../support/fake-scheduler';

const clockKey = 'the clock of the specs';
const timed = new Map(
  [...Object.values(scripts), circuit].map(({ sha, text }) => [
    sha,
    new Script([], text.replace("redis.call('TIME')", `redis.call('MGET', '${clockKey}:s', '${clockKey}:us')`)),
  ]),
);

/**
 * A real server whose scripts read the time of a virtual scheduler: the same time for the server and for everybody who
 * asks it. Time stands still until every question is answered.
 */
export class VirtualRedis implements IoredisLike {
  readonly scheduler = new FakeScheduler((elapsed) => 1_700_000_000_000 + elapsed);
  /** What the server's clock is ahead, in ms. */
  ahead = 0;
  /** How many scripts were run. */
  scripts = 0;
  /** As a client does that has lost its connection, and the answer with it. */
  sendsTwice = false;
  #open = 0;

  constructor(private readonly redis: Redis) {
    for (const { text } of timed.values()) {
      redis.script('LOAD', text).catch(noop); // else a script that is new is run after those that are asked for next
    }
  }

  async evalsha(sha: string, keys: number, ...rest: string[]): Promise<unknown> {
    this.scripts += 1;
    this.#open += 1;
    try {
      return await Promise.all([this.#run(sha, keys, rest), this.sendsTwice && this.#run(sha, keys, rest)]).then(
        ([reply]) => reply,
      );
    } finally {
      this.#open -= 1;
    }
  }

  eval(text: string, keys: number, ...rest: string[]): Promise<unknown> {
    return this.evalsha(new Script([], text).sha, keys, ...rest);
  }

  /** The names of all keys that were made for a key of a limiter or budget. */
  keys(key: string): Promise<string[]> {
    return this.redis.keys(`*{${key}}*`);
  }

  /** ms until a key is forgotten. */
  expiry(name: string): Promise<number> {
    return this.redis.pttl(name);
  }

  /** How many entries the windows of a key have in hashes. */
  async entries(key: string): Promise<number> {
    const hashes = (await this.keys(key)).filter((name) => /:\d+$/.test(name));
    return (await Promise.all(hashes.map((name) => this.redis.hlen(name)))).reduce((sum, length) => sum + length, 0);
  }

  /** As an eviction does: the state is lost, its windows are not. */
  async evict(key: string): Promise<void> {
    await this.redis.del((await this.keys(key)).filter((name) => !/:\d+$/.test(name)));
  }

  /** As FLUSHALL does, for one key. */
  async forget(key: string): Promise<void> {
    await this.redis.del(await this.keys(key));
  }

  /** A stream that emits one of these each 2 ms. */
  over<T>(values: readonly T[]): Observable<T> {
    return from(values).pipe(concatMap((value) => of(value).pipe(delay(2, this.scheduler))));
  }

  /** Waits until nothing is asked any more. */
  async settled(): Promise<void> {
    let calm = 0;
    while (calm < 2) {
      await new Promise(setImmediate);
      this.scheduler.run(0);
      calm = this.#open === 0 ? calm + 1 : 0;
    }
  }

  /** Lets ms pass, so many at a time. */
  async pass(ms: number, step = 1): Promise<void> {
    await this.settled();
    for (let passed = 0; passed < ms; passed += step) {
      this.scheduler.run(step);
      await this.settled();
    }
  }

  async #run(sha: string, keys: number, rest: string[]): Promise<unknown> {
    const script = timed.get(sha)!;
    const now = this.scheduler.now() + this.ahead;
    const time = this.redis.mset(`${clockKey}:s`, Math.floor(now / 1000), `${clockKey}:us`, (now % 1000) * 1000);
    return (await Promise.all([this.redis.evalsha(script.sha, keys, ...rest), time]))[0];
  }
}
