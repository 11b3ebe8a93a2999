import { describe, expect, it } from 'vitest';
import {
  classifyError, estimateRequest, estimateTokens, failureOf, headersOf, isContentChunk, isFinalChunk, isRetryable, mayHelpElsewhere, mergeUsage,
  parseDuration, rateLimitOf, retryAfterOf, textOf, type Usage, usageOf,
} from '../../src/provider';
import { fc } from '../support/property';

const now = Date.parse('2026-08-01T00:00:00Z');
const classes = ['throttled', 'transient', 'fatal', 'aborted', 'refused', 'rejected', 'unknown'];

const isAmount = (value: unknown) => typeof value === 'number' && Number.isFinite(value) && value >= 0 && !Object.is(value, -0);

/** Every number in a plain answer is finite and not negative. */
function expectAmounts(value: unknown): void {
  if (typeof value === 'number') {
    expect(value).toSatisfy(isAmount);
  } else if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(expectAmounts);
  }
}

/** Asks everything of one value; nothing may throw, and no amount may be impossible. */
function askAll(value: unknown, at: number | undefined = now): void {
  expect(classes).toContain(classifyError(value));
  expect(typeof isRetryable(value)).toBe('boolean');
  expect(typeof mayHelpElsewhere(value)).toBe('boolean');
  headersOf(value);
  expectAmounts([retryAfterOf(value, at), rateLimitOf(value, at), usageOf(value), estimateRequest(value), mergeUsage(usageOf(value), usageOf(value))]);
  expectAmounts([parseDuration(value as string), estimateTokens(value as string), mergeUsage(value as Usage, value as Usage)]);
  expect(typeof textOf(value)).toBe('string');
  expect(typeof isFinalChunk(value)).toBe('boolean');
  expect(typeof isContentChunk(value)).toBe('boolean');
  expect(failureOf(value) ?? new Error()).toBeInstanceOf(Error);
}

const fail = (): never => { throw new Error('hostile'); };
const throwing: ProxyHandler<() => void> = {
  get: fail, has: fail, ownKeys: fail, getPrototypeOf: fail, getOwnPropertyDescriptor: fail, apply: fail, construct: fail,
};

/** A value in which every property is again such a value, without end. */
function endless(target: object): unknown {
  return new Proxy(target, {
    get: (_, key) => (key === 'length' ? 3 : typeof key === 'symbol' ? undefined : endless(target)),
    getPrototypeOf: () => endless({}) as object,
  });
}

/** A list that says it is as long as lists can be. */
function long(item: unknown): unknown {
  return new Proxy([], { get: (_, key) => (key === 'length' ? 2 ** 32 - 1 : typeof key === 'symbol' ? undefined : item) });
}

function revoked(target: object): unknown {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

/** Names that the code looks at, so that random values reach deep. */
const keys = [
  'status', 'statusCode', 'status_code', '$metadata', 'httpStatusCode', 'rawResponse', 'raw', 'keys', 'getResponseHeader', 'errorDetails', 'statusDetails', 'code', 'type', 'name', 'message', 'error', 'errors', 'cause', 'headers', 'response', 'data', 'body', 'details', '@type',
  'retryDelay', 'metadata', 'quotaResetDelay', 'violations', 'quotaId', 'seconds', 'nanos', 'retryAfter', 'constructor', '__proto__', 'xhr',
  'getAllResponseHeaders', 'get', 'forEach', 'usage', 'usageMetadata', 'prompt_tokens', 'input_tokens', 'output_tokens', 'total_tokens',
  'promptTokenCount', 'choices', 'delta', 'content', 'candidates', 'parts', 'text', 'thought', 'tool_calls', 'function', 'arguments', 'finish_reason',
  'finishReason', 'output', 'output_text', 'object', 'messages', 'tools', 'input', 'system', 'contents', 'config', 'max_tokens', 'n', 'length', 'toJSON',
];
const words = [
  'type.googleapis.com/google.rpc.RetryInfo', 'type.googleapis.com/google.rpc.ErrorInfo', 'type.googleapis.com/google.rpc.QuotaFailure', '5s', '-5s',
  '1e999', 'message_start', 'message_delta', 'message', 'content_block_delta', 'response.completed', 'response.output_text.delta', 'try again in 5s',
  '{"error":', '[{"code":429}]', '{"message":"{}"}', 'insufficient_quota', 'TypeError', 'AbortError', '429',
];

/** Made anew each time, for fast-check would look into them. */
const leaf = fc.oneof(
  fc.constantFrom<() => unknown>(
    () => undefined, () => null, () => Number.NaN, () => Number.POSITIVE_INFINITY, () => -1, () => -0, () => 429, () => 1e308, () => 1n,
    () => Symbol('x'), () => fail, () => new Date(Number.NaN), () => new Map([['retry-after', '5']]), () => new Headers({ 'retry-after': '-5' }),
    () => new Proxy(() => {}, throwing), () => revoked({}), () => revoked([]), () => long('x'), () => new Error('x', { cause: 'y' }),
    () => Object.create(null), () => new WeakMap(), () => /x/, () => Array.from({ length: 50 }),
  ),
  fc.constantFrom(...words).map((word) => () => word),
  fc.string().map((text) => () => text),
  fc.double().map((number) => () => number),
);

const tree = fc.letrec<{ node: () => unknown }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 6, withCrossShrink: true },
    leaf,
    fc.array(fc.tuple(fc.constantFrom(...keys), tie('node')), { maxLength: 6 }).map((entries) => () => Object.fromEntries(entries.map(([key, make]) => [key, make()]))),
    fc.array(tie('node'), { maxLength: 4 }).map((items) => () => items.map((make) => make())),
  ),
})).node;

describe('every function', { timeout: 60_000 }, () => {
  it('takes any value', () => {
    fc.assert(fc.property(fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true, withSet: true, withSparseArray: true, withTypedArray: true }), (value) => askAll(value)), { numRuns: 300 });
  });

  it('takes values with the names of real ones', () => {
    fc.assert(fc.property(tree, (make) => askAll(make())), { numRuns: 500 });
  });

  it('takes JSON of all kinds in a message', () => {
    fc.assert(fc.property(fc.json(), fc.string(), (json, before) => askAll(new Error(`${before}${json}`))), { numRuns: 300 });
  });

  it('takes proxies that throw, are revoked or have no end', () => {
    const hostile = [new Proxy(() => {}, throwing), new Proxy({}, throwing as ProxyHandler<object>), revoked({}), revoked([]), endless([]), long(undefined)];
    for (const value of hostile) {
      askAll(value);
    }
  });

  it.each(keys)('takes hostile values of the property %s', (key) => {
    for (const value of [new Proxy(() => {}, throwing), revoked({}), revoked([])]) {
      askAll({ [key]: value });
    }
  });

  it.each(['cause', 'error', 'choices', 'candidates', 'messages'])('takes values without end in the property %s', (key) => {
    askAll({ [key]: endless({}) });
    askAll({ [key]: long('x') });
  });

  it('takes getters that throw', () => {
    for (const key of [...keys, 'retry-after', 'ratelimit']) {
      askAll(Object.defineProperty({}, key, { get: fail, enumerable: true }));
    }
  });

  it('takes circles', () => {
    const circle: { [key: string]: unknown } = {};
    for (const key of keys.filter((name) => name !== '__proto__')) {
      circle[key] = circle;
    }
    askAll(circle);
    const list: unknown[] = [];
    list.push(list, list, { content: list, error: list, cause: list });
    askAll(list);
    askAll({ choices: list, candidates: list, output: list, messages: list, errors: list, details: list });
  });

  it('takes headers that fail', () => {
    const bad = { get: fail, forEach: fail };
    askAll(bad);
    askAll({ headers: bad });
    askAll({ headers: { get: () => 5n } });
    askAll({ headers: { get: () => ({}) , forEach: (add: (value: unknown, name: unknown) => void) => { add('5', undefined); add(undefined, 'date'); } } });
  });

  it('takes any time for now', () => {
    const headers = { 'retry-after': 'Sat, 01 Aug 2026 00:00:30 GMT', 'anthropic-ratelimit-tokens-reset': '2026-08-01T00:00:32Z', 'ratelimit-reset': '1785542430' };
    for (const at of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -8.64e15, 8.64e15, 1e300, '5' as never, null as never, {} as never, 1n as never]) {
      askAll(headers, at);
    }
  });
});

describe('headers', { timeout: 60_000 }, () => {
  const names = [
    'retry-after', 'retry-after-ms', 'x-ms-retry-after-ms', 'date', 'ratelimit', 'ratelimit-policy', 'x-ratelimit-reset-tokens', 'x-ratelimit-remaining-tokens',
    'x-ratelimit-limit-requests-day', 'anthropic-ratelimit-tokens-reset', 'anthropic-ratelimit-unified-reset', 'anthropic-ratelimit-unified-status', 'x-should-retry',
  ];
  const digits = fc.string({ unit: fc.constantFrom(...'0123456789.,-+eE: smhTZ/"=;()@%?'), maxLength: 40 });
  const value = fc.oneof(digits, fc.string(), fc.date().map(String), fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()), fc.double().map(String));

  it('never give an impossible duration', () => {
    fc.assert(fc.property(fc.dictionary(fc.constantFrom(...names), value), fc.option(fc.double(), { nil: undefined }), (headers, at) => {
      askAll(headers, at);
      askAll(new Map(Object.entries(headers)), at);
      askAll({ headers }, at);
    }), { numRuns: 300 });
  });

  it('read a date that was written by the platform', () => {
    const seconds = fc.date({ min: new Date('1970-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }).map((date) => new Date(Math.floor(date.getTime() / 1_000) * 1_000));
    fc.assert(fc.property(seconds, fc.integer({ min: 0, max: 253_402_300_799 }), (date, at) => {
      const expected = Math.max(0, date.getTime() - at * 1_000);
      expect(retryAfterOf({ 'retry-after': date.toUTCString() }, at * 1_000)).toBe(expected);
      expect(retryAfterOf({ 'retry-after': date.toISOString() }, at * 1_000)).toBe(expected);
    }));
  });

  it('read a duration that Go would write', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 10_000 }), fc.integer({ min: 0, max: 59 }), fc.integer({ min: 0, max: 59_999 }), (h, m, ms) => {
      expect(parseDuration(`${h}h${m}m${ms / 1_000}s`)).toBe(h * 3_600_000 + m * 60_000 + ms);
    }));
  });
});
