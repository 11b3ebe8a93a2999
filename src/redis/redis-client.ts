import type { Script } from './script';
import { textOf } from './text-of';

/**
 * All that the policies ask of a client: the methods of ioredis, or of an adapter with the same ones, for instance around a
 * client that speaks HTTP. Errors of the server must be passed on with their words.
 *
 * @category Redis clients
 */
export interface RedisLike {
  /** Runs a script that the server knows, by its hash. */
  evalsha(sha: string, numberOfKeys: number, ...keysAndArguments: string[]): PromiseLike<unknown>;
  /** Runs a script. */
  readonly eval: (script: string, numberOfKeys: number, ...keysAndArguments: string[]) => PromiseLike<unknown>;
}

/**
 * What the policies use of an ioredis client.
 *
 * @category Redis clients
 */
export type IoredisLike = RedisLike;

/**
 * What the policies use of a node-redis client, or of a client with the same methods.
 *
 * @category Redis clients
 */
export interface NodeRedisLike {
  /** Runs a script that the server knows, by its hash. */
  evalSha(sha: string, options: { keys: string[]; arguments: string[] }): PromiseLike<unknown>;
  /** Runs a script. */
  readonly eval: (script: string, options: { keys: string[]; arguments: string[] }) => PromiseLike<unknown>;
}

/**
 * A Redis client that the user has made and owns: of ioredis or node-redis, also of a cluster, or a wrapper with the same
 * two methods. The policies only run scripts with it; they never connect, configure or close it.
 *
 * @category Redis clients
 */
export type RedisClient = RedisLike | NodeRedisLike;

/** Runs a script with keys and arguments. Rejects if the reply is not what the script returns. */
export type RunScript = (script: Script, keys: readonly string[], args: readonly string[]) => Promise<unknown>;

/**
 * Runs scripts with this client. The first time a script is sent in full, so that it is not overtaken by later ones, then
 * as its hash, and in full again when the server does not know it any more.
 */
export function runnerOf(owner: string, client: RedisClient): RunScript {
  const send = senderOf(owner, client);
  const sent = new Set<Script>();
  const run: RunScript = async (script, keys, args) => {
    if (sent.has(script)) {
      try {
        return await send('sha', script.sha, keys, args);
      } catch (error) {
        if (!textOf(error).startsWith('NOSCRIPT')) {
          throw error;
        }
        sent.clear(); // the server knows none of the others, either
      }
    }
    sent.add(script);
    return send('text', script.text, keys, args);
  };
  return async (script, keys, args) => {
    const reply = await run(script, keys, args);
    script.check(reply);
    return reply;
  };
}

type Sender = (
  by: 'sha' | 'text',
  script: string,
  keys: readonly string[],
  args: readonly string[],
) => PromiseLike<unknown>;

function senderOf(owner: string, client: RedisClient): Sender {
  const has = (method: string) => typeof (Object(client) as Record<string, unknown>)[method] === 'function';
  if (has('evalSha') && has('eval')) {
    const nodeRedis = client as NodeRedisLike;
    return (by, script, keys, args) => {
      const options = { keys: [...keys], arguments: [...args] };
      return by === 'sha' ? nodeRedis.evalSha(script, options) : nodeRedis.eval(script, options);
    };
  }
  if (has('evalsha') && has('eval')) {
    const ioredis = client as RedisLike;
    return (by, script, keys, args) =>
      by === 'sha'
        ? ioredis.evalsha(script, keys.length, ...keys, ...args)
        : ioredis.eval(script, keys.length, ...keys, ...args);
  }
  // The client itself is not shown, because it may hold a password.
  const given = has('then') ? 'a Promise: await connect() first' : Object.prototype.toString.call(client);
  throw new TypeError(
    `${owner}: client must be an ioredis or a node-redis client, or have their evalsha or evalSha and eval; got ${given}`,
  );
}
