import { amountOf } from './duration';
import { type Fields, fieldsOf, fieldsOfReading } from './headers';
import { answeredAt, untilReset } from './moment';
import { policiesOf, type RateLimitPolicy } from './rate-limit-policies';
import { type ErrorReading, readError } from './read-error';

/**
 * What a server says of one limit.
 *
 * @category What providers say
 */
export interface RateLimitWindow {
  /** Units allowed in the window. */
  readonly limit?: number | undefined;
  /** Units left now. Anthropic rounds tokens to thousands. */
  readonly remaining?: number | undefined;
  /** ms until the limit is reset; with OpenAI and Anthropic, until it is full again. */
  readonly resetMs?: number | undefined;
}

/**
 * What the headers of a response say of the server's limits, see {@link rateLimitOf}.
 *
 * @category What providers say
 */
export interface RateLimitInfo {
  /** How many requests. */
  readonly requests?: RateLimitWindow | undefined;
  /** How many tokens, input and output together. */
  readonly tokens?: RateLimitWindow | undefined;
  /** How many tokens of prompts. */
  readonly inputTokens?: RateLimitWindow | undefined;
  /** How many tokens of answers. */
  readonly outputTokens?: RateLimitWindow | undefined;
  /** How many tokens for the project that the key belongs to, where that has a limit of its own. */
  readonly projectTokens?: RateLimitWindow | undefined;
  /** Anthropic's limit of subscriptions, where usage of all kinds is one. */
  readonly unified?:
    | {
        /** Whether requests are allowed, in the server's words. */
        readonly status?: string | undefined;
        /** ms until the limit is reset. */
        readonly resetMs?: number | undefined;
      }
    | undefined;
  /** By name, what the IETF fields `RateLimit` and `RateLimit-Policy` say. */
  readonly policies?: { readonly [name: string]: RateLimitPolicy } | undefined;
}

/** What a group of headers with one name says. */
interface Window extends RateLimitWindow {
  readonly status?: string;
}

const field = /\b(?:limit|remaining|reset|status)\b/;

/**
 * The name of a header without its field. Cerebras and Mistral say which window is meant; Mistral says `req`. What has no
 * dimension is a hint only.
 */
const family =
  /^(?:anthropic-|x-)?ratelimit-+(?:(?:(input|output|project)-)?(tokens|req(?:uest)?s?)(?:-(?:second|minute|hour|day|week|month))?|unified)?-*$/;

/**
 * What the headers of a response say of the server's limits: `x-ratelimit-*` (OpenAI, Azure, Groq, Cerebras, Mistral),
 * `anthropic-ratelimit-*`, and the IETF fields `RateLimit` and `RateLimit-Policy`. More left than the limit is the limit.
 * Of several windows of one dimension (`-minute` and `-day`) the one with the fewest units left is reported, for it
 * binds first; among equals the one that is reset last. Values of different windows are never mixed.
 *
 * @param headers a `Headers`, a Map or a plain object, in any case; or an error that carries them.
 * @param now ms since 1970: what dates are compared with, unless there is a `date` header. Without either, a reset
 * that is a date is left out.
 * @returns only what could be read; `{}` when there is nothing. Never throws.
 * @category What providers say
 *
 * @example
 * ```ts
 * import { rateLimitOf } from 'rxjs-resilience';
 *
 * rateLimitOf({ 'x-ratelimit-remaining-tokens': '149984', 'x-ratelimit-reset-tokens': '6m0s' });
 * // { tokens: { remaining: 149_984, resetMs: 360_000 } }
 * ```
 */
export function rateLimitOf(headers: unknown, now?: number): RateLimitInfo {
  return limitsOf(readError(headers), now);
}

/** What the headers of an error that was read say, see {@link rateLimitOf}. */
export function limitsOf(reading: ErrorReading, now: number | undefined): RateLimitInfo {
  const root = reading.links[0]!;
  const info: { [dimension: string]: RateLimitWindow } = {};
  const fields = fieldsOfReading(reading) ?? (root.layers.length === 0 ? undefined : fieldsOf(root.error));
  if (fields === undefined) {
    return info;
  }
  for (const [name, window] of windowsOf(fields, now)) {
    const dimension = dimensionOf(name);
    if (dimension !== undefined && (info[dimension] === undefined || isTighter(window, info[dimension]))) {
      info[dimension] = window;
    }
  }
  const policies = policiesOf(fields);
  return policies === undefined ? info : { ...info, policies };
}

/**
 * The longest reset, in ms, of what is used up: nothing left; else less than a hundredth of the limit; else nobody says
 * how much is left.
 */
export function longestReset(fields: Fields, now: number | undefined): number | undefined {
  const longest: (number | undefined)[] = [];
  const windows = [...windowsOf(fields, now).values()];
  // Of the IETF field only what is used up: its whole grammar would double the size of this.
  for (const [, seconds] of (fields.get('ratelimit') ?? '').slice(0, 1_000).matchAll(/;r=0;t=(\d{1,9})/g)) {
    windows.push({ remaining: 0, resetMs: Number(seconds) * 1_000 });
  }
  for (const { limit = 0, remaining, resetMs, status = '' } of windows) {
    const left = remaining ?? (status === 'rejected' ? 0 : undefined);
    if (resetMs !== undefined && !status.startsWith('allowed') && !(left! > 0 && left! >= limit / 100)) {
      const rank = left === undefined ? 2 : left && 1;
      longest[rank] = Math.max(longest[rank] ?? 0, resetMs);
    }
  }
  return longest.find((ms) => ms !== undefined);
}

/** What the headers say, by what is left of their names without the field. */
function windowsOf(fields: Fields, now: number | undefined): ReadonlyMap<string, Window> {
  const answered = answeredAt(fields, now);
  const windows = new Map<string, Window>();
  for (const [header, text] of fields) {
    const name = header.replace('rate-l', 'ratel');
    const [what = ''] = field.exec(name) ?? [];
    const key = name.replace(field, '');
    const value = what === 'status' ? text : what === 'reset' ? untilReset(text, answered) : amountOf(text);
    if (what !== '' && family.test(key) && value !== undefined && value !== '') {
      windows.set(key, { ...windows.get(key), [what === 'reset' ? 'resetMs' : what]: value });
    }
  }
  for (const [key, window] of windows) {
    if (window.remaining! > window.limit!) {
      windows.set(key, { ...window, remaining: window.limit });
    }
  }
  return windows;
}

/** Which limit it is, by the name of its headers; undefined for what is a hint only. */
function dimensionOf(name: string): string | undefined {
  const [, kind, unit] = family.exec(name)!;
  if (kind) {
    return `${kind}Tokens`;
  }
  return unit ? unit.replace(/^req.*/, 'requests') : name.endsWith('d-') ? 'unified' : undefined;
}

/** Of two windows of one dimension: does the first bind before the other? */
function isTighter(a: RateLimitWindow, b: RateLimitWindow): boolean {
  const most = Number.MAX_VALUE;
  const left = (a.remaining ?? most) - (b.remaining ?? most);
  return (left || (b.resetMs ?? 0) - (a.resetMs ?? 0) || (a.limit ?? most) - (b.limit ?? most)) < 0;
}
