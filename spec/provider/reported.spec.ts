import { APICallError, RetryError } from 'ai';
import { describe, expect, it } from 'vitest';
import { classifyError, type ErrorClass, estimateRequest, mergeUsage, rateLimitOf, retryAfterOf, usageOf } from '../../src/provider';
import { apiError } from '../support/timeline';

// What people reported in public of other libraries, in small versions of our own.

const parsed = (text: string) => {
  try {
    return JSON.parse(text);
  } catch (error) {
    return error;
  }
};
const coded = (code: string, message: string) => Object.assign(new Error(message), { code });
const aws = (name: string, httpStatusCode: number, more: object = {}) => Object.assign(new Error('x'), { name, $fault: 'client', $metadata: { httpStatusCode, attempts: 1 }, ...more });

describe('the class of an error', () => {
  const tooLarge = 'Request too large for gpt-x in organization org-1 on tokens per min (TPM): Limit 40000, Requested 41210. Reduce the input or output tokens.';
  const perDay = [{ error: { code: 429, message: "Quota exceeded for metric 'Requests' and limit 'Requests per day per user per tier' of service 'x.example.com'.", errors: [{ reason: 'rateLimitExceeded' }], status: 'RESOURCE_EXHAUSTED' } }];
  const tooLong = { error: { message: JSON.stringify({ error: { code: 400, message: 'The input token count (2000000) exceeds the maximum', status: 'INVALID_ARGUMENT' } }), code: 400, status: 'Bad Request' } };

  it.each<[string, unknown, ErrorClass]>([
    ['a request that is larger than the limit of a minute', apiError(429, { code: 'rate_limit_exceeded', type: 'tokens', message: tooLarge }, { 'x-ratelimit-remaining-tokens': '40000' }), 'fatal'],
    ['a quota of a day, told in words, in a list in a text', Object.assign(new Error(JSON.stringify(perDay, null, 2)), { status: 429, response: { status: 429, data: JSON.stringify(perDay) } }), 'fatal'],
    ['a 400 in words in words',            new Error(JSON.stringify(tooLong)), 'fatal'],
    ['a 429 of which the type says invalid request', apiError(429, { code: 'rate_limit_error', type: 'invalid_request_error', message: 'This would exceed the rate limit of 20,000 input tokens per minute' }), 'throttled'],
    ['a router without a deployment',      apiError(429, { code: '429', type: 'None' }), 'throttled'],
    ['JSON that was cut',                  parsed('{"choices":[{"delta":{"content":" once'), 'transient'],
    ['a gateway\'s page read as JSON',     parsed('<!DOCTYPE html><title>502</title>'), 'transient'],
    ['JSON of Gemini that was cut',        new Error('Incomplete JSON segment at the end'), 'transient'],
    ['Firefox, in the body',               new TypeError('Error in input stream'), 'transient'],
    ['Firefox, before it',                 new TypeError('NetworkError when attempting to fetch resource.'), 'transient'],
    ['Chromium, before the body',          new TypeError('Failed to fetch'), 'transient'],
    ['Chromium, in it',                    new TypeError('network error'), 'transient'],
    ['Safari without a network',           new TypeError('The Internet connection appears to be offline.'), 'transient'],
    ['Safari, before the body',            new TypeError('Load failed'), 'transient'],
    ['Safari, in it',                      new TypeError('The network connection was lost.'), 'transient'],
    ['WebKit\'s DOMException',             new DOMException(' A network error occurred.', 'NetworkError'), 'transient'],
    ['Node',                               new TypeError('terminated'), 'transient'],
    ['Deno',                               new TypeError('error sending request for url (https://x): connection closed before message completed'), 'transient'],
    ['Bun, refused',                       coded('ConnectionRefused', 'Unable to connect. Is the computer able to access the url?'), 'transient'],
    ['Bun, closed',                        coded('ConnectionClosed', 'The socket connection was closed unexpectedly.'), 'transient'],
    ['HTTP/2',                             coded('ERR_HTTP2_STREAM_ERROR', 'Stream closed with error code NGHTTP2_INTERNAL_ERROR'), 'transient'],
    ['Bedrock, a bad request',             aws('ValidationException', 400), 'fatal'],
    ['Bedrock, throttled',                 aws('ThrottlingException', 429, { $retryable: { throttling: true } }), 'throttled'],
  ])('is known: %s', (_, error, kind) => {
    expect(classifyError(error)).toBe(kind);
  });
});

describe('an error of the AI SDK that gathers others', () => {
  const call = (statusCode: number, responseHeaders: Record<string, string> = {}, responseBody = '') =>
    new APICallError({ message: `status ${statusCode}`, url: 'https://api.example.com', requestBodyValues: {}, statusCode, responseHeaders, responseBody });
  const retried = (...errors: Error[]) => new RetryError({ message: 'Failed', reason: 'maxRetriesExceeded', errors });
  const quota = call(429, {}, JSON.stringify({ error: { code: 'insufficient_quota' } }));

  it.each<[string, unknown, ErrorClass]>([
    ['a bad request after a limit',   retried(call(429), call(400)), 'fatal'],
    ['a used-up quota after an outage', retried(call(503), quota), 'fatal'],
    ['a limit after an outage',       retried(call(503), call(429)), 'throttled'],
    ['an outage alone',               call(503), 'transient'],
  ])('is judged by the last one: %s', (_, error, kind) => {
    expect(classifyError(error)).toBe(kind);
  });

  it('has the hint of the last one', () => {
    expect(retryAfterOf(retried(call(429, { 'retry-after': '40' }), call(429, { 'retry-after': '3' })))).toBe(3_000);
    expect(retryAfterOf(call(429, { 'retry-after-ms': '1700' }))).toBe(1_700);
  });
});

describe('a hint', () => {
  const now = Date.UTC(2026, 4, 2, 9);
  const epoch = String(now / 1_000 + 90);
  const routed = 'litellm.RateLimitError: geminiException - {\n "error": {"code": 429, "details": [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "41s"}]}\n}\n. Received Model Group=gemini';

  it.each<[string, unknown, number | undefined]>([
    ['of a router',                 apiError(429, { code: '429', message: 'No deployments available for selected model, Try again in 45 seconds. Passed model=x' }), 45_000],
    ['of a stream in words',        new Error('stream disconnected before completion: Rate limit is exceeded. Try again in 19 seconds.'), 19_000],
    ['in ms',                       new Error('Limit 30000, Used 29990, Requested 50. Please try again in 712ms.'), 712],
    ['that is wrapped over a line', new Error('Requested 2. Please try again\n    in 14s. Visit https://x'), 14_000],
    ['of a day, of Azure',          apiError(429, { code: '429', message: 'You have exceeded token rate limit of your current pricing tier. Please retry after 86400 seconds.' }), 86_400_000],
    ['of Azure, in a reset header', apiError(429, { code: '429' }, { 'x-rate-limit-reset-tokens': '38', 'x-ratelimit-remaining-requests': '9' }), 38_000],
    ['of Gemini, by a router',      apiError(429, { code: '429', message: routed }), 41_000],
    ['that is a fraction',          { 'Retry-After': '0.25' }, 250],
    ['that is a date',              { 'retry-after': 'Sat, 02 May 2026 09:01:00 GMT' }, 60_000],
    ['that is no date',             { 'retry-after': 'Sat, 99 May 2026 09:01:00' }, undefined],
    ['that is a time since 1970',   { 'retry-after': epoch }, 90_000],
    ['of OpenAI, in resets',        apiError(429, {}, { 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '21s', 'x-ratelimit-remaining-requests': '499', 'x-ratelimit-reset-requests': '120ms' }), 21_000],
    ['of Anthropic, in resets',     apiError(429, {}, { 'anthropic-ratelimit-input-tokens-remaining': '0', 'anthropic-ratelimit-input-tokens-reset': new Date(now + 25_000).toISOString() }), 25_000],
    ['of a subscription of Anthropic', apiError(429, {}, { 'anthropic-ratelimit-unified-status': 'rejected', 'anthropic-ratelimit-unified-reset': String(now / 1_000 + 7_200) }), 7_200_000],
    ['of a RateLimit-Reset',        apiError(429, {}, { 'ratelimit-limit': '5', 'ratelimit-remaining': '0', 'ratelimit-reset': '47' }), 47_000],
    ['of a reset since 1970',       apiError(429, {}, { 'x-ratelimit-limit': '20', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': epoch }), 90_000],
    ['in both',                     apiError(429, {}, { 'retry-after': epoch, 'x-ratelimit-reset': epoch }), 90_000],
  ])('%s is read', (_, error, ms) => {
    expect(retryAfterOf(error, now)).toBe(ms);
  });

  it('of -1 does not mean that nothing is left', () => {
    expect(rateLimitOf({ 'x-ratelimit-limit-tokens': '-1', 'x-ratelimit-remaining-tokens': '-1', 'x-ratelimit-reset-tokens': '0' }).tokens?.remaining).toBeUndefined();
  });
});

describe('the usage of a stream of Anthropic', () => {
  const both = (start: object, delta: object) => {
    const [first, last] = [usageOf({ type: 'message_start', message: { usage: start } }), usageOf({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: delta })];
    return mergeUsage(first!, last!);
  };

  it.each([
    ['the end tells the input',       { input_tokens: 0, output_tokens: 0 }, { input_tokens: 210, output_tokens: 30 }, { input: 210, output: 30, total: 240 }],
    ['the end says 0',                { input_tokens: 18, output_tokens: 1 }, { input_tokens: 0, output_tokens: 30 }, { input: 18, output: 30, total: 48 }],
    ['the end says 0 of the cache',   { input_tokens: 6, cache_read_input_tokens: 9_000, output_tokens: 1 }, { input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 3 }, { input: 9_006, output: 3, total: 9_009 }],
    ['the end knows no cache',        { input_tokens: 6, cache_read_input_tokens: 9_000, output_tokens: 1 }, { input_tokens: 6, output_tokens: 3 }, { input: 9_006, output: 3, total: 9_009 }],
  ])('is whole where %s', (_, start, delta, usage) => {
    expect(both(start, delta)).toMatchObject(usage);
  });
});

describe('the estimate of a body with two caps', () => {
  it.each([{ max_tokens: 2, max_completion_tokens: 9_000 }, { max_tokens: 9_000, max_completion_tokens: 2 }])('is the larger one: %j', (caps) => {
    expect(estimateRequest({ messages: [], ...caps }).output).toBe(9_000);
  });
});
