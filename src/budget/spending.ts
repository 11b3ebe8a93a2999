import type { Ending } from '../internal/operate';
import { checkAmount, Options, show } from '../internal/options';
import { mergeUsage, type Usage } from '../provider';
import type { Budget, Reservation } from './budget';
import { TokenBudgetExceededError } from './token-budget-exceeded-error';

/**
 * What a call is expected to cost, in tokens: in all, or input and output apart.
 *
 * @category Operators
 */
export type TokenEstimate =
  | number
  | {
      /** Tokens of the prompt. */
      readonly input: number;
      /** Tokens of the answer. */
      readonly output: number;
    };

/** What one call makes of its reservation: follows what it costs while values pass, and settles it at the end. */
export class Spending {
  readonly #budget: Budget;
  readonly #reservation: Reservation;
  readonly #estimate: TokenEstimate;
  readonly #stopsOverrun: boolean;
  #hasReceived = false;
  #counted = 0;
  #usage: Usage | undefined;
  /** The cost by the last final report, or by the last number. */
  #reported: number | undefined;

  constructor(budget: Budget, reservation: Reservation, estimate: TokenEstimate, overrun: 'allow' | 'error') {
    this.#budget = budget;
    this.#reservation = reservation;
    this.#estimate = estimate;
    this.#stopsOverrun = overrun === 'error';
  }

  /** To be called for each value before anything is read from it: from then on the call has cost something. */
  received(): void {
    this.#hasReceived = true;
  }

  /** To be called for each value; returns the error with which the call must end after it, if it must. */
  delivered(
    usage: number | Usage | undefined,
    counted: number,
    isFinal: boolean,
  ): TokenBudgetExceededError | undefined {
    if (!this.#stopsOverrun) {
      this.#learn(usage, counted);
      return undefined;
    }
    const before = this.#totalSoFar();
    this.#learn(usage, counted);
    const total = this.#totalSoFar();
    const isOver = isFinal || this.#usage?.final === true;
    // What comes after the last chunk adds nothing, and must not stop an answer that is complete.
    return !isOver && total > before ? this.#setAside(total) : undefined;
  }

  end(ending: Ending): void {
    if (this.#reported !== undefined) {
      this.#reservation.settle(this.#reported);
    } else if (ending === 'error' && !this.#hasReceived) {
      this.#reservation.refund();
    } else {
      this.#reservation.settle(Math.max(this.#unreportedCost(ending), this.#usageSoFar()));
    }
  }

  #learn(usage: number | Usage | undefined, counted: number): void {
    this.#counted += counted;
    if (typeof usage === 'number') {
      this.#reported = usage;
    } else if (usage !== undefined) {
      this.#usage = mergeUsage(this.#usage, usage);
      const { final, total, input = this.#input, output = 0 } = this.#usage;
      if (final) {
        this.#reported = total ?? input + output;
      }
    }
  }

  /** Sets aside what the call has come to beyond its reservation; the error if there is no room for it. */
  #setAside(total: number): TokenBudgetExceededError | undefined {
    if (this.#reservation.report(total)) {
      return undefined;
    }
    const unknown = { requested: total, remaining: 0, limit: this.#reservation.tokens, reason: 'budget' } as const;
    return this.#budget.exceeded?.(total) ?? new TokenBudgetExceededError(unknown);
  }

  /** What the call has come to while it still runs. */
  #totalSoFar(): number {
    return Math.max(this.#input + Math.ceil(this.#counted), this.#usageSoFar(), this.#reported ?? 0);
  }

  /** The cost of a call that never said what it costs. */
  #unreportedCost(ending: Ending): number {
    const counted = Math.ceil(this.#counted);
    if (typeof this.#estimate === 'number') {
      return Math.max(this.#estimate, counted);
    }
    const { input, output } = this.#estimate;
    return input + (counted === 0 && ending === 'complete' ? output : counted);
  }

  /** The least that a call has cost by what it said before it was cut off. */
  #usageSoFar(): number {
    if (this.#usage === undefined) {
      return 0;
    }
    const { input = this.#input, output = 0, total = 0 } = this.#usage;
    return Math.max(input + Math.max(output, Math.ceil(this.#counted)), total);
  }

  /** The estimated input, where it is known apart. */
  get #input(): number {
    return typeof this.#estimate === 'number' ? 0 : this.#estimate.input;
  }
}

/** The tokens that an estimate comes to; throws an error that names the option and shows the value. */
export function totalOf(owner: string, name: string, estimate: TokenEstimate): number {
  if (typeof estimate === 'number') {
    return checkAmount(owner, name, estimate);
  }
  if (typeof estimate !== 'object' || estimate === null) {
    throw new TypeError(`${owner}: ${name} must be a number of tokens or { input, output }, got ${show(estimate)}`);
  }
  new Options(`${owner}: ${name}`, estimate, ['input', 'output'])
    .required('input', 'output')
    .amount('input')
    .amount('output');
  return estimate.input + estimate.output;
}
