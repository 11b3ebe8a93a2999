import { describe, expect, it } from 'vitest';
import { type Said, said } from './said';

const block = (delta: object) => ({ type: 'content_block_delta', index: 0, delta });

describe('an event of Anthropic', () => {
  it.each<[string, unknown, Said]>([
    ['message_start',        { type: 'message_start', message: { content: [], usage: { input_tokens: 5, output_tokens: 1, cache_read_input_tokens: 3, cache_creation_input_tokens: 2 } } }, { usage: { input: 10, cachedInput: 3, cacheWrite: 2, output: 1, final: false } }],
    ['ping',                 { type: 'ping' }, {}],
    ['keepalive',            { type: 'keepalive' }, {}],
    ['text that begins',     { type: 'content_block_start', content_block: { type: 'text', text: '' } }, {}],
    ['thoughts that begin',  { type: 'content_block_start', content_block: { type: 'thinking', thinking: '' } }, {}],
    ['a tool that is called', { type: 'content_block_start', content_block: { type: 'tool_use', name: 'f', input: {} } }, { content: true }],
    ['hidden thoughts',      { type: 'content_block_start', content_block: { type: 'redacted_thinking', data: 'x' } }, { content: true }],
    ['no block',             { type: 'content_block_start' }, {}],
    ['text',                 block({ type: 'text_delta', text: 'Hi' }), { text: 'Hi', content: true }],
    ['text without a type',  block({ text: 'Hi' }), { text: 'Hi', content: true }],
    ['thoughts',             block({ type: 'thinking_delta', thinking: 'Hm' }), { reasoning: 'Hm', content: true }],
    ['arguments',            block({ type: 'input_json_delta', partial_json: '{"a' }), { other: '{"a', content: true }],
    ['empty arguments',      block({ type: 'input_json_delta', partial_json: '' }), {}],
    ['a signature',          block({ type: 'signature_delta', signature: 'x' }), {}],
    ['a citation',           block({ type: 'citations_delta', citation: {} }), { content: true }],
    ['no delta',             { type: 'content_block_delta' }, {}],
    ['content_block_stop',   { type: 'content_block_stop' }, {}],
    ['a delta in between',   { type: 'message_delta', delta: { stop_reason: null }, usage: { output_tokens: 8 } }, { usage: { output: 8, final: false } }],
    ['the last delta',       { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 15, output_tokens_details: { thinking_tokens: 6 } } }, { final: true, usage: { output: 15, reasoning: 6, final: true } }],
    ['message_stop',         { type: 'message_stop' }, { final: true }],
    ['message_stop with usage', { type: 'message_stop', usage: { input_tokens: 5, output_tokens: 15 } }, { final: true, usage: { input: 5, output: 15, final: true } }],
    ['a whole message',      { type: 'message', stop_reason: 'tool_use', content: [{ type: 'thinking', thinking: 'Hm' }, { type: 'text', text: 'Hi' }, { type: 'tool_use', input: {} }], usage: { output_tokens: 15 } }, { text: 'Hi', reasoning: 'Hm', other: '{}', content: true, final: true, usage: { output: 15, final: true } }],
    ['an overload',          { type: 'error', error: { details: null, type: 'overloaded_error', message: 'Overloaded' } }, { failure: { message: 'Overloaded', type: 'overloaded_error' } }],
  ])('tells %s', (_, value, expected) => {
    expect(said(value)).toStrictEqual(expected);
  });
});
