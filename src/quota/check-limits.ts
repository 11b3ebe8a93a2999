import { spans } from './calendar';
import { isBare, isLimit, isObject, type Limit, type Limits, totalOf } from './limit';
import { offsetOf } from './time-zone';

/** ms: times beyond that are no exact numbers any more, and nobody waits so long. */
const longest = 2 ** 53;

const fields = {
  window: ['kind', 'limit', 'window'],
  bucket: ['kind', 'capacity', 'refill', 'interval'],
  calendar: ['kind', 'limit', 'every', 'timeZone'],
  total: ['kind', 'limit'],
} as const;

/** Returns the limit, frozen, or throws an error that names the field and shows its value. */
export function checkLimit(owner: string, limit: unknown): Limit {
  if (!isLimit(limit)) {
    throw new TypeError(
      `${owner}: a limit is made by slidingWindow(), tokenBucket(), perSecond(), calendarWindow(), inTotal() and so on, got ${show(limit)}`,
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
    if (limit.kind !== 'calendar' || name === 'limit') {
      checkNumber(owner, name, given[name]);
    }
  }
  if (limit.kind === 'calendar') {
    checkCalendar(owner, given);
  }
  checkReturn(owner, given);
  return given;
}

function checkNumber(owner: string, name: string, value: unknown): void {
  if (typeof value !== 'number') {
    throw new TypeError(`${owner}: ${name} must be a number, got ${show(value)}`);
  }
  if (!(value > 0 && value < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`${owner}: ${name} must be a finite number above 0, got ${value}`);
  }
}

function checkCalendar(owner: string, { every, timeZone }: Record<string, unknown>): void {
  if (!(spans as readonly unknown[]).includes(every)) {
    throw new TypeError(`${owner}: every must be one of 'hour', 'day', 'week', 'month', got ${show(every)}`);
  }
  if (typeof timeZone !== 'string') {
    throw new TypeError(`${owner}: timeZone must be a string, 'UTC' or such as 'Europe/Berlin', got ${show(timeZone)}`);
  }
  try {
    offsetOf(timeZone);
  } catch {
    throw new RangeError(
      `${owner}: timeZone must be 'UTC' or a name of the IANA database such as 'Europe/Berlin', got ${show(timeZone)}`,
    );
  }
}

/** Requests and tokens are whole; a currency, or what else a policy may count, is not. */
function checkWhole(owner: string, dimension: string, limit: Limit): void {
  const total = totalOf(limit);
  if (/^requests$|tokens$/i.test(dimension) && !Number.isInteger(total)) {
    const name = limit.kind === 'bucket' ? 'capacity' : 'limit';
    throw new RangeError(`${owner}: limits.${dimension}: ${name} must be a whole number of at least 1, got ${total}`);
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

/**
 * The limits as a list for each dimension; throws for empty lists and for what is no limit.
 *
 * @param units Whether requests and tokens must be whole.
 */
export function limitsByDimension(
  owner: string,
  limits: Limits,
  units: 'whole' | 'fractions' = 'whole',
): Map<string, readonly Limit[]> {
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
    if (units === 'whole') {
      byDimension.get(dimension)!.forEach((limit) => {
        checkWhole(owner, dimension, limit);
      });
    }
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
