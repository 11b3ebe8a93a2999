import { describe, expect, it } from 'vitest';
import { estimateRequest, estimateTokens } from '../../src/provider';
import { fc } from '../support/property';

const encoder = new TextEncoder();

describe('estimateTokens', () => {
  it.each([
    ['', 0], ['a', 1], ['abcd', 1], ['abcde', 2], ['ü', 1], ['üüü', 2], ['€€€€', 3], ['😀', 1], ['😀a', 2], ['\ud800', 1], ['\ud83da\ude00', 2], ['\ude00\ud83d', 2],
  ])('takes %j for %i', (text, tokens) => {
    expect(estimateTokens(text)).toBe(tokens);
  });

  it('counts the bytes that an encoder would write', () => {
    fc.assert(fc.property(fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) }), (text) => {
      expect(estimateTokens(text)).toBe(Math.ceil(encoder.encode(text).length / 4));
    }));
  });

  it('takes what is no text for nothing', () => {
    expect([undefined, null, 5, {}].map((value) => estimateTokens(value as never))).toEqual([0, 0, 0, 0]);
  });
});

describe('estimateRequest', () => {
  const text = 'x'.repeat(40);

  it.each<[string, unknown, { input: number; output: number }]>([
    ['a chat', { messages: [{ role: 'system', content: text }, { role: 'user', content: text }], max_tokens: 100 }, { input: 20, output: 100 }],
    ['a chat without a maximum', { messages: [{ role: 'user', content: text }] }, { input: 10, output: 512 }],
    ['a chat of parts', { messages: [{ role: 'user', content: [{ type: 'text', text }, { type: 'image_url', image_url: { url: text } }] }], max_completion_tokens: 7, max_tokens: 9 }, { input: 10, output: 9 }],
    ['a chat with tool calls', { messages: [{ role: 'assistant', content: null, tool_calls: [{ id: text, function: { name: text, arguments: text } }, { custom: { input: text } }] }, { role: 'tool', content: text }], max_tokens: 1 }, { input: 30, output: 1 }],
    ['a chat with n', { messages: [], n: 3, max_tokens: 100 }, { input: 0, output: 300 }],
    ['tools', { messages: [], tools: [{ name: text }], max_tokens: 1 }, { input: Math.ceil(JSON.stringify([{ name: text }]).length / 4), output: 1 }],
    ['functions', { messages: [], functions: [{ name: text }], max_tokens: 1 }, { input: Math.ceil(JSON.stringify([{ name: text }]).length / 4), output: 1 }],
    ['a model', { model: 'gpt-4o', messages: [], max_tokens: 5 }, { input: 0, output: 5 }],
    ['a document of text', { messages: [{ content: [{ source: { type: 'text', data: text } }] }], max_tokens: 5 }, { input: 10, output: 5 }],
    ['a document in base64', { messages: [{ content: [{ source: { type: 'base64', data: text } }] }], max_tokens: 5 }, { input: 0, output: 5 }],
    ['no tools', { messages: [], tools: [], max_tokens: 1 }, { input: 0, output: 1 }],
    ['a response', { instructions: text, input: text, max_output_tokens: 5 }, { input: 20, output: 5 }],
    ['a response of items', { input: [{ role: 'user', content: [{ type: 'input_text', text }] }, { type: 'function_call', arguments: text }, { type: 'function_call_output', output: text }, { type: 'reasoning', summary: [{ text }] }], max_output_tokens: 5 }, { input: 40, output: 5 }],
    ['Anthropic', { system: text, messages: [{ role: 'user', content: text }], max_tokens: 5 }, { input: 20, output: 5 }],
    ['Anthropic of blocks', { system: [{ type: 'text', text, cache_control: { type: 'ephemeral' } }], messages: [{ role: 'assistant', content: [{ type: 'tool_use', name: 'f', input: { a: 1 } }] }, { role: 'user', content: [{ type: 'tool_result', content: [{ type: 'text', text }] }] }], max_tokens: 5 }, { input: Math.ceil(87 / 4), output: 5 }],
    ['documents', { messages: [{ role: 'user', content: [{ type: 'document', source: { type: 'text', data: text } }, { type: 'document', source: { type: 'base64', data: text } }] }], max_tokens: 5 }, { input: 10, output: 5 }],
    ['Gemini', { systemInstruction: { parts: [{ text }] }, contents: [{ role: 'user', parts: [{ text }, { inlineData: { data: text } }] }], generationConfig: { maxOutputTokens: 5, candidateCount: 2 } }, { input: 20, output: 10 }],
    ['the Gemini SDK', { contents: text, config: { systemInstruction: text, maxOutputTokens: 5, tools: [{ a: 1 }] } }, { input: Math.ceil(89 / 4), output: 5 }],
    ['the Gemini REST API', { system_instruction: { parts: { text } }, contents: { parts: [{ functionCall: { args: {} } }] }, generation_config: { maxOutputTokens: 5 } }, { input: Math.ceil((40 + 11) / 4), output: 5 }],
    ['a completion', { prompt: text, max_tokens: 5 }, { input: 10, output: 5 }],
    ['a completion of tokens', { prompt: [1, 2, 3], max_tokens: 5 }, { input: 3, output: 5 }],
    ['embeddings', { model: 'text-embedding-3-small', input: [text, text] }, { input: 20, output: 0 }],
    ['max_tokens: 0', { messages: [], max_tokens: 0 }, { input: 0, output: 0 }],
    ['a maximum that is none', { messages: [], max_tokens: null, n: -1 }, { input: 0, output: 512 }],
    ['a text', text, { input: 10, output: 512 }],
    ['nothing', undefined, { input: 0, output: 512 }],
  ])('estimates %s', (_, body, expected) => {
    expect(estimateRequest(body)).toStrictEqual(expected);
  });

  it('takes the largest of several maxima', () => {
    expect(estimateRequest({ max_tokens: 1, max_completion_tokens: 10_000 }).output).toBe(10_000);
    expect(estimateRequest({ max_tokens: 10_000, max_completion_tokens: 1 }).output).toBe(10_000);
    expect(estimateRequest({ max_tokens: 5, generationConfig: { maxOutputTokens: 7 }, config: { maxOutputTokens: 6 } }).output).toBe(7);
  });

  it('takes the expected output where there is no maximum', () => {
    expect(estimateRequest({ messages: [] }, { output: 90 }).output).toBe(90);
    expect(estimateRequest({ messages: [], n: 2 }, { output: 90 }).output).toBe(180);
    expect(estimateRequest({ messages: [], max_tokens: 100 }, { output: 90 }).output).toBe(100);
    expect(estimateRequest({ messages: [] }, {}).output).toBe(512);
  });

  it('can be given to map, and refuses an output that is no amount', () => {
    expect([{ messages: [] }].map(estimateRequest as (body: unknown) => unknown)).toEqual([{ input: 0, output: 512 }]);
    for (const output of [-1, Number.NaN, Number.POSITIVE_INFINITY, '5' as never]) {
      expect(() => estimateRequest({}, { output })).toThrow(new RangeError(`estimateRequest: output must be a number of tokens, 0 or more; got ${output}`));
    }
  });

  it('rounds up once', () => {
    expect(estimateRequest({ messages: Array.from({ length: 4 }, () => ({ content: 'x' })), max_tokens: 1 }).input).toBe(1);
  });

  it('looks at 20,000 parts, of which the list is one', () => {
    const messages = Array.from({ length: 20_001 }, () => ({ content: 'abcd' }));
    expect(estimateRequest({ messages, max_tokens: 1 }).input).toBe(19_999);
  });

  it('looks twelve parts deep', () => {
    let deep: object = { text: 'abcd' };
    for (let depth = 0; depth < 20; depth++) {
      deep = { content: deep, text: 'abcd' };
    }
    expect(estimateRequest({ messages: deep }).input).toBe(12);
    const nested = (depth: number): unknown => (depth === 0 ? 'abcd' : [nested(depth - 1)]);
    expect([12, 13].map((depth) => estimateRequest({ messages: nested(depth) }).input)).toEqual([1, 0]);
  });

  it('counts a number as a token, and nothing else that is no text', () => {
    expect(estimateRequest({ messages: [1, true, null, () => 'abcd', 1n, 'abcd'] }).input).toBe(2);
    expect(estimateRequest({ messages: [{ input: 5, functionCall: true, functionResponse: null }] }).input).toBe(0);
  });

  it('ends for a body that is a circle', () => {
    const circle: unknown[] = [];
    circle.push(...Array.from({ length: 1_000 }, () => circle), 'abcd');
    expect(estimateRequest({ messages: circle }).input).toBeGreaterThan(0);
    const deep: { content?: unknown; text: string } = { text: 'abcd' };
    deep.content = deep;
    expect(estimateRequest({ messages: deep }).input).toBe(12);
  });
});
