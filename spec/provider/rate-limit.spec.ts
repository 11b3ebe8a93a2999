import { describe, expect, it } from 'vitest';
import { headersOf, rateLimitOf } from '../../src/provider';

const now = Date.parse('2026-08-01T00:00:00Z');

describe('rateLimitOf', () => {
  it('reads all dimensions of OpenAI and Anthropic', () => {
    const names = { requests: 'requests', tokens: 'tokens', inputTokens: 'input-tokens', outputTokens: 'output-tokens', projectTokens: 'project-tokens' };
    for (const [dimension, name] of Object.entries(names)) {
      expect(rateLimitOf({ [`x-ratelimit-remaining-${name}`]: '7' })).toStrictEqual({ [dimension]: { remaining: 7 } });
      expect(rateLimitOf({ [`anthropic-ratelimit-${name}-limit`]: '7' })).toStrictEqual({ [dimension]: { limit: 7 } });
    }
    expect(rateLimitOf({ 'x-ratelimit-remaining-req-minute': '717' })).toStrictEqual({ requests: { remaining: 717 } });
  });

  it('takes the window with less left, and of two alike the one that lasts longer', () => {
    const tokensOf = (second: [string, string], minute: [string, string]) =>
      rateLimitOf({
        'x-ratelimit-remaining-tokens-second': second[0], 'x-ratelimit-reset-tokens-second': second[1],
        'x-ratelimit-remaining-tokens-minute': minute[0], 'x-ratelimit-reset-tokens-minute': minute[1],
      }).tokens;
    expect(tokensOf(['1', '1s'], ['2', '60s'])).toStrictEqual({ remaining: 1, resetMs: 1_000 });
    expect(tokensOf(['2', '1s'], ['1', '60s'])).toStrictEqual({ remaining: 1, resetMs: 60_000 });
    expect(tokensOf(['1', '1s'], ['1', '60s'])).toStrictEqual({ remaining: 1, resetMs: 60_000 });
  });

  it('has the status and the reset of Anthropic subscriptions, each without the other', () => {
    expect(rateLimitOf({ 'anthropic-ratelimit-unified-status': 'allowed' })).toStrictEqual({ unified: { status: 'allowed' } });
    expect(rateLimitOf({ 'anthropic-ratelimit-unified-reset': '5s' })).toStrictEqual({ unified: { resetMs: 5_000 } });
  });

  it.each([
    ['0', 0], ['1,000', 1_000], ['1,234,567', 1_234_567], ['119.5', 119.5], ['119.25', 119.25], ['007', 7],
  ])('reads the amount %s', (text, remaining) => {
    expect(rateLimitOf({ 'x-ratelimit-remaining-tokens': text })).toStrictEqual({ tokens: { remaining } });
  });

  it.each(['', '-1', 'unlimited', 'NaN', 'Infinity', '1e3', '10,00', ',100', '60, 60', '0x10', '1.', `${'9'.repeat(400)}`])('drops the amount %s', (text) => {
    expect(rateLimitOf({ 'x-ratelimit-remaining-tokens': text })).toStrictEqual({});
  });

  it.each([
    ['1s', 1_000], ['6m0s', 360_000], ['60', 60_000], ['0', 0], ['26.5', 26_500], ['2026-08-01T00:00:32Z', 32_000],
    ['Sat, 01 Aug 2026 00:00:30 GMT', 30_000], ['1785542430', 30_000], ['1785542430000', 30_000], ['1785542300', 0],
  ])('reads the reset %s', (text, resetMs) => {
    expect(rateLimitOf({ 'x-ratelimit-reset-tokens': text }, now)).toStrictEqual({ tokens: { resetMs } });
    expect(rateLimitOf({ 'anthropic-ratelimit-tokens-reset': text }, now)).toStrictEqual({ tokens: { resetMs } });
    expect(rateLimitOf({ 'anthropic-ratelimit-unified-reset': text }, now)).toStrictEqual({ unified: { resetMs } });
  });

  it.each(['', '-1', 'never', '-5s', '1e3', 'NaN'])('drops the reset %s', (text) => {
    expect(rateLimitOf({ 'x-ratelimit-reset-tokens': text, 'anthropic-ratelimit-unified-reset': text }, now)).toStrictEqual({});
  });

  it('needs a date header or now for resets that are dates', () => {
    const reset = { 'anthropic-ratelimit-tokens-reset': '2026-08-01T00:00:32Z', 'anthropic-ratelimit-unified-reset': '1785542430' };
    expect(rateLimitOf(reset)).toStrictEqual({});
    expect(rateLimitOf({ ...reset, date: 'Sat, 01 Aug 2026 00:00:02 GMT' })).toStrictEqual({ tokens: { resetMs: 30_000 }, unified: { resetMs: 28_000 } });
    expect(rateLimitOf({ ...reset, date: 'Sat, 01 Aug 2026 00:00:02 GMT' }, 0)).toStrictEqual({ tokens: { resetMs: 30_000 }, unified: { resetMs: 28_000 } });
  });

  it('reports the window that binds first, whole', () => {
    const minute = { 'x-ratelimit-limit-tokens-minute': '60', 'x-ratelimit-remaining-tokens-minute': '50', 'x-ratelimit-reset-tokens-minute': '20' };
    const day = { 'x-ratelimit-limit-tokens-day': '1000', 'x-ratelimit-remaining-tokens-day': '40' };
    expect(rateLimitOf({ ...minute, ...day })).toStrictEqual({ tokens: { limit: 1_000, remaining: 40 } });
    expect(rateLimitOf({ ...minute, ...day, 'x-ratelimit-remaining-tokens-day': '900' })).toStrictEqual({ tokens: { limit: 60, remaining: 50, resetMs: 20_000 } });
    expect(rateLimitOf({ ...minute, 'x-ratelimit-limit-tokens-day': '1000' })).toStrictEqual({ tokens: { limit: 60, remaining: 50, resetMs: 20_000 } });
    expect(rateLimitOf({ 'x-ratelimit-limit-tokens-minute': '60', 'x-ratelimit-limit-tokens-day': '1000' })).toStrictEqual({ tokens: { limit: 60 } });
  });

  it('reports the window that lasts longest, of two that are used up', () => {
    expect(rateLimitOf({
      'x-ratelimit-remaining-requests-minute': '0', 'x-ratelimit-reset-requests-minute': '20',
      'x-ratelimit-remaining-requests-hour':   '0', 'x-ratelimit-reset-requests-hour':   '2000',
    })).toStrictEqual({ requests: { remaining: 0, resetMs: 2_000_000 } });
  });

  it.each<[string, [string, string, string], object]>([
    ['less left',             ['1', '5', '9s'], { remaining: 1, limit: 5, resetMs: 9_000 }],
    ['a later reset',         ['2', '5', '9s'], { remaining: 2, limit: 5, resetMs: 9_000 }],
    ['a lower limit',         ['2', '5', '8s'], { remaining: 2, limit: 5, resetMs: 8_000 }],
    ['a limit, where the other has none', ['2', '', '8s'], { remaining: 2, limit: 6, resetMs: 8_000 }],
    ['a reset, where the other has none', ['2', '5', ''], { remaining: 2, limit: 6, resetMs: 8_000 }],
    ['a number of what is left, where the other has none', ['', '5', '9s'], { remaining: 2, limit: 6, resetMs: 8_000 }],
  ])('reports the window with %s, whichever comes first', (_, [remaining, limit, reset], expected) => {
    const minute = { 'x-ratelimit-remaining-tokens-minute': remaining, 'x-ratelimit-limit-tokens-minute': limit, 'x-ratelimit-reset-tokens-minute': reset };
    const day = { 'x-ratelimit-remaining-tokens-day': '2', 'x-ratelimit-limit-tokens-day': '6', 'x-ratelimit-reset-tokens-day': '8s' };
    expect(rateLimitOf({ ...minute, ...day })).toStrictEqual({ tokens: expected });
    expect(rateLimitOf({ ...day, ...minute })).toStrictEqual({ tokens: expected });
  });

  it('takes more left than the limit for the limit', () => {
    const tokens = { 'x-ratelimit-limit-tokens': '10', 'x-ratelimit-remaining-tokens': '20' };
    expect(rateLimitOf(tokens)).toStrictEqual({ tokens: { limit: 10, remaining: 10 } });
  });

  it('reads x-rate-limit like x-ratelimit, as one window', () => {
    expect(rateLimitOf({ 'x-rate-limit-reset-tokens': '55', 'x-ratelimit-remaining-tokens': '9' })).toStrictEqual({ tokens: { remaining: 9, resetMs: 55_000 } });
  });

  it('does not mix windows of two families', () => {
    const headers = { 'x-ratelimit-remaining-tokens': '9', 'anthropic-ratelimit-tokens-remaining': '5', 'anthropic-ratelimit-tokens-limit': '50' };
    expect(rateLimitOf(headers)).toStrictEqual({ tokens: { limit: 50, remaining: 5 } });
  });

  it('ignores headers of other kinds', () => {
    expect(rateLimitOf({
      'x-ratelimit-limit': '5', 'x-ratelimit-remaining-images': '5', 'x-ratelimit-remaining-tokens-fortnight': '5',
      'anthropic-priority-input-tokens-limit': '5', 'anthropic-ratelimit-unified-5h-reset': '5', 'ratelimit-limit': '5', 'retry-after': '5',
      'anthropic-ratelimit-unified-status': ' ',
    })).toStrictEqual({});
  });

  it('reads errors that carry headers', () => {
    const headers = new Headers({ 'x-ratelimit-remaining-tokens': '7' });
    const info = { tokens: { remaining: 7 } };
    expect(rateLimitOf({ headers })).toStrictEqual(info);
    expect(rateLimitOf(new Error('wrapped', { cause: { response: { headers } } }))).toStrictEqual(info);
    expect(rateLimitOf(new Error('x'))).toStrictEqual({});
    expect(rateLimitOf(undefined)).toStrictEqual({});
  });
});

describe('rateLimitOf the IETF fields', () => {
  it('puts limits and policies of one name together', () => {
    expect(rateLimitOf({
      'RateLimit-Policy': '"burst";q=100;w=60;qu="content-bytes";pk=:YQ==:, "daily";q=1000',
      'RateLimit': '"burst";r=50;t=30, "other";r=0',
    })).toStrictEqual({
      policies: {
        burst: { limit: 100, windowMs: 60_000, unit: 'content-bytes', remaining: 50, resetMs: 30_000 },
        daily: { limit: 1_000 },
        other: { remaining: 0 },
      },
    });
  });

  it('joins fields that were sent twice, and takes parameters that it does not know for comments', () => {
    const headers = new Headers([['ratelimit', '"a";r=1;acme-x=?1'], ['ratelimit', '"b";r=2;t=0']]);
    expect(rateLimitOf(headers)).toStrictEqual({ policies: { a: { remaining: 1 }, b: { remaining: 2, resetMs: 0 } } });
  });

  it('takes the last of two items with one name', () => {
    expect(rateLimitOf({ ratelimit: '"a";r=1;t=5, "a";r=2' })).toStrictEqual({ policies: { a: { remaining: 2 } } });
  });

  it.each([
    '"a"', '"a";t=5', '"a";r', '"a";r="1"', '"a";r=-1', '"a";r=1;t=-1', '"a";r=1;t=1.5', '"a";r=1;pk="x"', 'a;r=1', '1;r=1', '("a");r=1',
    '"a";r=1,', '"a";r=1, b', '"a";r=1 "b";r=1', '"a;r=1', '"a";r=1;', '100, 100;w=60', '',
  ])('ignores the malformed limits %s', (ratelimit) => {
    expect(rateLimitOf({ ratelimit, 'ratelimit-policy': '"p";q=5' })).toStrictEqual({ policies: { p: { limit: 5 } } });
  });

  it.each([
    '"a";r=1;x=-1.5;y="b,;c";z=*tok/en;b=:YQ==:;d=@-5;e=%"f%c3";f', ' "a";r=1', '"a"; r=1', '"a\\"b";r=1', '"z";r=1\t,\t"a";r=1',
  ])('reads %s', (ratelimit) => {
    expect(Object.values(rateLimitOf({ ratelimit }).policies ?? {})).toContainEqual({ remaining: 1 });
  });

  it('reads fields of 65,536 characters, and none that are longer', () => {
    const field = `"a";r=1;x="${'y'.repeat(65_524)}"`;
    expect(rateLimitOf({ ratelimit: field })).toStrictEqual({ policies: { a: { remaining: 1 } } });
    expect(rateLimitOf({ ratelimit: `${field};z` })).toStrictEqual({});
  });

  it.each(['"a"', '"a";w=5', '"a";q=1.0', '"a";q=1;w=0', '"a";q=1;w=-5', '"a";q=1;w=1.5', '"a";q=1;w=5.0', '"a";q=-1', '"a";q', '"a";q=1;qu', '"a";q=1;qu=:YQ==:', '"a";q=1;pk="x"', '"a";q=1;pk', '"a";q=1;qu=tokens', '"a";q=1;pk=?1', 'a;q=1', '10;w=1'])('ignores the malformed policies %s', (policies) => {
    expect(rateLimitOf({ ratelimit: '"p";r=5', 'ratelimit-policy': policies })).toStrictEqual({ policies: { p: { remaining: 5 } } });
  });

  it('reads quotes and backslashes in names and units', () => {
    expect(rateLimitOf({ 'ratelimit-policy': '"a\\"b\\\\c";q=1;qu="d\\"e"' })).toStrictEqual({ policies: { 'a"b\\c': { limit: 1, unit: 'd"e' } } });
  });

  it('is not fooled by the names of policies', () => {
    const { policies } = rateLimitOf({ ratelimit: '"__proto__";r=1, "constructor";r=2, "";r=3' });
    expect(Object.entries(policies ?? {})).toEqual([['__proto__', { remaining: 1 }], ['constructor', { remaining: 2 }], ['', { remaining: 3 }]]);
    expect(({} as { remaining?: number }).remaining).toBeUndefined();
  });
});

describe('headersOf', () => {
  it('returns the headers as they are', () => {
    const headers = new Headers();
    expect(headersOf({ headers })).toBe(headers);
    expect(headersOf({ response: { headers } })).toBe(headers);
    expect(headersOf({ headers: 'none', cause: { responseHeaders: headers } })).toBe(headers);
  });

  it('finds none in headers and in other values', () => {
    for (const value of [new Headers(), new Map(), { 'retry-after': '5' }, new Error('x'), undefined, 'x']) {
      expect(headersOf(value)).toBeUndefined();
    }
  });
});

it.each(['age', 'content-length', 'x-ratelimit', 'limit', 'x-ratelimit-tokens', 'x-ratelimit-requests-', 'anthropic-ratelimit-unified'])('reads nothing in a header that has no field of a limit: %s', (name) => {
  expect(rateLimitOf({ [name]: '5' })).toStrictEqual({});
});
