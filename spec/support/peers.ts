import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import type { Answer } from './fault-server';

/** A streaming call of an SDK. */
export type OpenStream = (signal?: AbortSignal) => Promise<AsyncIterable<unknown>>;

/** What goes wrong before the first byte of an answer. */
export type Refusal = 'throttled' | 'exhausted' | 'overloaded' | 'invalid';

/** An official SDK, and what its provider sends. */
export interface Peer {
  readonly name: string;
  /** A streaming call, without retries of the SDK's own. */
  open(url: string, options?: { readonly timeout?: number }): OpenStream;
  /** How the provider streams 'Hello', ' world': 9 tokens in, 2 out. */
  readonly pieces: readonly string[];
  /** How many of the pieces it takes to the first text, and how many values the SDK makes of these. */
  readonly start: { readonly pieces: number; readonly values: number };
  readonly refusals: Readonly<Record<Refusal, Answer>>;
}

const event = (data: object) => `data: ${JSON.stringify(data)}\n\n`;
const named = (data: object & { readonly type: string }) => `event: ${data.type}\n${event(data)}`;

const chatChunk = (choices: readonly object[], usage: object | null = null) =>
  event({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'gpt-4o', choices, usage });
const chatDelta = (delta: object, finish_reason: string | null = null) =>
  chatChunk([{ index: 0, delta, finish_reason }]);

const openaiRefusal = (status: number, error: { message: string; type: string; code: string | null }): Answer => ({
  status,
  json: { error: { param: null, ...error } },
});

const openaiRefusals: Peer['refusals'] = {
  throttled: openaiRefusal(429, { message: 'Rate limit reached', type: 'requests', code: 'rate_limit_exceeded' }),
  exhausted: openaiRefusal(429, {
    message: 'You exceeded your current quota, please check your plan and billing details.',
    type: 'insufficient_quota',
    code: 'insufficient_quota',
  }),
  overloaded: openaiRefusal(503, {
    message: 'The engine is currently overloaded, please try again later',
    type: 'server_error',
    code: 'server_is_overloaded',
  }),
  invalid: openaiRefusal(400, { message: 'Unknown parameter', type: 'invalid_request_error', code: null }),
};

const clientOf = (url: string, options: { readonly timeout?: number } = {}) =>
  new OpenAI({ apiKey: 'test', baseURL: `${url}/v1`, maxRetries: 0, logLevel: 'off', ...options });

export const chat: Peer = {
  name: 'openai chat',
  open: (url, options) => {
    const { completions } = clientOf(url, options).chat;
    const body = { model: 'gpt-4o', messages: [{ role: 'user' as const, content: 'Say hello' }] };
    return (signal) =>
      completions.create({ ...body, stream: true, stream_options: { include_usage: true } }, { signal });
  },
  pieces: [
    chatDelta({ role: 'assistant', content: '' }),
    chatDelta({ content: 'Hello' }),
    chatDelta({ content: ' world' }),
    chatDelta({}, 'stop'),
    chatChunk([], { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 }),
    'data: [DONE]\n\n',
  ],
  start: { pieces: 2, values: 2 },
  refusals: openaiRefusals,
};

const response = (status: string, usage: object | null) => ({ id: 'resp_1', object: 'response', status, usage });
const inItem = { item_id: 'msg_1', output_index: 0, content_index: 0 };

export const responses: Peer = {
  name: 'openai responses',
  open: (url, options) => {
    const client = clientOf(url, options);
    return (signal) => client.responses.create({ model: 'gpt-4o', input: 'Say hello', stream: true }, { signal });
  },
  pieces: [
    { type: 'response.created', response: response('in_progress', null) },
    { type: 'response.output_text.delta', ...inItem, delta: 'Hello' },
    { type: 'response.output_text.delta', ...inItem, delta: ' world' },
    { type: 'response.output_text.done', ...inItem, text: 'Hello world' },
    {
      type: 'response.completed',
      response: response('completed', { input_tokens: 9, output_tokens: 2, total_tokens: 11 }),
    },
  ].map((each, index) => named(Object.assign(each, { sequence_number: index }))),
  start: { pieces: 2, values: 2 },
  refusals: openaiRefusals,
};

const anthropicRefusal = (status: number, error: object): Answer => ({
  status,
  json: { type: 'error', error, request_id: 'req_1' },
});

export const anthropic: Peer = {
  name: 'anthropic',
  open: (url, options) => {
    const client = new Anthropic({ apiKey: 'test', baseURL: url, maxRetries: 0, logLevel: 'off', ...options });
    const body = { model: 'claude-sonnet-4-5', max_tokens: 100, messages: [{ role: 'user' as const, content: 'Hi' }] };
    return (signal) => client.messages.create({ ...body, stream: true }, { signal });
  },
  pieces: [
    {
      type: 'message_start',
      message: { id: 'msg_1', type: 'message', content: [], usage: { input_tokens: 9, output_tokens: 1 } },
    },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'ping' },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hello' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: ' world' } },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 2 } },
    { type: 'message_stop' },
  ].map(named),
  start: { pieces: 4, values: 3 },
  refusals: {
    throttled: anthropicRefusal(429, { type: 'rate_limit_error', message: 'This would exceed your rate limit' }),
    exhausted: anthropicRefusal(429, {
      type: 'rate_limit_error',
      message: 'You have reached your specified API usage limits',
      details: { error_code: 'enforced_spend_limit_reached' },
    }),
    overloaded: anthropicRefusal(529, { type: 'overloaded_error', message: 'Overloaded' }),
    invalid: anthropicRefusal(400, { type: 'invalid_request_error', message: 'messages: field required' }),
  },
};

const geminiChunk = (text: string, candidatesTokenCount: number, finishReason?: string) =>
  event({
    candidates: [{ index: 0, content: { role: 'model', parts: [{ text }] }, finishReason }],
    usageMetadata: { promptTokenCount: 9, candidatesTokenCount, totalTokenCount: 9 + candidatesTokenCount },
  });

const geminiRefusal = (code: number, status: string, ...details: readonly object[]): Answer => ({
  status: code,
  json: { error: { code, message: `The request failed: ${status}`, status, details } },
});

export const retryInfo = (retryDelay: string) => ({ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay });
export const quotaFailure = (quotaId: string) => ({
  '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
  violations: [{ quotaMetric: 'generativelanguage.googleapis.com/requests', quotaId }],
});

export const gemini: Peer = {
  name: 'google genai',
  open: (url, { timeout } = {}) => {
    const httpOptions = { baseUrl: url, ...(timeout === undefined ? {} : { timeout }) };
    const { models } = new GoogleGenAI({ apiKey: 'test', httpOptions });
    return (abortSignal) =>
      models.generateContentStream({
        model: 'gemini-2.5-flash',
        contents: 'Say hello',
        ...(abortSignal === undefined ? {} : { config: { abortSignal } }),
      });
  },
  pieces: [geminiChunk('Hello', 1), geminiChunk(' world', 2), geminiChunk('', 2, 'STOP')],
  start: { pieces: 1, values: 1 },
  refusals: {
    throttled: geminiRefusal(
      429,
      'RESOURCE_EXHAUSTED',
      quotaFailure('GenerateRequestsPerMinutePerProjectPerModel'),
      retryInfo('0.04s'),
    ),
    exhausted: geminiRefusal(
      429,
      'RESOURCE_EXHAUSTED',
      quotaFailure('GenerateRequestsPerDayPerProjectPerModel-FreeTier'),
      retryInfo('34.4s'),
    ),
    overloaded: geminiRefusal(503, 'UNAVAILABLE'),
    invalid: geminiRefusal(400, 'INVALID_ARGUMENT'),
  },
};

export const peers: readonly Peer[] = [chat, responses, anthropic, gemini];

/** The whole answer, as it should be. */
export const wholeAnswer = (peer: Peer): Answer => ({ pieces: peer.pieces });

/** The answer up to its first text, then what `more` says. */
export const startOfAnswer = (peer: Peer, ...more: readonly string[]): Answer => ({
  pieces: [...peer.pieces.slice(0, peer.start.pieces), ...more],
});
