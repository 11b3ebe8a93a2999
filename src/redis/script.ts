import { createHash } from 'node:crypto';
import { show } from '../internal/options';

/** A Lua script that the server keeps under the hash of its text. */
export class Script {
  readonly sha: string;

  /** @param reply What the script returns. */
  constructor(
    private readonly reply: 'number' | 'list',
    readonly text: string,
  ) {
    this.sha = createHash('sha1').update(text).digest('hex');
  }

  /** Throws unless a reply is what the script returns. Clients may give numbers as texts or big integers. */
  check(reply: unknown): void {
    const isNumber = ['number', 'bigint', 'string'].includes(typeof reply) && Number.isFinite(Number(reply));
    if (this.reply === 'list' ? !Array.isArray(reply) || reply.length < 3 : !isNumber || reply === '') {
      throw new TypeError(`A ${this.reply} was expected of the script, got ${show(reply)}`);
    }
  }
}
