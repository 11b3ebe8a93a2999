import type { Spending } from '../budget/spending';
import type { Ending, Guard } from '../internal/operate';
import type { PermitUse } from '../limiter/permit-use';
import { mergeUsage, type Usage } from '../provider';
import type { Units } from '../quota/limits';
import type { Call } from './call';

/** The guards of one attempt in one: what `circuitBreak`, `tokenBudget` and `rateLimit` do. */
export class CallGuard<T> implements Guard<T> {
  #usage: Usage | undefined;

  constructor(
    private readonly call: Call<T>,
    private readonly admission: Guard<T> | undefined,
    private readonly spending: Spending | undefined,
    private readonly permit: PermitUse | undefined,
  ) {}

  value(value: T): Error | undefined {
    const verdict = this.#count(value);
    this.admission?.value?.(value); // last, for whoever hears of a success may end the call
    return verdict;
  }

  #count(value: T): Error | undefined {
    if (this.spending === undefined && this.permit === undefined) {
      return undefined;
    }
    const { spending, permit } = this;
    spending?.received();
    permit?.delivered(); // a value has come, even if a callback of the user's throws over it
    const { reader } = this.call.plan;
    const usage = reader.reported(value);
    if (usage !== undefined && permit !== undefined) {
      this.#tellPermit(usage, permit);
    }
    return spending?.delivered(usage, reader.counted(value), reader.isFinal(value));
  }

  /** Every guard hears of the end, also when a callback of the user's throws in one of them. */
  end(ending: Ending, error?: unknown): void {
    this.call.settles();
    try {
      this.#settle(ending, error);
    } finally {
      this.call.hasSettled();
    }
  }

  /** Whom the breaker lets through finds the budget settled, and whom the limiter grants a permit, the breaker told. */
  #settle(ending: Ending, error: unknown): void {
    try {
      this.spending?.end(ending);
    } finally {
      try {
        this.admission?.end(ending, error);
      } finally {
        this.permit?.end(ending, error);
      }
    }
  }

  #tellPermit(usage: number | Usage, permit: PermitUse): void {
    if (typeof usage === 'number') {
      permit.delivered({ tokens: usage }, true);
    } else {
      this.#usage = mergeUsage(this.#usage, usage);
      permit.delivered(unitsOfUsage(this.#usage), this.#usage.final);
    }
  }
}

/** A usage in the dimensions of a limiter. */
function unitsOfUsage({ input, output, total }: Usage): Units {
  const all = total ?? (input === undefined && output === undefined ? undefined : (input ?? 0) + (output ?? 0));
  return {
    ...(all === undefined ? {} : { tokens: all }),
    ...(input === undefined ? {} : { inputTokens: input }),
    ...(output === undefined ? {} : { outputTokens: output }),
  };
}
