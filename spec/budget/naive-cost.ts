import type { TokenEstimate, Usage } from '../../src/index';

/** What one value says of its call's cost. */
export interface Said {
  readonly usage: number | Usage | undefined;
  readonly count: number;
  /** A chunk that ends its answer has a type by which it is known. */
  readonly type?: 'message_stop' | undefined;
}

/** A call's cost by the rules, told from the whole list of what came. */
export class NaiveCost {
  constructor(
    private readonly estimate: TokenEstimate,
    private readonly seen: readonly Said[],
  ) {}

  /**
   * Undefined for a full refund.
   *
   * @param isUnbilled Whether the error says that nothing was billed.
   */
  after(ending: 'complete' | 'error' | 'unsubscribe', isUnbilled: boolean): number | undefined {
    if (this.#final !== undefined) {
      return this.#final;
    }
    if (ending === 'error' && isUnbilled && this.seen.length === 0) {
      return undefined;
    }
    return Math.max(this.#unreported(ending), this.#reported);
  }

  get soFar(): number {
    return Math.max(this.#input + this.#counted, this.#reported, this.#final ?? 0);
  }

  get isOver(): boolean {
    return this.seen.at(-1)?.type === 'message_stop' || this.#usages.some(({ final }) => final);
  }

  get #usages(): Usage[] {
    return this.seen.flatMap(({ usage }) => (typeof usage === 'object' ? [usage] : []));
  }

  get #counted(): number {
    return Math.ceil(this.seen.reduce((sum, { count }) => sum + count, 0));
  }

  get #input(): number {
    return typeof this.estimate === 'number' ? 0 : this.estimate.input;
  }

  /** A number, or the sum of the reports as soon as one of them was final; of these the last. */
  get #final(): number | undefined {
    const index = this.seen
      .map(({ usage }, place) => typeof usage === 'number' || this.#isFinalBy(place))
      .lastIndexOf(true);
    const usage = this.seen[index]?.usage;
    if (index === -1 || typeof usage === 'number') {
      return usage as number | undefined;
    }
    const { total, input = this.#input, output = 0 } = new NaiveCost(this.estimate, this.seen.slice(0, index + 1)).#sum;
    return total ?? input + output;
  }

  /** Whether a value has a report, and that or one before it was final. */
  #isFinalBy(place: number): boolean {
    return (
      typeof this.seen[place]?.usage === 'object' &&
      new NaiveCost(this.estimate, this.seen.slice(0, place + 1)).#usages.some(({ final }) => final)
    );
  }

  /** Of each field the largest that was reported; the total grows with what can be summed, where a report has none. */
  get #sum(): Partial<Usage> {
    const [first, ...later] = this.#usages;
    let { input, output, total } = { ...first };
    for (const usage of later) {
      input = largest(input, usage.input);
      output = largest(output, usage.output);
      const summed = input === undefined || output === undefined ? undefined : input + output;
      total = largest(total, usage.total || summed) ?? usage.total;
    }
    return { input, output, total };
  }

  get #reported(): number {
    const { input = this.#input, output = 0, total = 0 } = this.#sum;
    return this.#usages.length === 0 ? 0 : Math.max(input + Math.max(output, this.#counted), total);
  }

  #unreported(ending: string): number {
    const { estimate } = this;
    if (typeof estimate === 'number') {
      return Math.max(estimate, this.#counted);
    }
    return estimate.input + (ending === 'complete' && this.#counted === 0 ? estimate.output : this.#counted);
  }
}

/** The larger of two amounts, either of which may be unknown. */
export function largest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);
}
