import { show } from '../internal/options';
import { ReplyShapeError } from './limiter-misconfigured-error';
import { sha1 } from './sha1';

/** A number, a text, or a list of numbers. */
type Part = 'number' | 'text' | 'numbers';

/** A Lua script that the server keeps under the hash of its text. */
export class Script {
  #sha: string | undefined;

  /** @param reply What the script returns: a number, or a list of these parts. */
  constructor(
    private readonly reply: 'number' | readonly Part[],
    readonly text: string,
  ) {}

  /** The hash of its text. */
  get sha(): string {
    this.#sha ??= sha1(this.text);
    return this.#sha;
  }

  /** Throws unless a reply is what the script returns. Clients may give numbers as texts or big integers. */
  check(reply: unknown): void {
    const { reply: expected } = this;
    const isRight =
      typeof expected === 'string'
        ? isPart(reply, expected)
        : Array.isArray(reply) && expected.every((part, index) => isPart(reply[index], part));
    if (!isRight) {
      const parts = Array.isArray(reply) && typeof expected !== 'string' ? ` of ${expected.join(', ')}` : '';
      const wanted = typeof expected === 'string' ? expected : `list${parts}`;
      throw new ReplyShapeError(`A ${wanted} was expected of the script, got ${show(reply)}`);
    }
  }
}

function isPart(value: unknown, part: Part): boolean {
  switch (part) {
    case 'text':
      return typeof value === 'string';
    case 'numbers':
      return Array.isArray(value) && value.every((each) => isPart(each, 'number'));
    default:
      return ['number', 'bigint', 'string'].includes(typeof value) && value !== '' && Number.isFinite(Number(value));
  }
}
