import { show } from '../internal/options';
import { ReplyShapeError } from './limiter-misconfigured-error';
import { sha1 } from './sha1';

/** A Lua script that the server keeps under the hash of its text. */
export class Script {
  #sha: string | undefined;

  /** @param reply What the script returns. */
  constructor(
    private readonly reply: 'number' | 'list',
    readonly text: string,
  ) {}

  /** The hash of its text. */
  get sha(): string {
    this.#sha ??= sha1(this.text);
    return this.#sha;
  }

  /** Throws unless a reply is what the script returns. Clients may give numbers as texts or big integers. */
  check(reply: unknown): void {
    const isNumber = ['number', 'bigint', 'string'].includes(typeof reply) && Number.isFinite(Number(reply));
    if (this.reply === 'list' ? !Array.isArray(reply) || reply.length < 3 : !isNumber || reply === '') {
      throw new ReplyShapeError(`A ${this.reply} was expected of the script, got ${show(reply)}`);
    }
  }
}
