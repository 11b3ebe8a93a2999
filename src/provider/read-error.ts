import { brandOf } from './brand';
import { type ErrorClass, ownClasses } from './error-class';
import { firstOf } from './links';
import { isObject, isResponse, itemsOf, read, statusIn } from './read';

/** What one error of a chain says. */
export interface Link {
  readonly error: unknown;
  /** The name that this library gave to the error, or another copy of it. */
  readonly brand: string | undefined;
  /** The names of the error and of its classes, one a line. */
  readonly names: string;
  /** The error itself, its parsed body (`error`, `response.data`, …) and the details therein, outermost first. */
  readonly layers: readonly object[];
  /** An HTTP status, or what stands for one. */
  readonly status: number | undefined;
  /** What it says in `code`, `type` and so on, the more specific fields first; then its names. One a line. */
  readonly codes: string;
  /** What it says in words. */
  readonly texts: readonly string[];
  /** Its headers, once they were read; null if it has none. */
  fields?: ReadonlyMap<string, string> | null;
}

/** An error that was read once: classes, hints and limits are told from it. */
export interface ErrorReading {
  /** The error and what caused it (`cause`, or an `error` that it carries), nearest first. */
  readonly links: readonly Link[];
  /** The errors that these gather (`errors` of an AggregateError or a RetryError), the newest first. */
  readonly gathered: readonly ErrorReading[];
  /** Its class, once somebody has asked for it. */
  kind?: ErrorClass;
  /** What a function of the user's said of its hint, once it was asked. */
  asked?: { readonly hint: number | undefined };
}

/** So many errors of a chain are looked at: a chain may be a circle, or have no end. */
const mostLinks = 16;
const mostLayers = 64;
const deepestLayer = 10;
const mostAncestors = 8;

/** Longer texts are no error bodies; parsing them would cost more than they can tell. */
const longestBody = 100_000;
/** So far words are read: what they tell stands in their first sentences. */
const longestText = 10_000;
const longestCode = 128;

/** Where clients keep the body of an error, and bodies what they say of it. */
const wrappers = list(
  'error response data body responseBody details errorDetails message metadata raw rawResponse httpResponse $metadata $response statusDetails value violations quotaId quotaMetric quota_limit description detail',
);
/** The more specific fields first: OpenAI has `type: 'invalid_request_error'` beside many a `code`. */
const codeFields = list('error_code errorCode lc_error_code code type status reason __type');
const statusFields = list('status statusCode status_code httpStatusCode code');

/** HTTP's status for those of gRPC, from 1 on; what cannot go better has one of which that is known. */
const statusesOfGrpc = [499, 500, 400, 504, 404, 405, 403, 429, 400, 409, 400, 405, 500, 503, 500, 401];

const nothing: readonly never[] = [];

/**
 * Reads an error once, for all that is asked of it afterwards. Of one of the library's own errors nothing but the brand
 * is read. Never throws.
 */
export function readError(error: unknown, seen: unknown[] = []): ErrorReading {
  const links: Link[] = [];
  const gathered: unknown[] = [];
  let next = error;
  do {
    seen.push(next);
    const link = linkOf(next);
    links.push(link);
    if (link.layers === nothing) {
      break; // it says all by itself
    }
    gathered.push(...itemsOf(read(next, 'errors')).reverse());
    next = read(next, 'cause') ?? errorIn(next);
  } while (isNext(next, seen));
  const readings: ErrorReading[] = [];
  for (const each of gathered) {
    if (isNext(each, seen)) {
      readings.push(readError(each, seen));
    }
  }
  return { links, gathered: readings };
}

/** Whether it may tell more: what was seen already leads in a circle. */
function isNext(value: unknown, seen: readonly unknown[]): boolean {
  return seen.length < mostLinks && !seen.includes(value) && (isObject(value) || typeof value === 'string');
}

/** The error that another only carries on, as Angular's `HttpErrorResponse` and a failure in a stream of the AI SDK do. */
function errorIn(error: unknown): unknown {
  const inner = read(error, 'error');
  try {
    return inner instanceof Error ? inner : undefined;
  } catch {
    return undefined; // a proxy that refuses
  }
}

/** The HTTP status of an error that was read, or what stands for one. */
export function statusOf({ links }: ErrorReading): number | undefined {
  return firstOf(links, ({ status }) => status);
}

function linkOf(error: unknown): Link {
  const brand = brandOf(error);
  const isOwn = ownClasses.has(brand);
  const message = isOwn ? '' : messageOfPlain(error);
  if (message !== undefined) {
    const names = isOwn ? '' : (error as Error).name;
    return { error, brand, names, layers: nothing, status: undefined, codes: '', texts: [message] };
  }
  const { layers, texts } = layersOf(error);
  const names = namesOf(error);
  const words = layers.flatMap((layer) => codeFields.map((field) => read(layer, field)));
  const codes = [...words, ...names.map((name) => name.replace(/^API/i, ''))].filter(isCode);
  const status = firstOf(layers, statusAt) ?? statusOfCode(error);
  if (status === 499 && read(error, 'code') === 1) {
    codes.push('abort_err');
  }
  return { error, brand, names: names.join('\n'), layers, status, codes: codes.join('\n').toLowerCase(), texts };
}

/**
 * The message of an error of the language's own classes that says nothing but that: most are so, and there is nothing
 * more to look for.
 */
function messageOfPlain(error: unknown): string | undefined {
  try {
    const prototype = Object.getPrototypeOf(error);
    const isPlain =
      (prototype === Error.prototype || prototype === TypeError.prototype) &&
      Object.keys(error as object).length === 0 &&
      !Object.hasOwn(error as object, 'cause');
    const message = isPlain ? (error as Error).message : undefined;
    return typeof message === 'string' && !message.includes('{') ? message.slice(0, longestText) : undefined;
  } catch {
    return undefined;
  }
}

function layersOf(error: unknown): { readonly layers: object[]; readonly texts: string[] } {
  const layers: object[] = [];
  const texts: string[] = [];
  let level = [error];
  for (let depth = 0; depth <= deepestLayer && level.length > 0; depth++) {
    const next: unknown[] = [];
    for (const value of level) {
      if (typeof value === 'string' && texts.length < mostLayers) {
        texts.push(value.slice(0, longestText));
      }
      const layer = typeof value === 'string' ? parsed(value) : value;
      if (isObject(layer) && layers.length < mostLayers && !layers.includes(layer)) {
        layers.push(layer);
        // The getters of a response tell nothing of its body, and those of node-fetch warn.
        const known = isResponse(layer) ? wrappers.filter((wrapper) => Object.hasOwn(layer, wrapper)) : wrappers;
        next.push(...itemsOf(layer, mostLayers), ...known.map((wrapper) => read(layer, wrapper)));
      }
    }
    level = next;
  }
  return { layers, texts };
}

/** The JSON object or list inside a text, whatever stands before it: `got status: 429. {"error": …}`. */
function parsed(text: string): unknown {
  const start = text.search(/\[\s*\{|\{/);
  if (start < 0 || text.length > longestBody) {
    return undefined;
  }
  try {
    return JSON.parse(text.slice(start, text.lastIndexOf(text[start] === '[' ? ']' : '}') + 1));
  } catch {
    return undefined;
  }
}

/** Gemini's bodies have it in `code`. */
function statusAt(layer: object): number | undefined {
  return firstOf(statusFields, (field) => statusIn(read(layer, field)));
}

/** The status that the code of a gRPC error or of a closed WebSocket stands for. */
function statusOfCode(error: unknown): number | undefined {
  const code = read(error, 'code');
  if (typeof code !== 'number') {
    return undefined;
  }
  if (code > 1_000 && code < 1_016 && code !== 1_005) {
    return [1_001, 1_006, 1_011, 1_012, 1_013, 1_014].includes(code) ? 503 : 400;
  }
  return read(error, 'details') === undefined ? undefined : statusesOfGrpc[code - 1];
}

/** The name of an error, and those of its classes: errors of the openai package have only the latter. */
function namesOf(error: unknown): string[] {
  const names = [read(error, 'name')];
  let ancestor = error;
  try {
    for (let count = 0; count < mostAncestors && isObject(ancestor); count++) {
      ancestor = Object.getPrototypeOf(ancestor);
      names.push(read(read(ancestor, 'constructor'), 'name'));
    }
  } catch {
    // A proxy; the names so far have to do.
  }
  return names.filter(isCode);
}

function isCode(word: unknown): word is string {
  return typeof word === 'string' && word.length <= longestCode;
}

function list(words: string): readonly string[] {
  return words.split(' ');
}
