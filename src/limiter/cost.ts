import { checkAmount, show } from '../internal/options';
import type { Units } from '../quota/limits';

const oneRequest: Units = Object.freeze({ requests: 1 });

/** A cost as amounts by dimension: a number means requests, an omitted `requests` is 1. */
export function unitsOfCost(owner: string, cost: unknown, dimensions?: readonly string[]): Units {
  if (cost === undefined || cost === 1) {
    return oneRequest;
  }
  if (typeof cost === 'number') {
    return { requests: checkAmount(owner, 'cost', cost) };
  }
  const units = checkUnits(owner, 'cost', cost, dimensions);
  return { ...units, requests: units.requests ?? 1 };
}

/** Of a cost, the requests and what is in these dimensions. */
export function within(dimensions: readonly string[], cost: Units): Units {
  const isKnown = (dimension: string) => dimension === 'requests' || dimensions.includes(dimension);
  return Object.fromEntries(Object.entries(cost).filter(([dimension]) => isKnown(dimension)));
}

/** The amounts that are given; throws unless each is finite and at least 0, and every dimension is known. */
export function checkUnits(owner: string, name: string, units: unknown, dimensions?: readonly string[]): Units {
  if (typeof units !== 'object' || units === null) {
    throw new TypeError(`${owner}: ${name} must be amounts by dimension, such as { tokens: 100 }, got ${show(units)}`);
  }
  const given: Record<string, number> = {};
  for (const [dimension, amount] of Object.entries(units)) {
    if (amount === undefined) {
      continue;
    }
    if (dimensions !== undefined && dimension !== 'requests' && !dimensions.includes(dimension)) {
      throw new TypeError(
        `${owner}: ${name} names an unknown dimension, ${dimension}: ${show(amount)}; known are ${dimensions.join(', ')}`,
      );
    }
    given[dimension] = checkAmount(owner, `${name}.${dimension}`, amount);
  }
  return given;
}
