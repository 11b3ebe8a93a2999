import { isBare, isLimit, isObject, type Limit, type Limits } from './limit';

/** ms: times beyond that are no exact numbers any more, and nobody waits so long. */
const longest = 2 ** 53;

const fields = {
  window: ['kind', 'limit', 'window'],
  bucket: ['kind', 'capacity', 'refill', 'interval'],
} as const;

/** Returns the limit, frozen, or throws an error that names the field and shows its value. */
export function checkLimit(owner: string, limit: unknown): Limit {
  if (!isLimit(limit)) {
    throw new TypeError(
      `${owner}: a limit is made by slidingWindow(), tokenBucket(), perSecond() and so on, got ${show(limit)}`,
    );
  }
  const known: readonly string[] = fields[limit.kind];
  const given = (Object.isFrozen(limit) ? limit : Object.freeze({ ...limit })) as Limit & Record<string, unknown>;
  for (const name of Object.keys(given)) {
    if (!known.includes(name)) {
      throw new TypeError(`${owner}: unknown option ${name}: ${show(given[name])}`);
    }
  }
  for (const name of known.slice(1)) {
    checkNumber(owner, name, given[name]);
  }
  checkReturn(owner, given);
  return given;
}

function checkNumber(owner: string, name: string, value: unknown): void {
  if (typeof value !== 'number') {
    throw new TypeError(`${owner}: ${name} must be a number, got ${show(value)}`);
  }
  const whole = name === 'limit' || name === 'capacity';
  if (!(value > 0 && value < Number.POSITIVE_INFINITY) || (whole && !Number.isInteger(value))) {
    throw new RangeError(`${owner}: ${name} must be a finite ${whole ? 'whole ' : ''}number above 0, got ${value}`);
  }
}

/** A unit that has been taken must come back some day. */
function checkReturn(owner: string, limit: Limit): void {
  if (limit.kind === 'window' && limit.window > longest) {
    throw new RangeError(`${owner}: window must be at most 2 ** 53 ms, got ${limit.window}`);
  }
  if (limit.kind === 'bucket' && limit.interval / limit.refill > longest) {
    throw new RangeError(
      `${owner}: refill must bring a unit back within 2 ** 53 ms, got ${limit.refill} units every ${limit.interval} ms`,
    );
  }
}

/** The limits as a list for each dimension; throws for empty lists and for what is no limit. */
export function limitsByDimension(owner: string, limits: Limits): Map<string, readonly Limit[]> {
  const named = isBare(limits) ? { requests: limits } : limits;
  if (!isObject(named) || Object.keys(named).length === 0) {
    throw new TypeError(`${owner}: limits must hold at least one limit, got ${show(limits)}`);
  }
  const byDimension = new Map<string, readonly Limit[]>();
  for (const [dimension, value] of Object.entries(named)) {
    const list: unknown[] = Array.isArray(value) ? value : [value];
    if (dimension in Object.prototype) {
      throw new TypeError(
        `${owner}: limits.${dimension}: a dimension must not have the name of a member of Object.prototype`,
      );
    }
    if (list.length === 0) {
      throw new RangeError(`${owner}: limits.${dimension} must hold at least one limit, got []`);
    }
    byDimension.set(
      dimension,
      list.map((limit) => checkLimit(`${owner}: limits.${dimension}`, limit)),
    );
  }
  return byDimension;
}

/** A short picture of a value for an error message. */
function show(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint') {
    return shown(value);
  }
  try {
    const text: string | undefined = JSON.stringify(value, (_, each) =>
      typeof each === 'bigint' ? shown(each) : each,
    );
    return (text ?? String(value)).slice(0, 200);
  } catch {
    return Object.prototype.toString.call(value);
  }
}

function shown(value: number | bigint): string {
  return typeof value === 'bigint' ? `${value}n` : String(value);
}
