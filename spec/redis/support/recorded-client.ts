import type { Redis } from 'ioredis';
import { correct, turn } from '../../../src/redis/lua/scripts';
import type { IoredisLike } from '../../../src/redis/redis-client';

/** What the server granted: when by its clock, in ms, and how many calls. */
export interface Granted {
  readonly at: number;
  readonly calls: number;
}

/** A client that notes what the server answers; a wrapper such as users write. */
export class RecordedClient implements IoredisLike {
  readonly granted: Granted[] = [];
  /** When calls ended that were counted as in flight, by the clock of the server. */
  readonly ended: Promise<number>[] = [];
  /** How many scripts were run. */
  turns = 0;
  corrections = 0;

  constructor(readonly redis: Redis) {}

  async evalsha(sha: string, keys: number, ...rest: string[]): Promise<unknown> {
    this.#note(sha);
    return this.#noted(sha, await this.redis.evalsha(sha, keys, ...rest));
  }

  async eval(text: string, keys: number, ...rest: string[]): Promise<unknown> {
    this.#note(text);
    return this.#noted(text, await this.redis.eval(text, keys, ...rest));
  }

  /** Asks for the time before a settlement is sent: by then the call has ended. */
  #note(script: string): void {
    if (script === correct.sha || script === correct.text) {
      this.ended.push(
        this.redis.time().then(([seconds, us]) => Number(seconds) * 1000 + Math.floor(Number(us) / 1000)),
      );
    }
  }

  #noted(script: string, reply: unknown): unknown {
    if (script === turn.sha || script === turn.text) {
      this.turns += 1;
      const [calls, , birth, at] = reply as [number, number, number, number];
      if (calls > 0) {
        this.granted.push({ at: Math.floor(birth / 1000) + at, calls });
      }
    } else if (script === correct.sha || script === correct.text) {
      this.corrections += 1;
    }
    return reply;
  }
}

/** The most calls that were granted within any `window` ms. */
export function mostWithin(granted: readonly Granted[], window: number): number {
  const inOrder = [...granted].sort((one, other) => one.at - other.at);
  let [first, sum, most] = [0, 0, 0];
  for (const { at, calls } of inOrder) {
    sum += calls;
    while (inOrder[first]!.at + window <= at) {
      sum -= inOrder[first]!.calls;
      first += 1;
    }
    most = Math.max(most, sum);
  }
  return most;
}

/** The most calls that were in flight at a time. */
export function mostInFlight(granted: readonly Granted[], ended: readonly number[]): number {
  const changes = [...granted.map(({ at, calls }) => ({ at, by: calls })), ...ended.map((at) => ({ at, by: -1 }))];
  let [now, most] = [0, 0];
  for (const { by } of changes.sort((one, other) => one.at - other.at || one.by - other.by)) {
    now += by;
    most = Math.max(most, now);
  }
  return most;
}
