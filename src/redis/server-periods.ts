import { periodAt } from '../quota/calendar';
import type { Limit } from '../quota/limits';
import { textOf } from './text-of';

/** When a period began, when it ends, and when the next one ends: ms by the clock of the server. */
type Ends = readonly [start: number, end: number, next: number];

/** A period that never ends: no larger number is exact. */
const allTime: Ends = [0, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];

/**
 * The periods of limits that count by the calendar, or in total. The server knows no time zones, so scripts are told of
 * the period of now and of the next one. The clock of this process may be wrong: then the server says what time it is.
 */
export class ServerPeriods {
  /** What the clock of the server is ahead of ours, as far as it was told. */
  ahead = 0;
  readonly #limits: readonly Limit[];
  #ends: readonly Ends[] = [];

  /** @param now The time of this process's scheduler. */
  constructor(
    limits: readonly Limit[],
    private readonly now: () => number,
  ) {
    this.#limits = limits.filter(({ kind }) => kind === 'calendar' || kind === 'total');
  }

  /** As arguments of scripts: three numbers for each period. */
  get args(): readonly string[] {
    if (this.#limits.length === 0) {
      return [];
    }
    const time = this.now() + this.ahead;
    if (this.#ends.length === 0 || this.#ends.some(([start, end]) => time < start || time >= end)) {
      this.#ends = this.#limits.map((limit) => endsAt(limit, time));
    }
    return this.#ends.flat().map(String);
  }

  /** Hears an error of the server; whether it was told its time: then it can be asked again at once. */
  learn(error: unknown): boolean {
    const [, time] = /^CALENDAR (\d+)$/.exec(textOf(error)) ?? [];
    if (time === undefined) {
      return false;
    }
    this.ahead = Number(time) - this.now();
    this.#ends = [];
    return true;
  }
}

function endsAt(limit: Limit, time: number): Ends {
  if (limit.kind !== 'calendar') {
    return allTime;
  }
  const { every, timeZone } = limit;
  const { start, end } = periodAt(time, every, timeZone);
  return [start, end, periodAt(end, every, timeZone).end];
}
