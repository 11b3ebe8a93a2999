import { headerReader, headersOf, type ReadHeader } from './headers';
import { answeredAt, untilReset } from './moment';
import { policiesOf, type RateLimitPolicy } from './rate-limit-policies';

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

type Dimension = 'requests' | 'tokens' | 'inputTokens' | 'outputTokens' | 'projectTokens';

/** The names of the headers that tell of one window. */
type WindowNames = { readonly [field in keyof RateLimitWindow]-?: string };

/** How the dimensions are called in header names; Mistral says `req`. */
const dimensions: readonly (readonly [Dimension, readonly WindowNames[]])[] = [
  ['requests', [...windowNames('requests'), ...windowNames('req')]],
  ['tokens', windowNames('tokens')],
  ['inputTokens', windowNames('input-tokens')],
  ['outputTokens', windowNames('output-tokens')],
  ['projectTokens', windowNames('project-tokens')],
];

function windowNames(name: string): WindowNames[] {
  const namesOf = (nameOf: (field: string) => string) => ({
    limit: nameOf('limit'),
    remaining: nameOf('remaining'),
    resetMs: nameOf('reset'),
  });
  // Cerebras and Mistral say which window is meant.
  const suffixes = ['', '-second', '-minute', '-hour', '-day', '-week', '-month'];
  return [
    namesOf((field) => `anthropic-ratelimit-${name}-${field}`),
    ...suffixes.map((suffix) => namesOf((field) => `x-ratelimit-${field}-${name}${suffix}`)),
  ];
}

/**
 * What the headers of a response say of the server's limits: `x-ratelimit-*` (OpenAI, Azure, Groq, Cerebras, Mistral),
 * `anthropic-ratelimit-*`, and the IETF fields `RateLimit` and `RateLimit-Policy`.
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
  const header = headerReader(headersOf(headers) ?? headers);
  const answered = answeredAt(header, now);
  const known = dimensions.map(([dimension, names]) => {
    const windows = names.map((name) => windowOf(header, name, answered)).filter((window) => window !== undefined);
    return [dimension, tightest(windows)] as const;
  });
  return defined({
    ...Object.fromEntries(known),
    unified: unifiedOf(header, answered),
    policies: policiesOf(header('ratelimit'), header('ratelimit-policy')),
  });
}

function windowOf(header: ReadHeader, names: WindowNames, answered: number | undefined): RateLimitWindow | undefined {
  const limit = amountOf(header(names.limit));
  const remaining = amountOf(header(names.remaining));
  const resetMs = untilReset(header(names.resetMs), answered);
  const isKnown = limit !== undefined || remaining !== undefined || resetMs !== undefined;
  return isKnown ? defined({ limit, remaining, resetMs }) : undefined;
}

function tightest(windows: readonly RateLimitWindow[]): RateLimitWindow | undefined {
  const left = ({ remaining = Number.POSITIVE_INFINITY }: RateLimitWindow) => remaining;
  const wait = ({ resetMs = 0 }: RateLimitWindow) => resetMs;
  const [first, ...others] = windows;
  return others.reduce<RateLimitWindow | undefined>((a = {}, b) => {
    const isTighter = left(b) < left(a) || (left(b) === left(a) && wait(b) > wait(a));
    return isTighter ? b : a;
  }, first);
}

function unifiedOf(header: ReadHeader, answered: number | undefined): RateLimitInfo['unified'] {
  const status = header('anthropic-ratelimit-unified-status') || undefined;
  const resetMs = untilReset(header('anthropic-ratelimit-unified-reset'), answered);
  return status === undefined && resetMs === undefined ? undefined : defined({ status, resetMs });
}

/** A number of units, perhaps with commas between thousands. Negative ones stand for "unknown" and are dropped. */
function amountOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^(?:\d{1,15}|\d{1,3}(?:,\d{3}){1,4})(?:\.\d{1,15})?$/.test(text)) {
    return undefined;
  }
  return Number(text.replaceAll(',', ''));
}

/** Without the members that are undefined. */
function defined<O extends object>(object: O): O {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as O;
}
