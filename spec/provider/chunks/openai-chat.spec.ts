import { describe, expect, it } from 'vitest';
import { type Said, said } from './said';

const chunk = (delta: object | null, rest: object = {}) => ({ object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: null, ...rest }], usage: null });
const chatUsage = { prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 };
const usage = { input: 9, output: 12, total: 21, final: true };

describe('a chunk of OpenAI chat, and of those who write like it,', () => {
  it.each<[string, unknown, Said]>([
    ['tells its text',                chunk({ content: 'Hi' }), { text: 'Hi', content: true }],
    ['says nothing with a role',      chunk({ role: 'assistant', content: '', refusal: null }), {}],
    ['says nothing with an empty delta', chunk({}), {}],
    ['says nothing without choices',  { choices: [], prompt_filter_results: [] }, {}],
    ['says nothing without a delta',  chunk(null), {}],
    ['ends',                          chunk({}, { finish_reason: 'stop' }), { final: true }],
    ['ends with its text',            chunk({ content: '.' }, { finish_reason: 'length' }), { text: '.', content: true, final: true }],
    ['reports usage without choices', { choices: [], usage: chatUsage }, { usage }],
    ['is content with a refusal',     chunk({ refusal: 'No' }), { other: 'No', content: true }],
    ['is content with a refusal beside an empty text', chunk({ content: '', refusal: 'No' }), { other: 'No', content: true }],
    ['is content when a tool call begins', chunk({ tool_calls: [{ index: 0, id: 'a', function: { name: 'f', arguments: '' } }] }), { content: true }],
    ['is content with an old function call', chunk({ function_call: { name: 'f', arguments: '' } }), { content: true }],
    ['says nothing with an empty list of tool calls', chunk({ content: '', tool_calls: [] }), {}],
    ['is content with audio',         chunk({ audio: { id: 'a', data: 'UklG' } }), { content: true }],
    ['is content with an image',      chunk({ content: '', images: [{ image_url: { url: 'data:' } }] }), { content: true }],
    ['is content with a citation',    chunk({ annotations: [{ type: 'url_citation' }] }), { content: true }],
    ['is content with hidden thoughts', chunk({ content: '', reasoning: null, reasoning_details: [{ type: 'reasoning.encrypted', data: 'x' }] }), { content: true }],
    ['is content with thoughts',      chunk({ content: null, reasoning_content: 'Hm' }), { reasoning: 'Hm', content: true }],
    ['is content in a part of another kind', chunk({ content: [{ type: 'image_url', image_url: '' }, 'Hi'] }), { text: 'Hi', content: true }],
    ['tells a refusal beside text in a whole answer', { choices: [{ message: { content: 'Hi', refusal: 'No' }, finish_reason: 'stop' }] }, { text: 'Hi', other: 'No', content: true, final: true }],
    ['is not final before all of its choices are', { choices: [{ delta: {}, finish_reason: 'stop' }, { delta: { content: 'b' }, finish_reason: null }] }, { text: 'b', content: true }],
    ['is final when all of its choices are', { choices: [{ delta: {}, finish_reason: 'stop' }, { delta: {}, finish_reason: 'length' }] }, { final: true }],
    ['skips a choice that is none',   { choices: [null, 5] }, {}],
    ['in camel case (Mistral) tells the same', { data: { choices: [{ delta: { content: '', toolCalls: [{ function: { name: 'f', arguments: { a: 1 } } }] }, finishReason: 'tool_calls' }], usage: { promptTokens: 9, completionTokens: 12, totalTokens: 21 } } }, { other: '{"a":1}', content: true, final: true, usage }],
    ['reports usage in x_groq',       { ...chunk({}, { finish_reason: 'stop' }), usage: undefined, x_groq: { id: 'r', usage: chatUsage } }, { final: true, usage }],
    ['reports usage in its choice (Moonshot)', { choices: [{ delta: {}, finish_reason: 'stop', usage: chatUsage }] }, { final: true, usage }],
    ['fails in x_groq',               { choices: [], x_groq: { error: 'over capacity' } }, { failure: { message: 'over capacity' } }],
    ['fails with finish_reason error', { error: { code: 502, message: 'Provider disconnected' }, choices: [{ delta: { content: '' }, finish_reason: 'error' }] }, { final: true, failure: { message: 'Provider disconnected', status: 502 } }],
    ['fails with finish_reason error beside text', { choices: [{ delta: { content: 'Hi' }, finish_reason: 'error', error: { code: '429', message: 'Slow down' } }] }, { text: 'Hi', content: true, final: true, failure: { message: 'Slow down', status: 429 } }],
    ['fails without words',           { choices: [{ delta: {}, finish_reason: 'error' }] }, { final: true, failure: { message: 'The provider reports a failure: it does not say which' } }],
    ['fails with an error and nothing else', { ...chunk({ content: '' }), error: { message: 'Overloaded', code: 'overloaded', type: 'server_error' } }, { failure: { message: 'Overloaded', code: 'overloaded', type: 'server_error' } }],
    ['shows what it has beside an error', { ...chunk({ content: 'Hi' }), error: { message: 'Overloaded' } }, { text: 'Hi', content: true }],
  ])('%s', (_, value, expected) => {
    expect(said(value)).toStrictEqual(expected);
  });

  it.each<[string, object, object]>([
    ['cached, written and thought tokens', { prompt_tokens: 9, completion_tokens: 12, prompt_tokens_details: { cached_tokens: 4, cache_write_tokens: 2 }, completion_tokens_details: { reasoning_tokens: 5 } }, { input: 9, cachedInput: 4, cacheWrite: 2, output: 12, reasoning: 5 }],
    ['the cost (OpenRouter)', { ...chatUsage, cost: 0.00015 }, { input: 9, output: 12, total: 21, cost: 0.00015 }],
    ['the cost in parts (Perplexity)', { ...chatUsage, cost: { input_tokens_cost: 1, total_cost: 3 } }, { input: 9, output: 12, total: 21, cost: 3 }],
    ['a cache hit (DeepSeek)', { ...chatUsage, prompt_cache_hit_tokens: 8 }, { input: 9, cachedInput: 8, output: 12, total: 21 }],
    ['what a gateway says of Anthropic\'s cache', { ...chatUsage, cache_creation_input_tokens: 3 }, { input: 9, cacheWrite: 3, output: 12, total: 21 }],
  ])('reports %s', (_, report, expected) => {
    expect(said({ choices: [], usage: report }).usage).toStrictEqual({ ...expected, final: true });
  });
});
