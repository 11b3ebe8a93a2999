import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { Observable } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { BrandedError, retryAfterOf } from '../../src/provider';

const now = Date.parse('2026-08-01T00:00:00Z');

class CircuitOpenError extends BrandedError {
  static override readonly brandName = 'CircuitOpenError';
  constructor(readonly retryAfter?: number, cause?: unknown) {
    super('The circuit is open', { cause });
  }
}

describe('retryAfterOf headers', () => {
  it.each([
    ['0.25', 250], ['1.001', 1_001], ['5s', 5_000], ['120', 120_000], ['5, 10, 7', 10_000], ['5, soon', 5_000], ['0, -5', 0],
    ['Saturday, 01-Aug-26 00:00:30 GMT', 30_000],
    ['Sat, 01 Aug 2026 00:00:30 GMT, 10', 30_000],
    ['10, Sat, 01 Aug 2026 00:00:30 GMT', 30_000],
    ['40, Saturday, 01-Aug-26 00:00:30 GMT', 40_000],
    ['Sat Aug  1 00:00:30 2026, 31', 31_000],
    ['2026-08-01T02:00:30+02:00', 30_000],
    ['Monday, 01-Aug-77 00:00:00 GMT', 0],
  ])('reads retry-after: %s', (value, ms) => {
    expect(retryAfterOf({ 'retry-after': value }, now)).toBe(ms);
  });

  it.each([
    '', ' ', '-5', '+5', '5 seconds', '0x10', 'NaN', '1e3', '-Infinity', '1.', '.5', '5;6', '"5"', ',', 'Sat,', `${'9'.repeat(400)}`,
    'Sat, 31 Feb 2026 00:00:30 GMT', '٣',
  ])('finds no hint in retry-after: %s', (value) => {
    expect(retryAfterOf({ 'retry-after': value }, now)).toBeUndefined();
  });

  it('prefers milliseconds, the header of Azure last', () => {
    const all = { 'retry-after': '9', 'x-ms-retry-after-ms': '80', 'retry-after-ms': '70' };
    expect(retryAfterOf(all)).toBe(70);
    expect(retryAfterOf({ ...all, 'retry-after-ms': '-1' })).toBe(80);
    expect(retryAfterOf({ ...all, 'retry-after-ms': '1s', 'x-ms-retry-after-ms': '' })).toBe(9_000);
    expect(retryAfterOf({ 'retry-after-ms': '20, 50' })).toBe(50);
    expect(retryAfterOf({ 'x-ms-retry-after-ms': '0', 'retry-after': '9' })).toBe(0);
  });

  it('compares dates with the date header first, then with now, and with nothing else', () => {
    const date = 'Sat, 01 Aug 2026 00:00:30 GMT';
    expect(retryAfterOf({ 'retry-after': date, date: 'Sat, 01 Aug 2026 00:00:10 GMT' }, now)).toBe(20_000);
    expect(retryAfterOf({ 'retry-after': date, date: 'Saturday, 01-Aug-26 00:00:10 GMT' })).toBe(20_000);
    expect(retryAfterOf({ 'retry-after': date, date: 'today' }, now)).toBe(30_000);
    for (const never of [undefined, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(retryAfterOf({ 'retry-after': date }, never)).toBeUndefined();
    }
  });

  it('reads values of 1,000 characters, and none that are longer', () => {
    const long = '5,'.repeat(499);
    expect(retryAfterOf({ 'retry-after': `${long}10` })).toBe(10_000);
    expect(retryAfterOf({ 'retry-after': `${long}100` })).toBeUndefined();
  });

  it('reads what clients make of headers', () => {
    expect(retryAfterOf({ 'Retry-After': 5 })).toBe(5_000);
    expect(retryAfterOf({ 'retry-after': ['5', '10'] })).toBe(10_000);
    expect(retryAfterOf({ 'retry-after': '5', 'Retry-After': '10' })).toBe(10_000);
    expect(retryAfterOf(new Map([['RETRY-AFTER', '5']]))).toBe(5_000);
    expect(retryAfterOf({ get: (name: string) => (name === 'retry-after' ? '5' : null) })).toBe(5_000);
    expect(retryAfterOf({ get: () => { throw new Error('no'); } })).toBeUndefined();
    expect(retryAfterOf({ 'retry-after': Number.NaN })).toBeUndefined();
    expect(retryAfterOf({ 'retry-after': { toString: () => '5' } })).toBeUndefined();
  });

  it('subscribes no Observable that was taken for headers', () => {
    const subscribe = vi.fn();
    expect(retryAfterOf(new Observable(subscribe))).toBeUndefined();
    expect(subscribe).not.toHaveBeenCalled();
  });
});

describe('retryAfterOf errors', () => {
  const headers = new Headers({ 'retry-after': '3' });

  it('reads the errors of the openai package', () => {
    const body = { error: { code: 'rate_limit_exceeded', message: 'Please try again in 20s.' } };
    expect(retryAfterOf(OpenAI.APIError.generate(429, body, undefined, headers))).toBe(3_000);
    expect(retryAfterOf(OpenAI.APIError.generate(429, body, undefined, new Headers()))).toBe(20_000);
  });

  it('reads the errors of the anthropic package', () => {
    const body = { type: 'error', error: { type: 'rate_limit_error', message: 'slow down' } };
    expect(retryAfterOf(Anthropic.APIError.generate(429, body, undefined, headers))).toBe(3_000);
    expect(retryAfterOf(Anthropic.APIError.generate(429, body, undefined, new Headers()))).toBeUndefined();
  });

  it.each([
    ['headers', { headers }],
    ['responseHeaders', { responseHeaders: { 'Retry-After': '3' } }],
    ['response', { response: { headers } }],
    ['a thrown Response', new Response(null, { status: 429, headers })],
    ['an XMLHttpRequest', { status: 429, xhr: { getAllResponseHeaders: () => 'date: x:y\r\nRetry-After: 3\r\n' } }],
    ['a cause', new Error('wrapped', { cause: new Error('again', { cause: { headers } }) })],
    ['an AggregateError', new AggregateError([new Error('one'), { headers }])],
    ['an answer of Cohere', { rawResponse: { headers } }],
    ['what a router passes on', { error: { code: 429, metadata: { headers: { 'Retry-After': '3' } } } }],
    ['an XMLHttpRequest that is asked one by one', { xhr: { getResponseHeader: (name: string) => (name === 'retry-after' ? '3' : null) } }],
  ])('finds headers in %s', (_, error) => {
    expect(retryAfterOf(error)).toBe(3_000);
  });

  it('finds none in an XMLHttpRequest that got no answer', () => {
    expect(retryAfterOf({ xhr: { getAllResponseHeaders: () => '' } })).toBeUndefined();
    expect(retryAfterOf({ xhr: { getAllResponseHeaders: () => null } })).toBeUndefined();
    expect(retryAfterOf({ xhr: { getAllResponseHeaders: () => { throw new Error('no'); } } })).toBeUndefined();
    expect(retryAfterOf({ xhr: {} })).toBeUndefined();
  });

  it('reads retryAfter of its own errors only', () => {
    expect(retryAfterOf(new CircuitOpenError(1_234))).toBe(1_234);
    expect(retryAfterOf(new CircuitOpenError(undefined, { headers }))).toBeUndefined();
    expect(retryAfterOf(new CircuitOpenError(Number.NaN))).toBeUndefined();
    expect(retryAfterOf(new Error('wrapped', { cause: new CircuitOpenError(1_234) }))).toBe(1_234);
    expect(retryAfterOf({ retryAfter: 5 })).toBeUndefined();
  });

  it('prefers headers to the body, and the body to the message', () => {
    const details = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '7s' }];
    const error = { message: 'try again in 8s', error: { details } };
    expect(retryAfterOf({ ...error, headers })).toBe(3_000);
    expect(retryAfterOf({ ...error, headers: { 'retry-after': 'soon' } })).toBe(7_000);
    expect(retryAfterOf({ ...error, cause: { headers } })).toBe(3_000);
    expect(retryAfterOf({ message: error.message, cause: { error: { details } } })).toBe(7_000);
  });

  it('does not run in circles', () => {
    const circle: { cause?: unknown; error?: unknown; message: string } = { message: 'x' };
    circle.cause = { cause: circle, error: circle };
    circle.error = circle;
    expect(retryAfterOf(circle)).toBeUndefined();
  });
});

describe('retryAfterOf bodies of Gemini', () => {
  const info = (retryDelay: unknown) => ({ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay });
  const body = (...details: unknown[]) => ({ error: { code: 429, status: 'RESOURCE_EXHAUSTED', details } });

  it.each([
    ['34s', 34_000], ['0.5s', 500], [{ seconds: 3 }, 3_000], [{ nanos: 500_000_000 }, 500], [{ seconds: 1.5, nanos: '250000000' }, 1_750], [{ seconds: '0' }, 0],
    [{ seconds: 0, nanos: 0 }, 0],
  ])('reads a retryDelay of %j', (delay, ms) => {
    expect(retryAfterOf(body({ '@type': 'x' }, info(delay)))).toBe(ms);
  });

  it.each([
    '', '34', '-3s', 34, null, {}, { seconds: -1 }, { seconds: 'soon' }, { seconds: '34x' }, { seconds: 'x34' }, { seconds: '1234567890123' }, { seconds: '1.5' }, { seconds: Number.NaN }, { seconds: 1.7e308 }, { nanos: '-1' },
  ])('finds no hint in a retryDelay of %j', (delay) => {
    expect(retryAfterOf(body(info(delay)))).toBeUndefined();
  });

  it('reads quotaResetDelay after RetryInfo', () => {
    const quota = { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', metadata: { quotaResetDelay: '373.801628ms' } };
    expect(retryAfterOf(body(quota))).toBe(373.801628);
    expect(retryAfterOf(body(quota, info('2s')))).toBe(2_000);
    expect(retryAfterOf(body(quota, info('soon')))).toBe(373.801628);
  });

  it('reads bodies wherever clients put them', () => {
    const json = JSON.stringify(body(info('2s')));
    expect(retryAfterOf(body(info('2s')))).toBe(2_000);
    expect(retryAfterOf({ message: json, status: 429 })).toBe(2_000);
    expect(retryAfterOf(new Error(`got status: 429 Too Many Requests. ${json}`))).toBe(2_000);
    expect(retryAfterOf(new Error(JSON.stringify({ error: { message: json, code: 429 } })))).toBe(2_000);
    expect(retryAfterOf({ response: { data: `[${json}]` } })).toBe(2_000);
    expect(retryAfterOf({ response: { data: JSON.parse(json) } })).toBe(2_000);
    expect(retryAfterOf(new Error(`[GoogleGenerativeAI Error]: [429] Slow down. [${JSON.stringify(info('2s'))}]`))).toBe(2_000);
    expect(retryAfterOf({ errorDetails: [info('2s')] })).toBe(2_000);
    expect(retryAfterOf({ responseBody: json })).toBe(2_000);
    expect(retryAfterOf(json)).toBe(2_000);
    expect(retryAfterOf(`{broken ${json}`)).toBeUndefined();
  });
});

describe('retryAfterOf messages', () => {
  it.each([
    ['Please try again in 6m0s.', 360_000],
    ['Please try again in 9m38.016s. Need more tokens? Upgrade', 578_016],
    ['Your quota will reset after 12h34m16s.', 45_256_000],
    ['Limit resets in 2 hours', 7_200_000],
    ['PLEASE RETRY AFTER 1 SECOND', 1_000],
    ['Please retry your request after 20 secs.', 20_000],
    ['retrying in 1 minute and 30 seconds', 90_000],
    ['try again in 1 hour, 5 mins', 3_900_000],
    ['try again in 1m 30s, 5 requests left', 90_000],
    ['try again in 250 milliseconds', 250],
    ['try again in 2 days', 172_800_000],
    ['retry after a while, or try again in 3s', 3_000],
    ['try again in 0s', 0],
    ['Please wait 34 seconds', 34_000],
    ['please wait for 34 seconds, then', 34_000],
    ['Wait at least 2 minutes', 120_000],
    ['Expected available in 55 seconds.', 55_000],
    ['Please try again\n    in 12s', 12_000],
    ['try again in about 5 minutes', 300_000],
    ['try again in 1 minute,  30 seconds', 90_000],
    ['try again in 1 minute and  30 seconds', 90_000],
  ])('reads "%s"', (message, ms) => {
    expect(retryAfterOf(new Error(message))).toBe(ms);
    expect(retryAfterOf({ error: { message } })).toBe(ms);
    expect(retryAfterOf(message)).toBe(ms);
  });

  it.each([
    'Please try again later', 'try again in 5', 'try again in -5s', 'try again in 5 parsecs', 'retry in soon', 'try again in 1e3s',
    'please wait before trying again', 'waited 5 seconds', 'took 5s', 'in 5 seconds', 'poetry after 5 seconds', `try again in ${'9'.repeat(400)}s`,
    `${' '.repeat(10_001)}try again in 5s`,
  ])('finds no hint in "%s"', (message) => {
    expect(retryAfterOf(new Error(message))).toBeUndefined();
  });
});

describe('retryAfterOf times since 1970', () => {
  it.each([['1785542430', 30_000], ['1785542430000', 30_000], ['1785542300', 0]])('reads retry-after: %s', (value, ms) => {
    expect(retryAfterOf({ 'retry-after': value }, now)).toBe(ms);
    expect(retryAfterOf({ 'retry-after': value })).toBeUndefined();
  });
});

describe('retryAfterOf what routers and lists of errors say', () => {
  it('reads metadata.raw like a body', () => {
    const body = (raw: string) => ({ error: { code: 429, message: 'Provider returned error', metadata: { raw, provider_name: 'x' } } });
    expect(retryAfterOf(body('Slow down, try again in 12s'))).toBe(12_000);
    expect(retryAfterOf(body(JSON.stringify({ error: { details: [{ retryDelay: '13s' }] } })))).toBe(13_000);
  });

  it('takes the newest hint of a list, not the longest, nor the one in a better place', () => {
    const limited = (seconds: string) => ({ statusCode: 429, responseHeaders: { 'retry-after': seconds } });
    expect(retryAfterOf(new AggregateError([limited('40'), limited('2')]))).toBe(2_000);
    expect(retryAfterOf(new AggregateError([limited('40'), new Error('try again in 5s')]))).toBe(5_000);
    expect(retryAfterOf(new AggregateError([limited('40'), new Error('x')]))).toBe(40_000);
    expect(retryAfterOf(new AggregateError([limited('40')], 'Last error: try again in 5s'))).toBe(40_000);
  });
});

describe('retryAfterOf resets', () => {
  const hint = (headers: object, status = 429) => retryAfterOf({ status, headers }, now);
  const tokens = { 'x-ratelimit-limit-tokens': '30000', 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '17s' };
  const requests = { 'x-ratelimit-limit-requests': '500', 'x-ratelimit-remaining-requests': '499', 'x-ratelimit-reset-requests': '50s' };

  it('are the hint of a throttled error, of a 503 and of a 529, and of no other', () => {
    expect([429, 503, 529].map((status) => hint(tokens, status))).toEqual([17_000, 17_000, 17_000]);
    expect([400, 500, 502].map((status) => hint(tokens, status))).toEqual([undefined, undefined, undefined]);
    expect(retryAfterOf({ code: 'rate_limit_exceeded', headers: tokens })).toBe(17_000);
    expect(retryAfterOf(tokens)).toBeUndefined();
    expect(retryAfterOf({ status: 429, code: 'insufficient_quota', headers: tokens })).toBeUndefined();
  });

  it('count of what is used up, the longest', () => {
    expect(hint({ ...tokens, ...requests })).toBe(17_000);
    expect(hint({ ...tokens, ...requests, 'x-ratelimit-remaining-requests': '0' })).toBe(50_000);
  });

  it('count where less than a hundredth is left, if nothing is used up', () => {
    expect(hint({ ...tokens, 'x-ratelimit-remaining-tokens': '299' })).toBe(17_000);
    expect(hint({ ...tokens, 'x-ratelimit-remaining-tokens': '300' })).toBeUndefined();
    expect(hint({ ...tokens, ...requests, 'x-ratelimit-remaining-requests': '4' })).toBe(17_000);
    expect(hint(requests)).toBeUndefined();
  });

  it('count of what is used up before what is low, and of what is low the longest', () => {
    const low = (left: string) => ({ ...requests, 'x-ratelimit-remaining-requests': left });
    expect([hint({ ...tokens, ...low('1') }), hint({ ...low('1'), ...tokens })]).toStrictEqual([17_000, 17_000]);
    for (const left of ['1', '2', '299']) {
      expect(hint({ ...tokens, 'x-ratelimit-remaining-tokens': left, ...low('3') })).toBe(50_000);
    }
  });

  it('count without a number of what is left, if nobody gives one', () => {
    expect(hint({ ...requests, 'x-rate-limit-reset-tokens': '55' })).toBe(55_000);
    expect(hint({ ...tokens, 'x-rate-limit-reset-requests': '55' })).toBe(17_000);
  });

  it.each<[string, object, number | undefined]>([
    ['ratelimit-reset',              { 'ratelimit-limit': '5', 'ratelimit-remaining': '0', 'ratelimit-reset': '58' }, 58_000],
    ['x-ratelimit-reset since 1970', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1785542440' }, 40_000],
    ['Anthropic',                    { 'anthropic-ratelimit-tokens-remaining': '0', 'anthropic-ratelimit-tokens-reset': '2026-08-01T00:00:30Z' }, 30_000],
    ['a subscription',               { 'anthropic-ratelimit-unified-status': 'rejected', 'anthropic-ratelimit-unified-reset': '1785546000' }, 3_600_000],
    ['a subscription without status', { 'anthropic-ratelimit-unified-reset': '1785546000' }, 3_600_000],
    ['a subscription that allows',   { 'anthropic-ratelimit-unified-status': 'allowed_warning', 'anthropic-ratelimit-unified-reset': '1785546000' }, undefined],
    ['the IETF field',               { ratelimit: '"burst";r=0;t=60, "daily";r=500;t=9000' }, 60_000],
    ['a reset that cannot be read',  { ...tokens, 'x-ratelimit-reset-tokens': 'soon' }, undefined],
  ])('are read of %s', (_, headers, ms) => {
    expect(hint(headers)).toBe(ms);
  });

  it('come after all other hints', () => {
    expect(hint({ ...tokens, 'retry-after': '1' })).toBe(1_000);
    expect(retryAfterOf({ status: 429, headers: tokens, message: 'try again in 3s' })).toBe(3_000);
    expect(retryAfterOf({ status: 429, headers: tokens, error: { details: [{ retryDelay: '2s' }] } })).toBe(2_000);
    expect(retryAfterOf(new Error('wrapped', { cause: { status: 429, headers: tokens } }))).toBe(17_000);
  });
});
