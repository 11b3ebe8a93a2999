import { describe, expect, it } from 'vitest';
import { mergeUsage, type Usage, usageOf } from '../../src/provider';

const chatUsage = { prompt_tokens: 9, completion_tokens: 12, total_tokens: 21, prompt_tokens_details: { cached_tokens: 4 } };
const responseUsage = { input_tokens: 9, output_tokens: 12, total_tokens: 21, input_tokens_details: { cached_tokens: 4 } };
const openaiUsage = { input: 9, cachedInput: 4, output: 12, total: 21, final: true };

describe('usageOf OpenAI', () => {
  it.each<[string, unknown, Usage | undefined]>([
    ['the last chunk of a chat', { object: 'chat.completion.chunk', choices: [], usage: chatUsage }, openaiUsage],
    ['any other chunk', { object: 'chat.completion.chunk', choices: [{ delta: { content: 'x' } }], usage: null }, undefined],
    ['a chunk of a server that always reports', { choices: [{ delta: { content: 'x' }, finish_reason: null }], usage: chatUsage }, { ...openaiUsage, final: false }],
    ['its last chunk', { choices: [{ delta: {}, finish_reason: 'stop' }], usage: chatUsage }, openaiUsage],
    ['a chat', { object: 'chat.completion', choices: [{ message: { content: 'x' }, finish_reason: 'stop' }], usage: chatUsage }, openaiUsage],
    ['a chat without a reason', { choices: [{ message: { content: 'x' } }], usage: chatUsage }, openaiUsage],
    ['embeddings', { object: 'list', data: [], usage: { prompt_tokens: 8, total_tokens: 8 } }, { input: 8, total: 8, final: true }],
    ['a response', { object: 'response', status: 'completed', usage: responseUsage }, openaiUsage],
    ['a response that runs', { object: 'response', status: 'in_progress', usage: responseUsage }, { ...openaiUsage, final: false }],
    ['a response in a queue', { object: 'response', status: 'queued', usage: null }, undefined],
    ['response.completed', { type: 'response.completed', response: { usage: responseUsage } }, openaiUsage],
    ['response.incomplete', { type: 'response.incomplete', response: { usage: responseUsage } }, openaiUsage],
    ['response.failed', { type: 'response.failed', response: { usage: responseUsage } }, openaiUsage],
    ['response.failed without usage', { type: 'response.failed', response: { usage: null } }, undefined],
    ['response.created', { type: 'response.created', response: { usage: null } }, undefined],
    ['response.in_progress', { type: 'response.in_progress', response: { usage: responseUsage } }, { ...openaiUsage, final: false }],
    ['response.output_text.delta', { type: 'response.output_text.delta', delta: 'x' }, undefined],
  ])('reads %s', (_, value, usage) => {
    expect(usageOf(value)).toStrictEqual(usage);
  });
});

describe('usageOf Anthropic', () => {
  const input = { input_tokens: 5, cache_creation_input_tokens: 20, cache_read_input_tokens: 300 };

  it.each<[string, unknown, Usage | undefined]>([
    ['message_start', { type: 'message_start', message: { usage: { ...input, output_tokens: 1 } } }, { input: 325, cachedInput: 300, cacheWrite: 20, output: 1, final: false }],
    ['message_delta', { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 15 } }, { output: 15, final: true }],
    ['message_delta with all', { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { ...input, output_tokens: 15 } }, { input: 325, cachedInput: 300, cacheWrite: 20, output: 15, final: true }],
    ['message_delta with nulls', { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { input_tokens: null, cache_read_input_tokens: null, output_tokens: 15 } }, { output: 15, final: true }],
    ['message_delta without a reason to stop', { type: 'message_delta', delta: { stop_reason: null }, usage: { output_tokens: 15 } }, { output: 15, final: false }],
    ['a bare message_delta', { type: 'message_delta', usage: { output_tokens: 15 } }, { output: 15, final: true }],
    ['a message', { type: 'message', content: [], usage: { input_tokens: 5, output_tokens: 15 } }, { input: 5, output: 15, final: true }],
    ['a message whose cache only was read', { type: 'message', usage: { cache_read_input_tokens: 300, output_tokens: 15 } }, { input: 300, cachedInput: 300, output: 15, final: true }],
    ['content_block_delta', { type: 'content_block_delta', delta: { text: 'x' } }, undefined],
    ['message_stop', { type: 'message_stop' }, undefined],
  ])('reads %s', (_, value, usage) => {
    expect(usageOf(value)).toStrictEqual(usage);
  });
});

describe('usageOf Gemini', () => {
  const usageMetadata = { promptTokenCount: 10, candidatesTokenCount: 20, thoughtsTokenCount: 5, cachedContentTokenCount: 4, totalTokenCount: 35 };
  const usage = { input: 10, cachedInput: 4, output: 25, reasoning: 5, total: 35 };

  it.each<[string, unknown, Usage | undefined]>([
    ['a chunk', { candidates: [{ content: {} }], usageMetadata }, { ...usage, final: false }],
    ['the last chunk', { candidates: [{ finishReason: 'STOP' }], usageMetadata }, { ...usage, final: true }],
    ['a prompt that was blocked', { promptFeedback: { blockReason: 'SAFETY' }, usageMetadata: { promptTokenCount: 10 } }, { input: 10, final: true }],
    ['a chunk of thoughts', { usageMetadata: { promptTokenCount: 10, thoughtsTokenCount: 5 } }, { input: 10, output: 5, reasoning: 5, final: false }],
    ['the input of tools', { usageMetadata: { promptTokenCount: 10, toolUsePromptTokenCount: 7 } }, { input: 17, final: false }],
    ['nothing', { usageMetadata: {} }, undefined],
  ])('reads %s', (_, value, expected) => {
    expect(usageOf(value)).toStrictEqual(expected);
  });
});

describe('usageOf other values', () => {
  it.each([
    undefined, null, 'text', 5, [], {}, { usage: {} }, { usage: 'much' }, { usage: { prompt_tokens: -1 } }, { usage: { prompt_tokens: Number.NaN } },
    { usage: { prompt_tokens: Number.POSITIVE_INFINITY } }, { usage: { prompt_tokens: '9' } },
  ])('finds none in %j', (value) => {
    expect(usageOf(value)).toBeUndefined();
  });
});

describe('mergeUsage', () => {
  const start = { input: 325, cachedInput: 300, output: 1, final: false };

  it('takes the larger of each field, and sums the total', () => {
    expect(mergeUsage(start, { output: 15, final: true })).toStrictEqual({ input: 325, cachedInput: 300, output: 15, total: 340, final: true });
  });

  it('takes the total of the last report, but not of one before', () => {
    expect(mergeUsage({ ...start, total: 326 }, { output: 15, final: false })).toMatchObject({ total: 340 });
    expect(mergeUsage(start, { total: 999, final: false })).toMatchObject({ total: 999 });
    expect(mergeUsage(start, { total: 0, final: false })).toMatchObject({ total: 326 });
    expect(mergeUsage({ input: 3, final: false }, { total: 0, final: false })).toMatchObject({ total: 0 });
  });

  it('keeps the total of the report before where it cannot be summed', () => {
    expect(mergeUsage({ total: 10, final: false }, { output: 3, final: false })).toStrictEqual({ output: 3, total: 10, final: false });
    expect(mergeUsage({ input: 3, final: false }, { final: true })).toStrictEqual({ input: 3, final: true });
    expect(mergeUsage({ final: false }, { output: 3, final: true })).toStrictEqual({ output: 3, final: true });
    expect(mergeUsage({ final: false }, { final: false })).toStrictEqual({ final: false });
  });

  it('keeps what was told before where a later report says 0, or nothing', () => {
    const first = { input: 60_000, cachedInput: 500, cacheWrite: 20, output: 1, reasoning: 7, cost: 0.5, final: false };
    expect(mergeUsage(first, { input: 0, cachedInput: 0, output: 45, final: true })).toStrictEqual({ ...first, output: 45, total: 60_045, final: true });
    expect(mergeUsage({ input: 0, output: 0, final: false }, { input: 123, output: 45, final: true })).toStrictEqual({ input: 123, output: 45, total: 168, final: true });
  });

  it('adds to a sum that it made before', () => {
    const summed = mergeUsage(start, { output: 15, final: false });
    expect(mergeUsage(summed, { output: 30, final: false }).total).toBe(355);
    expect(mergeUsage(summed, { input: 400, output: 50, total: 500, final: true }).total).toBe(500);
  });

  it('takes the larger of two reported totals', () => {
    expect(mergeUsage({ total: 9, final: false }, { total: 7, final: false }).total).toBe(9);
  });

  it('does not throw for getters that do', () => {
    expect(mergeUsage({ get input(): number { throw new Error('hostile'); }, final: false }, start)).toStrictEqual({ final: false });
  });

  it('stays final', () => {
    expect(mergeUsage({ ...start, final: true }, { output: 2, final: false })).toMatchObject({ final: true });
  });

  it('ignores fields that are undefined or no amounts', () => {
    expect(mergeUsage(start, { input: undefined, output: Number.NaN, final: false })).toMatchObject({ input: 325, output: 1, total: 326 });
  });

  it('returns the one that is there', () => {
    expect(mergeUsage(undefined, start)).toBe(start);
    expect(mergeUsage(start, undefined)).toBe(start);
    expect(mergeUsage(undefined, undefined)).toBeUndefined();
  });

  it('adds up a stream of Anthropic', () => {
    const events = [
      { type: 'message_start', message: { usage: { input_tokens: 25, output_tokens: 1 } } },
      { type: 'content_block_delta', delta: { type: 'text_delta', text: 'Hi' } },
      { type: 'message_delta', delta: { stop_reason: null }, usage: { output_tokens: 8 } },
      { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 15 } },
      { type: 'message_stop' },
    ];
    expect(events.map(usageOf).reduce((a, b) => mergeUsage(a, b))).toStrictEqual({ input: 25, output: 15, total: 40, final: true });
  });
});

describe('usageOf a response that is not at its end', () => {
  const finalOf = (value: object) => usageOf({ ...value, usage: responseUsage })?.final;

  it('is partial while the response is queued or in progress', () => {
    expect(finalOf({ object: 'response', status: 'queued' })).toBe(false);
    expect(finalOf({ object: 'response', status: 'in_progress' })).toBe(false);
    expect(finalOf({ object: 'response', status: 'completed' })).toBe(true);
    expect(finalOf({ object: 'batch', status: 'in_progress' })).toBe(true);
  });

  it('is that of the value itself where a type is no event', () => {
    expect(finalOf({ type: 'unknown' })).toBe(true);
  });
});
