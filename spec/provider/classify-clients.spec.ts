import '@angular/compiler';
import { HttpErrorResponse } from '@angular/common/http';
import { ApiError } from '@google/genai';
import { describe, expect, it } from 'vitest';
import { BrandedError, classifyError, type ErrorClass, retryAfterOf } from '../../src/provider';

type Case = [what: string, error: unknown, kind: ErrorClass];

const made = (fields: object, message = 'x') => Object.assign(new Error(message), fields);
const named = (name: string, fields: object = {}) => made({ name, ...fields });
const expectAll = (cases: Case[]) => it.each(cases)('%s', (_, error, kind) => expect(classifyError(error)).toBe(kind));

describe('classifyError of the AWS SDK', () => {
  const aws = (name: string, httpStatusCode?: number) => named(name, { $fault: 'client', $metadata: { httpStatusCode, attempts: 1 } });
  expectAll([
    ['a status in $metadata',           aws('ValidationException', 400), 'fatal'],
    ['a throttled 429',                 aws('TooManyRequestsException', 429), 'throttled'],
    ['a throttled 400',                 aws('ThrottlingException', 400), 'throttled'],
    ['throttling without a status',     aws('ThrottlingException'), 'throttled'],
    ['a model that is not ready',       aws('ModelNotReadyException', 429), 'throttled'],
    ['a model that takes too long',     aws('ModelTimeoutException'), 'transient'],
    ['a stream that breaks',            aws('ModelStreamErrorException'), 'transient'],
    ['a server that fails',             aws('InternalServerException'), 'transient'],
    ['a 503',                           aws('ServiceUnavailableException', 503), 'transient'],
    ['no access',                       aws('AccessDeniedException'), 'fatal'],
    ['no such model',                   aws('ResourceNotFoundException'), 'fatal'],
    ['a request that is invalid',       aws('ValidationException'), 'fatal'],
    ['the quota of an account',         aws('ServiceQuotaExceededException', 400), 'fatal'],
    ['a token that has expired',        aws('ExpiredTokenException'), 'fatal'],
    ['no credentials',                  named('CredentialsProviderError'), 'fatal'],
  ]);
});

describe('classifyError of gRPC', () => {
  it.each<[number, ErrorClass]>([
    [1, 'aborted'], [3, 'fatal'], [4, 'transient'], [5, 'fatal'], [6, 'fatal'], [7, 'fatal'], [8, 'throttled'], [9, 'fatal'], [10, 'transient'],
    [11, 'fatal'], [12, 'fatal'], [13, 'transient'], [14, 'transient'], [16, 'fatal'],
  ])('takes code %i for %s', (code, kind) => {
    expect(classifyError(made({ code, details: 'words', metadata: {} }))).toBe(kind);
  });

  it('does not know a code without details, and codes that are none', () => {
    expect(classifyError(made({ code: 3 }))).toBe('unknown');
    expect(classifyError(made({ code: 17, details: '' }))).toBe('unknown');
    expect(classifyError(made({ code: 0, details: '' }))).toBe('unknown');
  });

  expectAll([['a quota of a day', made({ code: 8, details: 'Quota exceeded: requests per day' }), 'fatal']]);
});

describe('classifyError of closed connections', () => {
  it.each([1_001, 1_006, 1_011, 1_012, 1_013, 1_014])('takes a WebSocket that closes with %i for transient', (code) => {
    expect(classifyError({ type: 'close', code, reason: '' })).toBe('transient');
  });

  expectAll([
    ['a WebSocket that closes as it should', { code: 1_000 }, 'unknown'],
    ['a WebSocket that does not say why',    { code: 1_005 }, 'unknown'],
    ['a WebSocket that breaks a policy',     { code: 1_008 }, 'fatal'],
    ['a stream of HTTP/2',                   made({ code: 'ERR_HTTP2_STREAM_ERROR' }, 'Stream closed with error code NGHTTP2_INTERNAL_ERROR'), 'transient'],
    ['a session of HTTP/2',                  made({ code: 'ERR_HTTP2_GOAWAY_SESSION' }), 'transient'],
    ['HTTP/2 in words',                      new Error('Stream closed with error code NGHTTP2_REFUSED_STREAM'), 'transient'],
  ]);
});

describe('classifyError of other clients', () => {
  expectAll([
    ['Gemini, a body in the message',   new ApiError({ status: 429, message: JSON.stringify({ error: { code: 429, status: 'RESOURCE_EXHAUSTED' } }) }), 'throttled'],
    ['Gemini, a 400',                   new ApiError({ status: 400, message: 'x' }), 'fatal'],
    ['AI SDK, an APICallError',         named('AI_APICallError', { statusCode: 503, responseHeaders: {}, responseBody: '' }), 'transient'],
    ['AI SDK, one without a status',    named('AI_APICallError'), 'unknown'],
    ['AI SDK, a body that is cut',      named('AI_JSONParseError'), 'transient'],
    ['AI SDK, an empty body',           named('AI_EmptyResponseBodyError'), 'transient'],
    ['AI SDK, no key',                  named('AI_LoadAPIKeyError'), 'fatal'],
    ['AI SDK, no such model',           named('AI_NoSuchModelError'), 'fatal'],
    ['AI SDK, an invalid prompt',       named('AI_InvalidPromptError'), 'fatal'],
    ['AI SDK, no object in an answer',  named('AI_NoObjectGeneratedError'), 'unknown'],
    ['Mistral, a status',               named('SDKError', { statusCode: 429, body: '{"message":"Requests rate limit exceeded"}' }), 'throttled'],
    ['Mistral, a timeout',              named('RequestTimeoutError'), 'transient'],
    ['Mistral, a connection',           named('ConnectionError'), 'transient'],
    ['Mistral, an abort',               named('RequestAbortedError'), 'aborted'],
    ['Mistral, an invalid request',     named('InvalidRequestError'), 'fatal'],
    ['Cohere, a status',                made({ rawResponse: new Response(null, { status: 429 }) }), 'throttled'],
    ['Cohere, a timeout',               named('CohereTimeoutError'), 'transient'],
    ['Cohere, a timeout in words',      made({ rawResponse: { status: 0 }, cause: 'timeout' }, '"timeout"'), 'transient'],
    ['Cohere, an abort',                made({ rawResponse: { status: 499 }, cause: new DOMException('x', 'AbortError') }, 'The user aborted a request'), 'aborted'],
    ['a 499 of a gateway',              made({ status: 499 }), 'fatal'],
    ['Ollama, busy',                    named('ResponseError', { status_code: 503, error: 'server busy' }), 'transient'],
    ['Ollama, no model',                named('ResponseError', { status_code: 404, error: 'model not found' }), 'fatal'],
    ['Hugging Face',                    made({ httpResponse: { status: 429, body: {} } }), 'throttled'],
    ['LangChain, a limit',              made({ lc_error_code: 'MODEL_RATE_LIMIT' }), 'throttled'],
    ['LangChain, a key',                made({ lc_error_code: 'MODEL_AUTHENTICATION' }), 'fatal'],
    ['LangChain, a model',              made({ lc_error_code: 'MODEL_NOT_FOUND' }), 'fatal'],
    ['LangChain, an answer',            made({ lc_error_code: 'OUTPUT_PARSING_FAILURE' }), 'unknown'],
    ['Groq, a request that is larger than the limit', { status: 413, error: { code: 'rate_limit_exceeded', message: 'Limit 6000, Requested 8000' } }, 'fatal'],
    ['Google, a limit as 403',          { status: 403, error: { reason: 'rateLimitExceeded' } }, 'throttled'],
    ['OpenRouter',                      { error: { code: 429, message: 'Provider returned error', metadata: { raw: '{"error":{"code":"insufficient_quota"}}' } } }, 'fatal'],
    ['axios, a timeout',                named('AxiosError', { code: 'ECONNABORTED' }), 'transient'],
    ['axios, an answer',                named('AxiosError', { code: 'ERR_BAD_REQUEST', response: { status: 429 } }), 'throttled'],
    ['got',                             named('ReadError', { code: 'ECONNRESET' }), 'transient'],
    ['got, whose response is hidden',   Object.defineProperty(named('HTTPError'), 'response', { value: { statusCode: 502 } }), 'transient'],
    ['ky',                              named('HTTPError', { response: new Response(null, { status: 502 }) }), 'transient'],
    ['Angular, no answer',              new HttpErrorResponse({ status: 0, error: {} }), 'transient'],
    ['Angular, an answer that is cut',  new HttpErrorResponse({ status: 200, error: { error: new SyntaxError('Unexpected token'), text: '<html>' } }), 'transient'],
    ['Angular, a status',               new HttpErrorResponse({ status: 429 }), 'throttled'],
  ]);
});

describe('classifyError of what SDKs throw that ends the same way next time', () => {
  class LengthFinishReasonError extends Error {}
  class ContentFilterFinishReasonError extends Error {}
  class Minified extends Error {}
  expectAll([
    ['the length',                     new LengthFinishReasonError('x'), 'fatal'],
    ['the length, in words',           new Minified('Could not parse response content as the length limit was reached'), 'fatal'],
    ['the content filter',             new ContentFilterFinishReasonError('x'), 'fatal'],
    ['the content filter, in words',   new Minified('Could not parse response content as the request was rejected by the content filter'), 'fatal'],
  ]);

  it.each([
    'The OPENAI_API_KEY environment variable is missing or empty; either provide it, or instantiate the client with an apiKey option',
    'Missing credentials. Please pass an `apiKey`, or set the `OPENAI_API_KEY` environment variable.',
    'Could not resolve authentication method. Expected either apiKey or authToken to be set.',
    'OpenAI API key is missing. Pass it using the apiKey parameter.', 'API key must be set when using the Gemini API.',
    'Missing API key', 'No API key provided', 'API key not valid. Please pass a valid API key.', 'Could not load credentials from any providers',
  ])('takes "%s" for fatal', (message) => {
    expect(classifyError(new Error(message))).toBe('fatal');
  });
});

it('classifyError reads the value of a stream that reports a failure', () => {
  class ProviderFailureError extends BrandedError {
    static override readonly brandName = 'ProviderFailureError';
    readonly value = { type: 'response.failed', response: { error: { code: 'rate_limit_exceeded', message: 'Please try again in 3s' } } };
  }
  expect(classifyError(new ProviderFailureError('x'))).toBe('throttled');
  expect(retryAfterOf(new ProviderFailureError('x'))).toBe(3_000);
});

describe('classifyError of several errors in one', () => {
  const [busy, wrong, limited] = [{ statusCode: 503 }, { statusCode: 400 }, { statusCode: 429 }];
  const retried = (...errors: unknown[]) => named('AI_RetryError', { reason: 'errorNotRetryable', errors, lastError: errors.at(-1) });
  expectAll([
    ['judges by the last',                          retried(limited, wrong), 'fatal'],
    ['judges by the last, though another is worse', retried(wrong, limited), 'throttled'],
    ['judges by the last, though it says it in words', retried(wrong, new TypeError('fetch failed')), 'transient'],
    ['asks the one before if the last says nothing', retried(busy, new Error('x')), 'transient'],
    ['judges an AggregateError likewise',           new AggregateError([wrong, limited]), 'throttled'],
    ['judges a list in a list',                     retried(limited, retried(limited, wrong)), 'fatal'],
    ['takes what the outer one says itself first',  made({ status: 401, errors: [busy] }), 'fatal'],
  ]);
});
