import Anthropic from '@anthropic-ai/sdk';
import type { Answer } from './fault-server';
import { namedEvent, type Peer } from './peer';

const clientOf = (url: string, options: { readonly timeout?: number } = {}) =>
  new Anthropic({ apiKey: 'test', baseURL: url, maxRetries: 0, logLevel: 'off', ...options });

const refusal = (status: number, error: object): Answer => ({
  status,
  json: { type: 'error', error, request_id: 'req_1' },
});

export const messagesRequest = {
  model: 'claude-haiku-4-5',
  max_tokens: 100,
  messages: [{ role: 'user' as const, content: 'Say hello' }],
};

export const anthropic: Peer = {
  name: 'anthropic',
  open: (url, options) => {
    const { messages } = clientOf(url, options);
    return (signal) => messages.create({ ...messagesRequest, stream: true }, { signal });
  },
  pieces: [
    {
      type: 'message_start',
      message: {
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        content: [],
        usage: { input_tokens: 9, output_tokens: 1 },
      },
    },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'ping' },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hello' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: ' world' } },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 2 } },
    { type: 'message_stop' },
  ].map(namedEvent),
  start: { pieces: 4, values: 3 },
  refusals: {
    throttled: refusal(429, { type: 'rate_limit_error', message: 'This would exceed your rate limit' }),
    exhausted: refusal(429, {
      type: 'rate_limit_error',
      message: 'You have reached your specified API usage limits',
      details: { error_code: 'enforced_spend_limit_reached' },
    }),
    overloaded: refusal(529, { type: 'overloaded_error', message: 'Overloaded' }),
    invalid: refusal(400, { type: 'invalid_request_error', message: 'messages: field required' }),
  },
};

export const anthropicHelper: Peer = {
  ...anthropic,
  name: 'anthropic messages.stream()',
  open: (url, options) => {
    const { messages } = clientOf(url, options);
    return async (signal) => messages.stream(messagesRequest, { signal });
  },
};
