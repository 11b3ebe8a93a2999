import { anthropic } from '../../support/anthropic-peers';
import { gemini, geminiRefusal, perDayQuota } from '../../support/gemini-peer';
import { event, namedEvent } from '../../support/peer';
import { openaiWire } from './openai';
import { quotaWords, type Wire, words } from './wire';

export const anthropicWire: Wire = {
  pieces: anthropic.pieces,
  type: 'text/event-stream',
  start: anthropic.start.pieces,
  whole: {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude-haiku-4-5',
    content: [{ type: 'text', text: 'Hello world' }],
    stop_reason: 'end_turn',
    usage: { input_tokens: 9, output_tokens: 2 },
  },
  hasEnd: true,
  hasUsage: true,
  refusal: (status) => ({ status, json: { type: 'error', error: { type: 'error', message: words } } }),
  exhausted: anthropic.refusals.exhausted,
  failure: namedEvent({ type: 'error', ...{ error: { type: 'overloaded_error', message: words } } }),
};

export const geminiWire: Wire = {
  pieces: gemini.pieces,
  type: 'text/event-stream',
  start: gemini.start.pieces,
  whole: {
    candidates: [{ index: 0, content: { role: 'model', parts: [{ text: 'Hello world' }] }, finishReason: 'STOP' }],
    usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 2, totalTokenCount: 11 },
  },
  hasEnd: true,
  hasUsage: true,
  refusal: (status) => ({ status, json: { error: { code: status, message: words, status: 'UNKNOWN' } } }),
  exhausted: geminiRefusal(429, 'RESOURCE_EXHAUSTED', perDayQuota),
  failure: event({ error: { code: 503, message: words, status: 'UNAVAILABLE' } }),
};

const mistralChunk = (content: string, more: object = {}, finish_reason: string | null = null) =>
  event({ id: '1', model: 'm', choices: [{ index: 0, delta: { content }, finish_reason }], ...more });

export const mistralWire: Wire = {
  ...openaiWire,
  failure: undefined,
  pieces: [
    mistralChunk('Hello'),
    mistralChunk(' world'),
    mistralChunk('', { usage: { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 } }, 'stop'),
    'data: [DONE]\n\n',
  ],
  start: 1,
  refusal: (status) => ({ status, json: { object: 'error', message: words, type: 'error', param: null, code: '0' } }),
  exhausted: {
    status: 429,
    json: { object: 'error', message: quotaWords, type: 'insufficient_quota', param: null, code: '0' },
  },
};

const cohereUsage = {
  billed_units: { input_tokens: 9, output_tokens: 2 },
  tokens: { input_tokens: 9, output_tokens: 2 },
};

export const cohereWire: Wire = {
  pieces: [
    ...[
      { type: 'message-start', id: '1', delta: { message: { role: 'assistant', content: [] } } },
      { type: 'content-start', index: 0, delta: { message: { content: { type: 'text', text: '' } } } },
      { type: 'content-delta', index: 0, delta: { message: { content: { text: 'Hello' } } } },
      { type: 'content-delta', index: 0, delta: { message: { content: { text: ' world' } } } },
      { type: 'content-end', index: 0 },
      { type: 'message-end', id: '1', delta: { finish_reason: 'COMPLETE', usage: cohereUsage } },
    ].map(namedEvent),
    'data: [DONE]\n\n',
  ],
  type: 'text/event-stream',
  start: 3,
  whole: {
    id: '1',
    finish_reason: 'COMPLETE',
    message: { role: 'assistant', content: [{ type: 'text', text: 'Hello world' }] },
    usage: cohereUsage,
  },
  hasEnd: true,
  hasUsage: true,
  refusal: (status) => ({ status, json: { id: '1', message: words } }),
  exhausted: { status: 429, json: { id: '1', message: quotaWords } },
  failure: undefined,
};

const ollamaLine = (content: string, more: object = { done: false }) =>
  `${JSON.stringify({ model: 'm', created_at: '2026-01-01T00:00:00Z', message: { role: 'assistant', content }, ...more })}\n`;
const ollamaEnd = { done: true, done_reason: 'stop', prompt_eval_count: 9, eval_count: 2 };

export const ollamaWire: Wire = {
  pieces: [ollamaLine('Hello'), ollamaLine(' world'), ollamaLine('', ollamaEnd)],
  type: 'application/x-ndjson',
  start: 1,
  whole: JSON.parse(ollamaLine('Hello world', ollamaEnd)),
  hasEnd: true,
  hasUsage: true,
  refusal: (status) => ({ status, json: { error: words } }),
  exhausted: { status: 429, json: { error: quotaWords } },
  failure: `${JSON.stringify({ error: 'an error was encountered while running the model: unexpected EOF' })}\n`,
};

export const huggingFaceWire: Wire = { ...openaiWire, refusal: (status) => ({ status, json: { error: words } }) };

/** A stream of plain text: it has neither an end of its own nor a usage. */
export const textWire: Wire = {
  ...openaiWire,
  pieces: ['Hello', ' world'],
  type: 'text/plain; charset=utf-8',
  start: 1,
  whole: 'Hello world',
  hasEnd: false,
  hasUsage: false,
  failure: undefined,
};
