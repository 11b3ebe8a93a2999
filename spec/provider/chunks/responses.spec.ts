import { describe, expect, it } from 'vitest';
import { type Said, said } from './said';

const report = { input_tokens: 9, output_tokens: 12, total_tokens: 21, input_tokens_details: { cached_tokens: 4 }, output_tokens_details: { reasoning_tokens: 5 } };
const usage = { input: 9, cachedInput: 4, output: 12, reasoning: 5, total: 21 };
const message = { type: 'message', content: [{ type: 'output_text', text: 'Hi' }] };
const error = { code: 'rate_limit_exceeded', message: 'Please try again in 14.036s.' };

describe('an event of the Responses API', () => {
  it.each<[string, unknown, Said]>([
    ['response.created',     { type: 'response.created', response: { status: 'in_progress', output: [], usage: null } }, {}],
    ['response.in_progress', { type: 'response.in_progress', response: { usage: report } }, { usage: { ...usage, final: false } }],
    ['an item that begins',  { type: 'response.output_item.added', item: { type: 'message', content: [] } }, {}],
    ['thoughts that begin',  { type: 'response.output_item.added', item: { type: 'reasoning', summary: [] } }, {}],
    ['a call that begins',   { type: 'response.output_item.added', item: { type: 'function_call', name: 'f', arguments: '' } }, { content: true }],
    ['an item with an empty refusal', { type: 'response.output_item.done', item: { type: 'message', content: [{ type: 'refusal', refusal: '' }] } }, {}],
    ['an item that is none', { type: 'response.output_item.done' }, {}],
    ['an item that is done', { type: 'response.output_item.done', item: message }, { content: true }],
    ['a part that begins',   { type: 'response.content_part.added', part: { type: 'output_text', text: '' } }, {}],
    ['text',                 { type: 'response.output_text.delta', delta: 'Hi' }, { text: 'Hi', content: true }],
    ['empty text',           { type: 'response.output_text.delta', delta: '' }, {}],
    ['thoughts',             { type: 'response.reasoning_summary_text.delta', delta: 'Hm' }, { reasoning: 'Hm', content: true }],
    ['arguments',            { type: 'response.function_call_arguments.delta', delta: '{"a' }, { other: '{"a', content: true }],
    ['audio',                { type: 'response.output_audio.delta', delta: 'UklG' }, { content: true }],
    ['what audio says',      { type: 'response.audio.transcript.delta', delta: 'Hi' }, { other: 'Hi', content: true }],
    ['an image',             { type: 'response.image_generation_call.partial_image', partial_image_b64: 'x' }, { content: true }],
    ['a citation',           { type: 'response.output_text.annotation.added', annotation: {} }, { content: true }],
    ['text that is done',    { type: 'response.output_text.done', text: 'Hi' }, { content: true }],
    ['a search',             { type: 'response.web_search_call.searching' }, {}],
    ['response.completed',   { type: 'response.completed', response: { status: 'completed', output: [message], usage: report } }, { content: true, final: true, usage: { ...usage, final: true } }],
    ['an empty answer',      { type: 'response.completed', response: { output: [{ type: 'reasoning', summary: [] }, { type: 'message', content: [{ type: 'output_text', text: '' }, 5] }] } }, { final: true }],
    ['response.incomplete',  { type: 'response.incomplete', response: { status: 'incomplete' } }, { final: true }],
    ['response.done',        { type: 'response.done', response: { usage: report } }, { final: true, usage: { ...usage, final: true } }],
    ['response.done that failed', { type: 'response.done', response: { status: 'failed', status_details: { type: 'failed', error } } }, { final: true, failure: error }],
    ['response.failed',      { type: 'response.failed', response: { status: 'failed', output: [], error } }, { final: true, failure: error }],
    ['response.failed that says no more', { type: 'response.failed' }, { final: true, failure: { message: 'The provider reports a failure: it does not say which' } }],
    ['error',                { type: 'error', code: 'server_error', message: 'Overloaded.', param: null }, { failure: { message: 'Overloaded.', code: 'server_error' } }],
    ['a nested error',       { type: 'error', sequence_number: 2, error: { ...error, type: 'tokens' } }, { failure: { ...error, type: 'tokens' } }],
  ])('tells %s', (_, value, expected) => {
    expect(said(value)).toStrictEqual(expected);
  });
});

describe('a whole response', () => {
  it.each<[string, unknown, Said]>([
    ['its text',     { object: 'response', status: 'completed', output: [message], usage: report }, { text: 'Hi', content: true, final: true, usage: { ...usage, final: true } }],
    ['that it runs', { object: 'response', status: 'queued', output: [] }, {}],
    ['a call',       { object: 'response', status: 'completed', output: [{ type: 'web_search_call' }, null] }, { content: true, final: true }],
    ['its failure',  { object: 'response', status: 'failed', output: [], error }, { final: true, failure: error }],
  ])('tells %s', (_, value, expected) => {
    expect(said(value)).toStrictEqual(expected);
  });
});
