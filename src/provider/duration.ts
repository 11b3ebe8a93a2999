/** ms, by unit. Two characters look like the micro sign; Go takes both. */
const msPerUnit: ReadonlyMap<string, number> = new Map([
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
  ['us', 1e-3],
  ['\u00b5s', 1e-3],
  ['\u03bcs', 1e-3],
  ['ns', 1e-6],
]);

/** No duration is written longer than this. */
const longestText = 1_000;

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
  const unsigned = text.startsWith('+') ? text.slice(1) : text;
  if (unsigned === '0') {
    return 0;
  }
  const component = /(\d+(?:\.\d*)?|\.\d+)([a-z\u00b5\u03bc]+)/y;
  let total = 0;
  while (component.lastIndex < unsigned.length) {
    const [, amount, unit = ''] = component.exec(unsigned) ?? [];
    const ms = scaled(amount, msPerUnit.get(unit));
    if (ms === undefined) {
      return undefined;
    }
    total += ms;
  }
  return unsigned !== '' && total <= longestDuration ? total : undefined;
}

/** Seconds as HTTP writes them, with fractions tolerated: `120`, `0.25`. No sign, no exponent, no unit. */
export function parseSeconds(text: string): number | undefined {
  return /^\d{1,300}(?:\.\d{1,300})?$/.test(text) ? scaled(text, 1_000) : undefined;
}

/** Milliseconds, written likewise. */
export function parseMilliseconds(text: string): number | undefined {
  return /^\d{1,300}(?:\.\d{1,300})?$/.test(text) ? scaled(text, 1) : undefined;
}

/** So many units of so many ms each. Thousands are scaled in the text: `1.001 * 1000` in binary is not 1001. */
export function scaled(amount: string | undefined, unit: number | undefined): number | undefined {
  if (amount === undefined || unit === undefined) {
    return undefined;
  }
  const ms = unit % 1_000 === 0 ? Number(`${amount}e3`) * (unit / 1_000) : Number(amount) * unit;
  return Number.isFinite(ms) ? ms : undefined;
}
