import type { Script } from './script';

/**
 * What is used of an ioredis client, or of anything that is called like one.
 *
 * @category Redis clients
 */
export interface IoredisLike {
  /** Runs a script that the server knows, by its hash. */
  evalsha(sha: string, numberOfKeys: number, ...keysAndArguments: string[]): PromiseLike<unknown>;
  /** Runs a script. */
  readonly eval: (script: string, numberOfKeys: number, ...keysAndArguments: string[]) => PromiseLike<unknown>;
}

/**
 * What is used of a node-redis client, or of anything that is called like one.
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
 * A Redis client that the user made and owns: of ioredis or node-redis, a cluster's too, or a wrapper with these two
 * methods. It is only asked to run scripts; it is never connected, configured or closed.
 *
 * @category Redis clients
 */
export type RedisClient = IoredisLike | NodeRedisLike;

/** Runs a script with keys and arguments. Rejects for a reply of another kind than the script gives. */
export type RunScript = (script: Script, keys: readonly string[], args: readonly string[]) => Promise<unknown>;

/**
 * How to run a script with this client: in full the first time, so that it is run in its turn, then by its hash; and in
 * full again when the server does not know it any more.
 */
export function runnerOf(owner: string, client: RedisClient): RunScript {
  const send = senderOf(owner, client);
  const sent = new Set<Script>();
  const inFull: RunScript = async (script, keys, args) => {
    sent.add(script);
    return send('text', script.text, keys, args);
  };
  const byHash: RunScript = async (script, keys, args) => {
    try {
      return await send('sha', script.sha, keys, args);
    } catch (error) {
      if (!String((error as Error | undefined)?.message ?? error).startsWith('NOSCRIPT')) {
        throw error;
      }
      sent.clear(); // the server knows none of the others, either
      return inFull(script, keys, args);
    }
  };
  return async (script, keys, args) => {
    const reply = await (sent.has(script) ? byHash : inFull)(script, keys, args);
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
    const ioredis = client as IoredisLike;
    return (by, script, keys, args) =>
      by === 'sha'
        ? ioredis.evalsha(script, keys.length, ...keys, ...args)
        : ioredis.eval(script, keys.length, ...keys, ...args);
  }
  // Not shown as others are: it may hold a password.
  const given = has('then') ? 'a Promise: await connect() first' : Object.prototype.toString.call(client);
  throw new TypeError(
    `${owner}: client must be an ioredis or a node-redis client, or have their evalsha or evalSha and eval; got ${given}`,
  );
}
