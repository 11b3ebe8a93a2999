import type { Usage } from '../provider';
import type { Cost, Units } from '../quota/limits';
import { checkUnits, oneRequest, within } from './cost';
import type { Limiter } from './limiter';

/**
 * What a limiter takes of a call.
 *
 * @typeParam R What the values of the call have said.
 */
export interface Taking<R> {
  /** Of what the call wants. */
  costOf(cost: Cost | undefined): Cost | undefined;
  /** What the call has used so far by its values: running totals by dimension. */
  unitsOf(reading: R): Units | undefined;
}

/** What the values of a client's call have said of its cost. */
export interface CallUsage {
  readonly usage: Usage | undefined;
  /** The last report, if it was a number. */
  readonly lastNumber: number | undefined;
  /** What a usage takes, if the call says it. */
  readonly weigh: ((usage: Usage) => Units) | undefined;
}

/** What a limiter takes of a client's calls: a request, and the dimensions that it has. Kept for calls that cost the same. */
export function takingOfCalls({ dimensions = [] }: Limiter): Taking<CallUsage> {
  let last: Cost | undefined;
  let taken = oneRequest;
  const costOf = (cost: Cost | undefined) => {
    if (cost !== last) {
      last = cost;
      taken = Object.freeze(within(dimensions, cost as Units));
    }
    return taken;
  };
  return { costOf, unitsOf };
}

function unitsOf({ usage, lastNumber, weigh }: CallUsage): Units | undefined {
  if (usage === undefined || weigh === undefined) {
    const units = unitsOfUsage(usage);
    return lastNumber === undefined ? units : { ...units, tokens: lastNumber };
  }
  return checkUnits('call', 'weigh', weigh(usage));
}

/** What a usage takes of the dimensions of a limiter, unless the call weighs it. */
function unitsOfUsage(usage: Usage | undefined): Units | undefined {
  if (usage === undefined) {
    return undefined;
  }
  const { input, output, total } = usage;
  const all = total ?? (input === undefined && output === undefined ? undefined : (input ?? 0) + (output ?? 0));
  return {
    ...(all === undefined ? {} : { tokens: all }),
    ...(input === undefined ? {} : { inputTokens: input }),
    ...(output === undefined ? {} : { outputTokens: output }),
  };
}
