import { APICallError, InvalidArgumentError, InvalidPromptError, LoadAPIKeyError, LoadSettingError, NoSuchModelError, NoSuchProviderError, RetryError, UnsupportedFunctionalityError } from 'ai';
import { expect, it } from 'vitest';
import { CircuitOpenError } from '../../src/index';
import { billedNothing, markReached } from '../../src/provider';

const coded = (code: string, cause?: unknown) => Object.assign(new Error('x', { cause }), { code });
const status = (statusCode: number) => new APICallError({ message: 'x', url: 'https://api.example.com', requestBodyValues: {}, statusCode });
const retried = (...errors: Error[]) => new RetryError({ message: 'x', reason: 'maxRetriesExceeded', errors });

it.each<[string, unknown]>([
  ...[400, 401, 407, 409, 429, 498, 500, 503, 505, 523, 525, 529].map((each): [string, unknown] => [`a status of ${each}`, { status: each }]),
  ...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH', 'UND_ERR_CONNECT_TIMEOUT', 'ERR_NAME_NOT_RESOLVED'].map((code): [string, unknown] => [code, new TypeError('fetch failed', { cause: coded(code) })]),
  ['a refusal of this library', new CircuitOpenError()],
  ['a key that is missing', new LoadAPIKeyError({ message: 'x' })],
  ['a setting that is missing', new LoadSettingError({ message: 'x' })],
  ['a model that is not known', new NoSuchModelError({ modelId: 'x', modelType: 'languageModel' })],
  ['a provider that is not known', new NoSuchProviderError({ modelId: 'x', modelType: 'languageModel', providerId: 'x', availableProviders: [] })],
  ['what a model cannot do', new UnsupportedFunctionalityError({ functionality: 'x' })],
  ['a version that is not known', Object.assign(new Error('x'), { name: 'AI_UnsupportedModelVersionError' })],
  ['a prompt that is wrong', new InvalidPromptError({ prompt: {}, message: 'x' })],
  ['an argument that is wrong', new InvalidArgumentError({ parameter: 'x', value: 1, message: 'x' })],
  ['retries of which each says so', retried(status(503), status(429))],
  ['two addresses of which each refuses', new AggregateError([coded('ECONNREFUSED'), coded('ENETUNREACH')])],
])('says that nothing was billed: %s', (_, error) => {
  expect(billedNothing(error)).toBe(true);
});

it.each<[string, unknown]>([
  ...[408, 499, 504, 524].map((each): [string, unknown] => [`a status of ${each}`, { status: each }]),
  ['a connection that broke', coded('ECONNRESET')],
  ['a code that only begins so', coded('ECONNREFUSED_LATER')],
  ['a code that only ends so', coded('NOT_ECONNREFUSED')],
  ['an error of the AI SDK while it reads', Object.assign(new Error('x'), { name: 'AI_InvalidResponseDataError' })],
  ['a name that only ends so', Object.assign(new Error('x'), { name: 'Not_AI_InvalidPromptError' })],
  ['a tool that is not known', Object.assign(new Error('x'), { name: 'AI_NoSuchToolError' })],
  ['retries of which one may have been billed', retried(status(504), status(429))],
  ['a list of nothing', new AggregateError([])],
  ['any error', new Error('x')],
  ['nothing', undefined],
])('does not say so: %s', (_, error) => {
  expect(billedNothing(error)).toBe(false);
});

it('does not say so by the refusal of a call that had reached a source', () => {
  const reached = new CircuitOpenError();
  markReached(reached);
  expect(billedNothing(reached)).toBe(false);
});
