import '@angular/compiler';
import { HttpHeaders } from '@angular/common/http';
import { describe, expect, it, vi } from 'vitest';
import { classifyError, headersOf, rateLimitOf, retryAfterOf } from '../../src/provider';
import { fieldsOf } from '../../src/provider/headers';

describe('fieldsOf', () => {
  it('joins values of one name, in any case, and leaves out those that are none', () => {
    expect(fieldsOf({ 'X-A': '1', 'x-a': '2', 'X-a': null }).get('x-a')).toBe('1, 2');
  });

  it('reads on after names that are no texts', () => {
    expect(fieldsOf(new Map<unknown, string>([[5, 'x'], ['a', '1']])).get('a')).toBe('1');
  });

  it('joins the texts of a list, of which there must be one', () => {
    const fields = fieldsOf({ some: ['1', 5, '2'], numbers: [5], none: [] });
    expect(['some', 'numbers', 'none'].map((name) => fields.get(name))).toEqual(['1, 2', undefined, undefined]);
  });

  it('reads 10,000 headers of a list that has no end', () => {
    const keys = vi.fn(function* () { for (let index = 0; ; index++) yield `x-${index}`; });
    expect(fieldsOf({ keys, get: () => '1' }).size).toBe(10_000);
  });

  it('reads the headers of Angular, whose forEach has its arguments the other way round', () => {
    const headers = new HttpHeaders({ 'Retry-After': '7', 'X-RateLimit-Remaining-Tokens': '5' });
    expect(retryAfterOf({ status: 429, headers })).toBe(7_000);
    expect(rateLimitOf({ status: 429, headers })).toStrictEqual({ tokens: { remaining: 5 } });
  });

  it('asks headers that only have get for the usual ones', () => {
    const given: Record<string, string> = { 'x-should-retry': 'false', 'x-ratelimit-remaining-tokens': '5' };
    const headers = { get: (name: string) => given[name] ?? null };
    expect(classifyError({ status: 500, headers })).toBe('fatal');
    expect(rateLimitOf(headers)).toStrictEqual({ tokens: { remaining: 5 } });
  });
});

describe('headersOf an XMLHttpRequest', () => {
  const headersIn = (all: unknown) => headersOf({ xhr: { getAllResponseHeaders: () => all } });

  it('has names in lower case, and values without the white space around them', () => {
    expect(headersIn('Retry-After : 5 \r\nDate: Sat, 01 Aug 2026 00:00:30 GMT')).toEqual(new Map([
      ['retry-after', '5'],
      ['date', 'Sat, 01 Aug 2026 00:00:30 GMT'],
    ]));
  });

  it('is undefined where there are none', () => {
    expect(headersIn('')).toBeUndefined();
    expect(headersIn(null)).toBeUndefined();
  });

  it('asks one by one where that is all that it has', () => {
    const xhr = { getResponseHeader(this: unknown, name: string) { return this === xhr && name === 'retry-after' ? '5' : null; } };
    expect(retryAfterOf({ name: 'AjaxError', status: 429, xhr })).toBe(5_000);
  });
});

describe('headers that a router puts into its body', () => {
  it('are read where its own say nothing of waiting', () => {
    const inner = { 'X-RateLimit-Limit': '20', 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': '1785542430000' };
    const error = (own: HeadersInit) => ({ status: 429, headers: new Headers(own), error: { code: 429, message: 'Rate limit exceeded: free-models-per-min.', metadata: { headers: inner } } });
    const now = Date.parse('2026-08-01T00:00:00Z');
    expect(retryAfterOf(error({ 'content-type': 'application/json' }), now)).toBe(30_000);
    expect(retryAfterOf(error({ 'retry-after': '5' }), now)).toBe(5_000);
  });
});

describe('headersOf what clients make of an answer', () => {
  const headers = new Headers();

  it.each<[string, object]>([
    ['Cohere',            { rawResponse: { headers } }],
    ['AWS',               Object.defineProperty({}, '$response', { value: { headers } })],
    ['a router of models', { error: { metadata: { headers } } }],
    ['a list of errors',  { errors: [{ headers: {} }, { headers }] }],
  ])('finds those of %s', (_, error) => {
    expect(headersOf(error)).toBe(headers);
  });
});
