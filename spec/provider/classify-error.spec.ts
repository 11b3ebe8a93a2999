import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { lastValueFrom, NEVER, of, throwError, timeout } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { BrandedError, classifyError, type ErrorClass, failureOf, isRetryable } from '../../src/provider';

const openai = (status: number, error: object, headers: Record<string, string> = {}) =>
  OpenAI.APIError.generate(status, { error }, undefined, new Headers(headers));
const anthropic = (status: number, error: object, headers: Record<string, string> = {}) =>
  Anthropic.APIError.generate(status, { type: 'error', error }, undefined, new Headers(headers));
const coded = (code: string, message = 'x') => Object.assign(new Error(message), { code });
const caught = async (promise: Promise<unknown>) => promise.then(() => undefined, (error: unknown) => error);

describe('classifyError of the SDKs', () => {
  it.each<[string, unknown, ErrorClass]>([
    ['openai 429', openai(429, { code: 'rate_limit_exceeded', type: 'tokens' }), 'throttled'],
    ['openai 429 slow_down', openai(429, { code: 'slow_down' }), 'throttled'],
    ['openai 429 insufficient_quota', openai(429, { code: 'insufficient_quota', type: 'insufficient_quota' }), 'fatal'],
    ['openai 429 of type insufficient_quota', openai(429, { code: null, type: 'insufficient_quota' }), 'fatal'],
    ['openai 400', openai(400, { type: 'invalid_request_error', code: 'context_length_exceeded' }), 'fatal'],
    ['openai 401', openai(401, { code: 'invalid_api_key' }), 'fatal'],
    ['openai 408', openai(408, {}), 'transient'],
    ['openai 409', openai(409, {}), 'transient'],
    ['openai 422', openai(422, {}), 'fatal'],
    ['openai 500', openai(500, { type: 'server_error' }), 'transient'],
    ['openai 503', openai(503, { code: 'server_is_overloaded' }), 'transient'],
    ['openai user abort', new OpenAI.APIUserAbortError(), 'aborted'],
    ['openai connection', new OpenAI.APIConnectionError({ cause: new TypeError('x is not a function') }), 'transient'],
    ['openai timeout', new OpenAI.APIConnectionTimeoutError(), 'transient'],
    ['openai in mid-stream', new OpenAI.APIError(undefined, { code: 'rate_limit_exceeded' }, undefined, new Headers()), 'throttled'],
    ['openai in mid-stream, fatal', new OpenAI.APIError(undefined, { type: 'invalid_request_error' }, undefined, new Headers()), 'fatal'],
    ['openai in mid-stream, quota', new OpenAI.APIError(undefined, { code: 'insufficient_quota' }, undefined, new Headers()), 'fatal'],
    ['anthropic 429', anthropic(429, { type: 'rate_limit_error' }), 'throttled'],
    ['anthropic 429 ramp', anthropic(429, { type: 'rate_limit_error', details: { error_code: 'ramp_limit_exceeded' } }), 'throttled'],
    ['anthropic 429 contract', anthropic(429, { type: 'rate_limit_error', details: { error_code: 'contract_spend_limit_reached' } }), 'fatal'],
    ['anthropic 429 enforced', anthropic(429, { type: 'rate_limit_error', details: { error_code: 'enforced_spend_limit_reached' } }), 'fatal'],
    ['anthropic 429 exceeded', anthropic(429, { type: 'rate_limit_error', details: { error_code: 'workspace_spend_limit_exceeded' } }), 'fatal'],
    ['anthropic 402', anthropic(402, { type: 'billing_error' }), 'fatal'],
    ['anthropic 413', anthropic(413, { type: 'request_too_large' }), 'fatal'],
    ['anthropic 500', anthropic(500, { type: 'api_error' }), 'transient'],
    ['anthropic 504', anthropic(504, { type: 'timeout_error' }), 'transient'],
    ['anthropic 529', anthropic(529, { type: 'overloaded_error' }), 'transient'],
    ['anthropic user abort', new Anthropic.APIUserAbortError(), 'aborted'],
    ['anthropic connection', new Anthropic.APIConnectionError({}), 'transient'],
    ['anthropic timeout', new Anthropic.APIConnectionTimeoutError(), 'transient'],
    ['anthropic in mid-stream', new Anthropic.APIError(undefined, { type: 'error', error: { type: 'overloaded_error' } }, undefined, new Headers(), 'overloaded_error'), 'transient'],
  ])('%s', (_, error, kind) => {
    expect(classifyError(error)).toBe(kind);
  });

  it('knows the classes of the SDKs when a bundler renamed them', () => {
    class a extends Error {}
    expect(classifyError(new a('Request was aborted.'))).toBe('aborted');
    expect(classifyError(new a('Connection error.'))).toBe('transient');
    expect(classifyError(new a('Request timed out.'))).toBe('transient');
  });

  it('obeys x-should-retry', () => {
    expect(classifyError(openai(500, {}, { 'x-should-retry': 'false' }))).toBe('fatal');
    expect(classifyError(openai(429, {}, { 'x-should-retry': 'false' }))).toBe('fatal');
    expect(classifyError(openai(400, {}, { 'x-should-retry': 'true' }))).toBe('transient');
    expect(classifyError(openai(429, {}, { 'x-should-retry': 'true' }))).toBe('throttled');
    expect(classifyError(openai(429, {}, { 'x-should-retry': 'perhaps' }))).toBe('throttled');
    expect(classifyError({ headers: { 'X-Should-Retry': ' TRUE ' } })).toBe('transient');
    expect(classifyError({ code: 'rate_limit_exceeded', headers: { 'x-should-retry': 'true' } })).toBe('throttled');
    expect(classifyError(Object.assign(new OpenAI.APIUserAbortError(), { headers: { 'x-should-retry': 'true' } }))).toBe('aborted');
  });
});

describe('classifyError of bodies', () => {
  const failure = (...quotaIds: unknown[]) => ({
    '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
    violations: quotaIds.map((quotaId) => ({ quotaId })),
  });
  const gemini = (...details: unknown[]) => ({ error: { code: 429, status: 'RESOURCE_EXHAUSTED', details } });
  const daily = failure(7, 'GenerateRequestsPerMinutePerProjectPerModel', 'GenerateRequestsPerDayPerProjectPerModel');

  it.each<[string, unknown, ErrorClass]>([
    ['a minute of Gemini', gemini(failure('GenerateRequestsPerMinutePerProjectPerModel')), 'throttled'],
    ['a day of Gemini', gemini(daily), 'fatal'],
    ['a day in a message', { status: 429, message: JSON.stringify(gemini(daily)) }, 'fatal'],
    ['a day in a message in a message', new Error(JSON.stringify({ error: { message: JSON.stringify(gemini(daily)), code: 429 } })), 'fatal'],
    ['a day in a list', { response: { status: 429, data: [gemini(daily)] } }, 'fatal'],
    ['a failure without violations', gemini({ '@type': 'type.googleapis.com/google.rpc.QuotaFailure' }), 'throttled'],
    ['Gemini overloaded', { error: { code: 503, status: 'UNAVAILABLE' } }, 'transient'],
    ['Gemini by word', { error: { status: 'INVALID_ARGUMENT' } }, 'fatal'],
    ['an event of Anthropic', { type: 'error', error: { type: 'overloaded_error' } }, 'transient'],
    ['an event of the Responses API', { type: 'error', code: 'server_error' }, 'transient'],
    ['OpenRouter in mid-stream', { error: { code: 429, message: 'Provider returned error' } }, 'throttled'],
    ['the status of axios', { response: { status: 404 } }, 'fatal'],
    ['the status of got', { statusCode: 502 }, 'transient'],
    ['a status as text', { status: '429' }, 'throttled'],
    ['a code as text', { code: '503' }, 'transient'],
    ['a text that ends like a status', { status: '0503' }, 'unknown'],
    ['a text that begins like a status', { status: '503.0' }, 'unknown'],
    ['error_code', { error_code: 'slow_down' }, 'throttled'],
    ['errorCode', { errorCode: 'slow_down' }, 'throttled'],
    ['code', { code: 'slow_down' }, 'throttled'],
    ['type', { type: 'slow_down' }, 'throttled'],
    ['status', { status: 'slow_down' }, 'throttled'],
    ['reason', { reason: 'slow_down' }, 'throttled'],
    ['a thrown Response', new Response(null, { status: 503 }), 'transient'],
    ['a 2xx with an error', { status: 200, error: { code: 'rate_limit_exceeded', type: 'invalid_request_error' } }, 'throttled'],
    ['a status that is none', { status: 999 }, 'unknown'],
    ['a status that is no number', { status: {} }, 'unknown'],
    ['a code that is unknown', { code: 'x_'.repeat(100) }, 'unknown'],
    ['words that look like a quota', { status: 429, message: 'insufficient_quota: see billing' }, 'throttled'],
    ['words that name a day', { status: 429, message: 'PerDay' }, 'fatal'],
    ['a JSON body in words', new Error('429 {"error":{"code":"insufficient_quota"}}'), 'fatal'],
    ['a budget of LiteLLM', { status: 429, type: 'budget_exceeded', message: 'Budget has been exceeded! Current cost: 1.2, Max budget: 1.0' }, 'fatal'],
    ['an error of vLLM in a stream', failureOf({ object: 'error', message: 'x', type: 'InternalServerError', param: null, code: 500 }), 'transient'],
    ['an error of Hugging Face in a stream', failureOf({ error: 'Model is overloaded', error_type: 'overloaded' }), 'transient'],
    ['a bad request of Hugging Face in a stream', failureOf({ error: 'Input validation error', error_type: 'validation' }), 'fatal'],
    ['a hard billing limit', { status: 429, code: 'billing_hard_limit_reached' }, 'fatal'],
  ])('%s', (_, error, kind) => {
    expect(classifyError(error)).toBe(kind);
  });

  it.each([400, 401, 402, 403, 404, 405, 410, 413, 415, 422, 424, 431, 451, 499])('takes %i for fatal', (status) => {
    expect(classifyError({ status })).toBe('fatal');
  });

  it.each([408, 409, 500, 501, 502, 503, 504, 520, 529, 599])('takes %i for transient', (status) => {
    expect(classifyError({ status })).toBe('transient');
  });

  it.each([
    'invalid_request_error', 'authentication_error', 'permission_error', 'not_found_error', 'billing_error', 'request_too_large',
  ])('takes the type %s for fatal', (type) => {
    expect(classifyError({ type })).toBe('fatal');
  });
});

describe('classifyError of the connection', () => {
  it.each<[string, unknown]>([
    ['undici', Object.assign(new TypeError('fetch failed'), { cause: coded('ECONNREFUSED') })],
    ['undici without a cause', new TypeError('fetch failed')],
    ['undici in mid-stream', Object.assign(new TypeError('terminated'), { cause: coded('UND_ERR_SOCKET', 'other side closed') })],
    ['terminated alone', new TypeError('terminated')],
    ['other side closed', new Error('other side closed')],
    ['any cause of a TypeError', Object.assign(new TypeError('x'), { cause: coded('ECONNRESET') })],
    ['a cause in words', Object.assign(new TypeError('x'), { cause: new Error('read ECONNRESET') })],
    ['a deep cause', new TypeError('x', { cause: new Error('y', { cause: new Error('z', { cause: coded('ETIMEDOUT') }) }) })],
    ['happy eyeballs', new TypeError('x', { cause: new AggregateError([coded('ENETUNREACH'), coded('ECONNREFUSED')]) })],
    ['an answer as the cause', new TypeError('x', { cause: { status: 503 } })],
    ['Chrome', new TypeError('Failed to fetch')],
    ['Chrome with a host', new TypeError('Failed to fetch (api.openai.com)')],
    ['Chrome in mid-stream', new TypeError('network error')],
    ['Safari', new TypeError('Load failed')],
    ['Firefox', new TypeError('NetworkError when attempting to fetch resource.')],
    ['React Native', new TypeError('Network request failed')],
    ['axios', Object.assign(new Error('Network Error'), { code: 'ERR_NETWORK' })],
    ['Node', new Error('socket hang up')],
    ['Node in words', new Error('connect ECONNREFUSED 127.0.0.1:443')],
    ['a lookup', coded('ENOTFOUND')],
    ['a timeout of undici', coded('UND_ERR_HEADERS_TIMEOUT')],
    ['AbortSignal.timeout', new DOMException('The operation timed out.', 'TimeoutError')],
    ['a text', 'fetch failed'],
    ['the xhr of RxJS', { name: 'AjaxError', status: 0, xhr: {} }],
    ['the timeout of an xhr', { name: 'AjaxTimeoutError', status: 0 }],
  ])('takes %s for transient', (_, error) => {
    expect(classifyError(error)).toBe('transient');
  });

  it('takes timeouts of RxJS for transient', async () => {
    expect(classifyError(await caught(lastValueFrom(NEVER.pipe(timeout(1)))))).toBe('transient');
  });

  it.each<[string, unknown]>([
    ['a controller', AbortSignal.abort().reason],
    ['undici', Object.assign(new Error('Request aborted'), { name: 'AbortError', code: 'UND_ERR_ABORTED' })],
    ['a code of Node', coded('ABORT_ERR')],
    ['a code, for all its status', { code: 'ABORT_ERR', status: 503 }],
    ['a name, for all its status', { name: 'AbortError', status: 503 }],
    ['axios', Object.assign(new Error('canceled'), { name: 'CanceledError', code: 'ERR_CANCELED' })],
    ['an aborted fetch', new TypeError('fetch failed', { cause: AbortSignal.abort().reason })],
    ['the words of a polyfill', new Error('The user aborted a request.')],
  ])('takes the abort of %s for aborted', (_, error) => {
    expect(classifyError(error)).toBe('aborted');
  });

  it.each([new TypeError("Cannot read properties of undefined (reading 'x')"), new RangeError('x'), new ReferenceError('x'),
    new (class Mine extends TypeError {})('x is not a function'), new Error('wrapped', { cause: new TypeError('x is not a function') }),
    new TypeError('Failed to parse URL from nowhere', { cause: coded('ERR_INVALID_URL') }),
  ])('takes the mistake "%s" for fatal', (error) => {
    expect(classifyError(error)).toBe('fatal');
  });

  it.each([undefined, null, 0, 429, '', 'x', true, 1n, Symbol('x'), {}, [], new Error('x'), () => 1, new Error('x', { cause: 'y' })])('does not know %s', (error) => {
    expect(classifyError(error)).toBe('unknown');
  });

  it.each(['x is not a function', 'Unexpected identifier x', 'Invalid URL'])('takes no words of a mistake from errors of other classes: "%s"', (message) => {
    expect(classifyError(Object.assign(new Error(message), { name: 'Mine' }))).toBe('unknown');
    expect(classifyError(new Error(message))).toBe('unknown');
  });

  it('reads each text for itself', () => {
    expect(classifyError({ status: 429, message: 'Five per', error: { message: 'day' } })).toBe('throttled');
    expect(classifyError({ status: 429, message: 'Slow down', error: { message: 'Five per day' } })).toBe('fatal');
  });

  it('looks at eight classes of an error', () => {
    const below = (count: number) => {
      class RateLimitError {}
      let Last: new () => object = RateLimitError;
      for (let depth = 0; depth < count; depth++) {
        Last = class Other extends Last {};
      }
      return new Last();
    };
    expect([0, 7, 8].map((count) => classifyError(below(count)))).toEqual(['throttled', 'throttled', 'unknown']);
  });

  it('takes a code of 1 for an abort only with the status of one', () => {
    expect(classifyError({ code: 1, details: 'x' })).toBe('aborted');
    expect(classifyError({ code: 1, status: 503 })).toBe('transient');
    expect(classifyError({ code: 1 })).toBe('unknown');
  });

  it('prefers structured fields, also of causes, to words', () => {
    expect(classifyError({ status: 400, message: 'fetch failed' })).toBe('fatal');
    expect(classifyError({ message: 'fetch failed', cause: { status: 400 } })).toBe('fatal');
    expect(classifyError(new Error('wrapped', { cause: openai(429, {}) }))).toBe('throttled');
  });
});

describe('classifyError of its own errors', () => {
  const own = (name: string) => {
    class Own extends BrandedError {
      static override readonly brandName = name;
    }
    return new Own('x', { cause: { status: 503 } });
  };

  it.each(['CircuitOpenError', 'PermitRefusedError', 'TokenBudgetExceededError', 'KeyLimitError'])('takes %s for refused', (name) => {
    expect(classifyError(own(name))).toBe('refused');
    expect(classifyError(new Error('wrapped', { cause: own(name) }))).toBe('refused');
    expect(classifyError({ name })).toBe('unknown');
  });

  it('takes a truncated stream for transient', () => {
    expect(classifyError(own('StreamTruncatedError'))).toBe('transient');
  });

  it('looks on where it does not know the brand', () => {
    expect(classifyError(own('SomethingNew'))).toBe('transient');
  });
});

describe('isRetryable', () => {
  it('is true for what may go better next time', () => {
    expect([{ status: 429 }, { status: 500 }, new Error('x')].map(isRetryable)).toEqual([true, true, true]);
  });

  it('is false for what will not', () => {
    expect([{ status: 400 }, { name: 'AbortError' }, new RangeError('x')].map(isRetryable)).toEqual([false, false, false]);
  });

  it('says so to RxJS', async () => {
    expect(isRetryable(await caught(lastValueFrom(throwError(() => ({ status: 503 })))))).toBe(true);
    expect(await lastValueFrom(of(1))).toBe(1);
  });
});
