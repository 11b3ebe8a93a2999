import type { Ending } from '../internal/operate';
import { checkAmount, Options } from '../internal/options';
import { mergeUsage, type Usage } from '../provider';
import type { Budget, Reservation } from './budget';
import { TokenBudgetExceededError } from './token-budget-exceeded-error';

/** What a call is expected to cost, in tokens: in all, or input and output apart. */
export type TokenEstimate = number | { readonly input: number; readonly output: number };

/** What one value says of its call's cost. */
export interface SpendingReport {
  /** A number is the call's running total. */
  readonly usage: number | Usage | undefined;
  /** Tokens that this value generated, by a count of its text; fractions are summed. */
  readonly counted: number;
  /** Whether it is the last chunk of an answer: by then there is nothing left to stop. */
  readonly isFinal: boolean;
}

/** What one call makes of its reservation: follows what it costs while values pass, and settles it at the end. */
export class Spending {
  readonly #budget: Budget;
  readonly #reservation: Reservation;
  readonly #estimate: TokenEstimate;
  readonly #stopsOverrun: boolean;
  #hasDelivered = false;
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

  /** To be called for each value; returns the error with which the call must end after it, if it must. */
  delivered({ usage, counted, isFinal }: SpendingReport): TokenBudgetExceededError | undefined {
    this.#hasDelivered = true;
    this.#counted += counted;
    if (typeof usage === 'number') {
      this.#reported = usage;
    } else if (usage !== undefined) {
      this.#usage = mergeUsage(this.#usage, usage);
      if (this.#usage.final) {
        this.#reported =
          this.#usage.total ?? (this.#usage.input ?? inputOf(this.#estimate)) + (this.#usage.output ?? 0);
      }
    }
    const isOver = isFinal || this.#usage?.final === true;
    return this.#stopsOverrun && !isOver ? this.#stop() : undefined;
  }

  end(ending: Ending): void {
    if (this.#reported !== undefined) {
      this.#reservation.settle(this.#reported);
    } else if (ending === 'error' && !this.#hasDelivered) {
      this.#reservation.refund();
    } else {
      this.#reservation.settle(Math.max(this.#unreportedCost(ending), this.#usageSoFar()));
    }
  }

  /** Sets aside what the call has come to beyond its reservation; the error if there is no room for it. */
  #stop(): TokenBudgetExceededError | undefined {
    const input = typeof this.#estimate === 'number' ? 0 : this.#estimate.input;
    const total = Math.max(input + Math.ceil(this.#counted), this.#usageSoFar(), this.#reported ?? 0);
    if (this.#reservation.report(total)) {
      return undefined;
    }
    const unknown = { requested: total, remaining: 0, limit: this.#reservation.tokens, reason: 'budget' } as const;
    return this.#budget.exceeded?.(total) ?? new TokenBudgetExceededError(unknown);
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
    const output = Math.max(this.#usage.output ?? 0, Math.ceil(this.#counted));
    return (this.#usage.input ?? inputOf(this.#estimate)) + output;
  }
}

/** The tokens that an estimate comes to; throws an error that names the option and shows the value. */
export function totalOf(owner: string, name: string, estimate: TokenEstimate): number {
  if (typeof estimate === 'number') {
    return checkAmount(owner, name, estimate);
  }
  new Options(`${owner}: ${name}`, estimate, ['input', 'output'])
    .required('input', 'output')
    .amount('input')
    .amount('output');
  return estimate.input + estimate.output;
}

function inputOf(estimate: TokenEstimate): number {
  return typeof estimate === 'number' ? 0 : estimate.input;
}
