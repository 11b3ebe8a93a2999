import OpenAI from 'openai';
import type { Answer } from './fault-server';
import { event, namedEvent, type Peer } from './peer';

const clientOf = (url: string, options: { readonly timeout?: number } = {}) =>
  new OpenAI({ apiKey: 'test', baseURL: `${url}/v1`, maxRetries: 0, logLevel: 'off', ...options });

const refusal = (status: number, error: { message: string; type: string; code: string | null }): Answer => ({
  status,
  json: { error: { param: null, ...error } },
});

const refusals: Peer['refusals'] = {
  throttled: refusal(429, { message: 'Rate limit reached', type: 'requests', code: 'rate_limit_exceeded' }),
  exhausted: refusal(429, {
    message: 'You exceeded your current quota, please check your plan and billing details.',
    type: 'insufficient_quota',
    code: 'insufficient_quota',
  }),
  overloaded: refusal(503, {
    message: 'The engine is currently overloaded, please try again later',
    type: 'server_error',
    code: 'server_is_overloaded',
  }),
  invalid: refusal(400, { message: 'Unknown parameter', type: 'invalid_request_error', code: null }),
};

export const chatRequest = {
  model: 'gpt-4o',
  messages: [{ role: 'user' as const, content: 'Say hello' }],
  stream_options: { include_usage: true },
};

const chunk = (choices: readonly object[], usage: object | null = null) =>
  event({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'gpt-4o', choices, usage });
const delta = (delta: object, finish_reason: string | null = null) => chunk([{ index: 0, delta, finish_reason }]);

export const chat: Peer = {
  name: 'openai chat',
  open: (url, options) => {
    const { completions } = clientOf(url, options).chat;
    return (signal) => completions.create({ ...chatRequest, stream: true }, { signal });
  },
  pieces: [
    delta({ role: 'assistant', content: '' }),
    delta({ content: 'Hello' }),
    delta({ content: ' world' }),
    delta({}, 'stop'),
    chunk([], { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 }),
    'data: [DONE]\n\n',
  ],
  start: { pieces: 2, values: 2 },
  refusals,
};

export const chatHelper: Peer = {
  ...chat,
  name: 'openai chat.completions.stream()',
  open: (url, options) => {
    const { completions } = clientOf(url, options).chat;
    return async (signal) => completions.stream({ ...chatRequest, stream: true }, { signal });
  },
};

const response = (status: string, usage: object | null) => ({
  id: 'resp_1',
  object: 'response',
  status,
  output: [],
  usage,
});
const message = { id: 'msg_1', type: 'message', role: 'assistant', status: 'in_progress', content: [] };
const inItem = { item_id: 'msg_1', output_index: 0, content_index: 0 };

export const responses: Peer = {
  name: 'openai responses',
  open: (url, options) => {
    const client = clientOf(url, options);
    return (signal) => client.responses.create({ model: 'gpt-4o', input: 'Say hello', stream: true }, { signal });
  },
  pieces: [
    { type: 'response.created', response: response('in_progress', null) },
    { type: 'response.output_item.added', output_index: 0, item: message },
    { type: 'response.content_part.added', ...inItem, part: { type: 'output_text', text: '', annotations: [] } },
    { type: 'response.output_text.delta', ...inItem, delta: 'Hello' },
    { type: 'response.output_text.delta', ...inItem, delta: ' world' },
    { type: 'response.output_text.done', ...inItem, text: 'Hello world' },
    {
      type: 'response.completed',
      response: response('completed', { input_tokens: 9, output_tokens: 2, total_tokens: 11 }),
    },
  ].map((each, index) => namedEvent(Object.assign(each, { sequence_number: index }))),
  start: { pieces: 4, values: 4 },
  refusals,
};

export const responsesHelper: Peer = {
  ...responses,
  name: 'openai responses.stream()',
  open: (url, options) => {
    const client = clientOf(url, options);
    return async (signal) => client.responses.stream({ model: 'gpt-4o', input: 'Say hello' }, { signal });
  },
};
