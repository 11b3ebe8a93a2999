import { describe, expect, it } from 'vitest';
import { BrandedError, mayHelpElsewhere } from '../../src/provider';

const own = (name: string) => {
  class Own extends BrandedError {
    static override readonly brandName = name;
  }
  return new Own('x');
};

describe('mayHelpElsewhere', () => {
  it.each<[string, unknown]>([
    ...[401, 402, 403, 404, 408, 409, 429, 500, 503, 529].map((status): [string, unknown] => [`a ${status}`, { status }]),
    ['an exhausted quota',           { status: 429, code: 'insufficient_quota' }],
    ['a request above the limit',    { status: 429, message: 'Limit 5, Requested 6' }],
    ['an account without credit',    { status: 400, code: 'insufficient_credits' }],
    ['a key that is invalid as 400', { status: 400, error: { status: 'INVALID_ARGUMENT', reason: 'API_KEY_INVALID' } }],
    ['an invalid key',               { code: 'invalid_api_key' }],
    ['a key in another way',         { type: 'invalid_request_error', reason: 'APIKEY' }],
    ['a model that is not found',    { status: 400, type: 'invalid_request_error', code: 'model_not_found' }],
    ['a model in another way',       { type: 'invalid_request_error', code: 'modelNotFound' }],
    ['a bad request as a 404',       { status: 404, type: 'invalid_request_error' }],
    ['no permission',                { type: 'permission_error' }],
    ['no model',                     { type: 'not_found_error' }],
    ['a verdict of the server',      { status: 500, headers: { 'x-should-retry': 'false' } }],
    ['an open circuit',              own('CircuitOpenError')],
    ['a full line',                  own('PermitRefusedError')],
    ['a cut stream',                 own('StreamTruncatedError')],
    ['a mistake of this client',     new RangeError('x')],
    ['what nobody knows',            new Error('x')],
  ])('is true for %s', (_, error) => {
    expect(mayHelpElsewhere(error)).toBe(true);
  });

  it.each<[string, unknown]>([
    ...[400, 413, 422].map((status): [string, unknown] => [`a ${status}`, { status }]),
    ['an invalid request',        { type: 'invalid_request_error' }],
    ['a request that is too large', { type: 'request_too_large' }],
    ['a prompt that is too long', { error: { code: 'context_length_exceeded' } }],
    ['an argument of gRPC',       { code: 3, details: 'x' }],
    ['a validation of AWS',       Object.assign(new Error('x'), { name: 'ValidationException' })],
    ['a bad request in a cause',  new Error('x', { cause: { status: 400 } })],
    ['a bad request, the last of several', new AggregateError([{ status: 503 }, { status: 400 }])],
    ['an abort',                  new DOMException('x', 'AbortError')],
    ['an answer that was rejected', own('AnswerRejectedError')],
    ['a budget',                  own('TokenBudgetExceededError')],
    ['a budget in a cause',       new Error('x', { cause: own('TokenBudgetExceededError') })],
  ])('is false for %s', (_, error) => {
    expect(mayHelpElsewhere(error)).toBe(false);
  });
});
