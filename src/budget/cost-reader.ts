import { checkAmount } from '../internal/options';
import { generatedTokens, isFinalChunk, type Usage, usageOf } from '../provider';
import type { SpendingOptions } from './spending-options';

/** Reads from the values of a call what it costs, by the user's functions or by those that know the providers' chunks. */
export class CostReader<T> {
  readonly #owner: string;
  readonly #usage: (value: T) => number | Usage | null | undefined;
  readonly #count: (value: T) => number;
  /** Undefined where nobody wants to know. */
  readonly #isFinal: ((value: T) => boolean) | undefined;

  constructor(owner: string, options: SpendingOptions<T> & { readonly isFinal?: ((value: T) => boolean) | undefined }) {
    const { usage = usageOf, count = generatedTokens, isFinal = isFinalChunk, overrun } = options;
    this.#owner = owner;
    this.#usage = usage;
    this.#count = count;
    this.#isFinal = overrun === 'error' ? isFinal : undefined;
  }

  /** What a value reports; a number is the call's running total. */
  reported(value: T): number | Usage | undefined {
    const usage = this.#usage(value);
    if (usage === undefined || usage === null) {
      return undefined; // `null` is what providers send as the usage of a chunk that has none
    }
    if (typeof usage !== 'object') {
      return checkAmount(this.#owner, 'usage', usage);
    }
    for (const field of ['input', 'output', 'total'] as const) {
      if (usage[field] !== undefined) {
        checkAmount(this.#owner, `usage.${field}`, usage[field]);
      }
    }
    return usage;
  }

  /** Tokens that a value has generated, by a count of its text; fractions are summed. */
  counted(value: T): number {
    return checkAmount(this.#owner, 'count', this.#count(value));
  }

  /** Whether it is the last chunk of an answer: by then there is nothing left to stop. */
  isFinal(value: T): boolean {
    return Boolean(this.#isFinal?.(value));
  }
}
