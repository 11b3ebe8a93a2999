import { checkAmount, isAmount, show } from '../internal/options';
import type { Units } from '../quota/limits';

/** What a call costs of which nothing else is said. */
export const oneRequest: Units = Object.freeze({ requests: 1 });

/** A cost as amounts by dimension: a number means requests, an omitted `requests` is 1. */
export function unitsOfCost(owner: string, cost: unknown, dimensions?: readonly string[]): Units {
  if (cost === undefined || cost === 1) {
    return oneRequest;
  }
  if (typeof cost === 'number') {
    return { requests: checkAmount(owner, 'cost', cost) };
  }
  const units = checkUnits(owner, 'cost', cost, dimensions);
  units.requests ??= 1;
  return units;
}

/** Of a cost, the requests and what is in these dimensions. */
export function within(dimensions: readonly string[], cost: Units): Units {
  const known: Record<string, number> = {};
  for (const dimension in cost) {
    if (dimension === 'requests' || dimensions.includes(dimension)) {
      known[dimension] = cost[dimension]!;
    }
  }
  return known;
}

/** The amounts that are given; throws unless each is finite and at least 0, and every dimension is known. */
export function checkUnits(
  owner: string,
  name: string,
  units: unknown,
  dimensions?: readonly string[],
): Record<string, number> {
  if (typeof units !== 'object' || units === null) {
    throw new TypeError(`${owner}: ${name} must be amounts by dimension, such as { tokens: 100 }, got ${show(units)}`);
  }
  const amounts = units as Record<string, unknown>;
  const given: Record<string, number> = {}; // no spread of the units, to which adding one later would be slow
  for (const dimension of Object.keys(amounts)) {
    const amount = amounts[dimension];
    if (amount === undefined) {
      continue;
    }
    if (dimensions !== undefined && dimension !== 'requests' && !dimensions.includes(dimension)) {
      throw new TypeError(
        `${owner}: ${name} names an unknown dimension, ${dimension}: ${show(amount)}; known are ${dimensions.join(', ')}`,
      );
    }
    // The name is put together only for an error.
    given[dimension] = isAmount(amount) ? amount : checkAmount(owner, `${name}.${dimension}`, amount);
  }
  return given;
}
