/** ms, by unit. Two characters look like the micro sign; Go takes both. */
const msPerUnit: { readonly [unit: string]: number } = {
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1_000,
  ms: 1,
  us: 1e-3,
  '\u00b5s': 1e-3,
  '\u03bcs': 1e-3,
  ns: 1e-6,
};

/** No duration is written longer than this. */
const longestText = 1_000;

/** Messages are read so far: a hint stands in their first sentences. */
const longestMessage = 10_000;

/** The longest duration that Go knows: 2^63 - 1 ns, some 292 years. */
const longestDuration = 9_223_372_036_854.775;

/**
 * Reads a duration as Go writes it: numbers with units, as in `1s`, `6m0s`, `2m59.56s`, `17ms`, `1h30m`.
 * Providers write their resets so. The units are `h`, `m`, `s`, `ms`, `us` (also `µs`, `μs`) and `ns`; a bare `0` is 0.
 *
 * @param text the duration; nothing may stand before or after it.
 * @returns ms, or undefined for everything else: other bare numbers, unknown units, negative durations.
 * @see https://pkg.go.dev/time#ParseDuration
 * @category What providers say
 *
 * @example
 * ```ts
 * import { parseDuration } from 'rxjs-resilience';
 *
 * parseDuration('6m0s'); // 360_000
 * parseDuration('soon'); // undefined
 * ```
 */
export function parseDuration(text: string): number | undefined {
  if (typeof text !== 'string' || text.length > longestText) {
    return undefined;
  }
  const unsigned = text.replace(/^\+/, '');
  if (unsigned === '0') {
    return 0;
  }
  const total = sumOf(/(\d+(?:\.\d*)?|\.\d+)([hmsuµμn]s?)/y, unsigned, 0);
  return total !== undefined && total <= longestDuration ? total : undefined;
}

/**
 * The duration in a sentence like "try again in 6m0s", "retry after 6 seconds", "reset after 12h34m16s" or "please wait
 * 34 seconds": ms, or undefined. Numbers without a unit are not taken for a duration.
 */
export function durationInMessage(message: string): number | undefined {
  const text = message.slice(0, longestMessage).toLowerCase();
  const phrase =
    /\b(?:(?:try again|retry(?:ing)?(?: (?:your|the) request)?|available|resets?)\s+(?:in|after)|wait(?:\s+for)?)\s+(?:(?:about|approximately|around|at least|another)\s+)?(?=\d)/g;
  while (phrase.exec(text) !== null) {
    const duration = sumOf(/(?:,?\s+|\s+and\s+)?(\d+(?:\.\d+)?)\s?([a-zµ]+)/y, text, phrase.lastIndex, true);
    if (duration !== undefined) {
      return duration;
    }
  }
  return undefined;
}

/** Seconds as HTTP writes them, with fractions tolerated: `120`, `0.25`. No sign, no exponent, no unit. */
export function parseSeconds(text: string): number | undefined {
  return parseMilliseconds(text) === undefined ? undefined : scaled(text, 1_000);
}

/** Milliseconds, written likewise. */
export function parseMilliseconds(text: string): number | undefined {
  return /^\d{1,300}(?:\.\d{1,300})?$/.test(text) ? scaled(text, 1) : undefined;
}

/** A number of units, perhaps with commas between thousands. Negative ones stand for "unknown" and are dropped. */
export function amountOf(text: string | undefined): number | undefined {
  return text !== undefined && /^(?:\d{1,15}|\d{1,3}(?:,\d{3}){1,4})(?:\.\d{1,15})?$/.test(text)
    ? Number(text.replaceAll(',', ''))
    : undefined;
}

/** The sum of the parts that stand there one after the other; in words, what follows them is of no interest. */
function sumOf(part: RegExp, text: string, start: number, isInWords = false): number | undefined {
  part.lastIndex = start;
  let total: number | undefined;
  let end = start;
  for (let found = part.exec(text); found !== null; found = part.exec(text)) {
    const ms = scaled(found[1], msPerUnit[isInWords ? shortened(found[2]!) : found[2]!]);
    if (ms === undefined) {
      break;
    }
    total = (total ?? 0) + ms;
    end = part.lastIndex;
  }
  return isInWords || end === text.length ? total : undefined;
}

/** `minutes` is `m`, and so on. */
function shortened(unit: string): string {
  return /^(?:days?|h(?:(?:ou)?rs?)?|min(?:ute)?s?|sec(?:ond)?s?)$/.test(unit)
    ? unit.charAt(0)
    : unit.replace(/^millis(?:econds?)?$/, 'ms');
}

/** So many units of so many ms each. Thousands are scaled in the text: `1.001 * 1000` in binary is not 1001. */
function scaled(amount: string | undefined, unit: number | undefined): number | undefined {
  if (amount === undefined || unit === undefined) {
    return undefined;
  }
  const ms = unit % 1_000 === 0 ? Number(`${amount}e3`) * (unit / 1_000) : Number(amount) * unit;
  return Number.isFinite(ms) ? ms : undefined;
}
