import { Response as NodeFetchResponse } from 'node-fetch';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
// @ts-expect-error: it has no types
import { Response as BareResponse } from 'whatwg-fetch';
import { brandOf, classifyError, failureOf, isRetryable, ProviderFailureError, rateLimitOf, retryAfterOf } from '../../src/provider';
import { isResponse } from '../../src/provider/read';

const event = (error: unknown) => ({ type: 'error', error });

describe('failureOf', () => {
  it('gives an error with the value that reported it', () => {
    const value = event({ type: 'overloaded_error', message: 'Overloaded' });
    const failure = failureOf(value);
    expect(failure).toBeInstanceOf(ProviderFailureError);
    expect(failure).toMatchObject({ name: 'ProviderFailureError', message: 'Overloaded', type: 'overloaded_error', value });
    expect(failure?.value).toBe(value);
    expect(Object.keys(failure ?? {})).toEqual(['value', 'type']);
    expect(brandOf(failure)).toBe('ProviderFailureError');
  });

  it.each<[string, unknown, string]>([
    ['an overload',                event({ type: 'overloaded_error', message: 'Overloaded' }), 'transient'],
    ['a limit of the Responses API', { type: 'response.failed', response: { error: { code: 'rate_limit_exceeded', message: 'Rate limit reached' } } }, 'throttled'],
    ['a server of that API',       { type: 'error', code: 'server_error', message: 'The server had an error.' }, 'transient'],
    ['a bad request',              event({ type: 'invalid_request_error', message: 'No' }), 'fatal'],
    ['an empty account',           event({ type: 'insufficient_quota', message: 'No' }), 'fatal'],
    ['Gemini\'s limit',            { error: { code: 429, message: 'Quota', status: 'RESOURCE_EXHAUSTED' } }, 'throttled'],
    ['a provider behind OpenRouter', { error: { code: 502, message: 'Disconnected' }, choices: [{ delta: {}, finish_reason: 'error' }] }, 'transient'],
    ['Bedrock\'s throttling',      { throttlingException: { message: 'Slow down' } }, 'throttled'],
    ['Bedrock\'s validation',      { validationException: { message: 'No' } }, 'fatal'],
    ['an error of the AI SDK',     event(Object.assign(new Error('Too many'), { statusCode: 429 })), 'throttled'],
    ['a cause of such an error',   event(new Error('Failed', { cause: { status: 503 } })), 'transient'],
  ])('is read by classifyError: %s', (_, value, kind) => {
    expect(classifyError(failureOf(value))).toBe(kind);
  });

  it('can be tried again where an answer was malformed or blocked', () => {
    expect(isRetryable(failureOf({ candidates: [{ finishReason: 'MALFORMED_FUNCTION_CALL' }] }))).toBe(true);
    expect(isRetryable(failureOf({ choices: [{ delta: {}, finish_reason: 'error' }] }))).toBe(true);
  });

  it.each<[string, unknown, number]>([
    ['words',   { type: 'response.failed', response: { error: { code: 'rate_limit_exceeded', message: 'Please try again in 14.036s.' } } }, 14_036],
    ['headers', event(Object.assign(new Error('Too many'), { statusCode: 429, responseHeaders: { 'retry-after-ms': '20' } })), 20],
    ['details', { error: { code: 429, message: 'Quota', details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '5s' }] } }, 5_000],
  ])('has the hint where retryAfterOf looks for it: %s', (_, value, ms) => {
    const { message, cause, error } = failureOf(value) as Error & { error?: unknown };
    expect(retryAfterOf({ message, cause, error })).toBe(ms);
  });

  it('has an error of the source as its cause', () => {
    const cause = new Error('Too many');
    expect(failureOf(event(cause))?.cause).toBe(cause);
    expect(failureOf(event({ message: 'Too many' }))?.cause).toBeUndefined();
  });

  it('takes a number in a text for a status, and no other number for one', () => {
    expect(failureOf(event({ code: '503' }))).toMatchObject({ status: 503, message: 'The provider reports a failure: 503' });
    expect(failureOf(event({ code: 5, status: 200, type: '' }))).toMatchObject({ message: 'The provider reports a failure: it does not say which' });
  });

  it.each([5, true, '', [], { message: 5 }, { message: '' }, { message: {} }, { type: 5, code: {}, status: [503] }, { type: '' }])('takes no other words than texts: %j', (words) => {
    const failure = failureOf(event(words));
    expect(failure?.message).toBe('The provider reports a failure: it does not say which');
    expect(Object.keys(failure ?? {})).toEqual(['value']);
  });

  it.each([399, 600, 450.5, '399', '600', 0, -400])('takes no other number for a status: %j', (status) => {
    expect('status' in (failureOf(event({ message: 'No', status, code: status })) ?? {})).toBe(false);
    expect(failureOf(event({ message: 'No', status, code: 400 }))).toMatchObject({ status: 400 });
    expect(failureOf(event({ message: 'No', status: 599 }))).toMatchObject({ status: 599 });
  });

  it('looks for the words in an event that is in an event, but not without end', () => {
    const inner = { type: 'overloaded_error', message: 'Overloaded' };
    expect(failureOf(event(event(inner)))).toMatchObject(inner);
    expect(failureOf(event(event(event(inner))))).toMatchObject(inner);
    expect(failureOf(event(event(event(event(inner)))))?.message).toBe('The provider reports a failure: error');
    expect(failureOf(event({ message: 'Outer', error: inner }))).toMatchObject({ message: 'Outer' });
    const circle: { error?: unknown; code: string } = { code: 'x' };
    circle.error = circle;
    expect(failureOf(event(circle))).toMatchObject({ code: 'x' });
  });

  it('tells what can be read of words that throw', () => {
    const words = { message: 'Overloaded', get code(): string { throw new Error('hostile'); } };
    expect(failureOf(event(words))).toMatchObject({ message: 'Overloaded' });
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(failureOf(event(proxy))?.message).toBe('The provider reports a failure: it does not say which');
  });

  it.each([undefined, null, 'error', 5, {}, new Error('x'), { error: null }, { type: 'tool-error', error: { message: 'x' } }])('finds none in %o', (value) => {
    expect(failureOf(value)).toBeUndefined();
  });
});

describe('failureOf of what fetch gives', () => {
  it.each([[408, 'transient'], [409, 'transient'], [429, 'throttled'], [500, 'transient'], [503, 'transient'], [529, 'transient']])('is a failure with status %i, read like an error of an SDK', (status, kind) => {
    const value = new Response('busy', { status, headers: { 'retry-after': '7', 'x-ratelimit-remaining-requests': '3' } });
    const failure = failureOf(value);
    expect(failure).toMatchObject({ message: `HTTP ${status}`, status, value });
    expect(Object.keys(failure ?? {})).toEqual(['value', 'status']);
    expect(classifyError(failure)).toBe(kind);
    expect(retryAfterOf(failure)).toBe(7_000);
    expect(rateLimitOf(failure)).toMatchObject({ requests: { remaining: 3 } });
    expect(value.bodyUsed).toBe(false);
  });

  it.each([[503, 'false', 'fatal'], [400, 'true', 'transient'], [400, 'false', undefined], [200, 'true', undefined]])('heeds what the server says of another try: status %i, %s', (status, said, kind) => {
    const failure = failureOf(new Response('', { status, headers: { 'x-should-retry': said } }));
    expect(failure && classifyError(failure)).toBe(kind);
  });

  it.each([200, 204, 304, 400, 401, 404, 422])('is a value with status %i', (status) => {
    expect(failureOf(new Response(null, { status }))).toBeUndefined();
  });

  it.each<[string, new (body: string, init: { status: number; headers: Record<string, string> }) => unknown]>([
    ['fetch', Response],
    ['node-fetch', NodeFetchResponse as never],
    ['whatwg-fetch, as in React Native', BareResponse as never],
  ])('knows the responses of %s', (_, Made) => {
    const warnings = vi.spyOn(process, 'emitWarning');
    onTestFinished(() => warnings.mockRestore());
    const failure = failureOf(new Made('busy', { status: 503, headers: { 'retry-after': '7' } }));
    expect(failure).toMatchObject({ status: 503 });
    expect(retryAfterOf(failure)).toBe(7_000);
    expect(failureOf(new Made('', { status: 404, headers: {} }))).toBeUndefined();
    expect(warnings).not.toHaveBeenCalled(); // node-fetch has a getter for what is not there any more
  });

  it('takes nothing else with a status for one', () => {
    expect(failureOf(Response.error())).toBeUndefined(); // status 0
    expect(failureOf({ status: 503 })).toBeUndefined();
    expect(failureOf(new (class Job { status = 503; })())).toBeUndefined();
    const busy = new Response('', { status: 503 });
    for (const value of [{ data: busy }, { response: busy }, { error: null, data: busy }, [busy]]) {
      expect(failureOf(value)).toBeUndefined();
    }
    const { proxy, revoke } = Proxy.revocable(new Response('', { status: 503 }), {});
    revoke();
    expect(failureOf(proxy)).toBeUndefined();
    expect(isResponse(proxy)).toBe(false);
  });
});

describe('ProviderFailureError', () => {
  it('is made of what is known', () => {
    const error = new ProviderFailureError({ code: 'empty-answer', value: undefined });
    expect(error).toMatchObject({ code: 'empty-answer', message: 'The provider reports a failure: empty-answer' });
    expect('status' in error).toBe(false);
  });
});
