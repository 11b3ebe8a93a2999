/** The longest step by which zones differ from UTC is 14 hours: a day before and after, the one or the other offset holds. */
const day = 86_400_000;

/** What has to be added to a time to get what clocks show in a zone, as if that were UTC; both in ms. */
export type Offset = (time: number) => number;

const none: Offset = () => 0;

/** The offset of a zone: 'UTC', or a name of the IANA database. Throws a RangeError for others. */
export function offsetOf(timeZone: string): Offset {
  if (timeZone === 'UTC') {
    return none;
  }
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (time) => {
    const second = Math.floor(time / 1_000) * 1_000;
    const fields: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
    for (const { type, value } of format.formatToParts(second)) {
      fields[type] = Number(value);
    }
    const { year, month, day: date, hour, minute, second: seconds } = fields as Record<string, number>;
    return Date.UTC(year!, month! - 1, date, hour, minute, seconds) - second;
  };
}

/** The first moment at which clocks show `local` or later. A time that is skipped begins when the clock was set forward. */
export function firstMomentOf(local: number, offset: Offset): number {
  const [before, after] = [offset(local - day), offset(local + day)];
  if (before === after || local - before < changeAfter(local - day, local + day, offset)) {
    return local - before;
  }
  return Math.max(changeAfter(local - day, local + day, offset), local - after);
}

/** The first ms after `from` at which the offset is not that of `from` any more; it changes once until `to`. */
export function changeAfter(from: number, to: number, offset: Offset): number {
  const before = offset(from);
  let [low, high] = [from, to];
  while (high - low > 1) {
    const middle = low + Math.floor((high - low) / 2);
    if (offset(middle) === before) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return high;
}
