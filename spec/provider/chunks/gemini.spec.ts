import { describe, expect, it } from 'vitest';
import { type Said, said } from './said';

const chunk = (parts: unknown[] | undefined, finishReason?: string, rest: object = {}) => ({ candidates: [{ content: { parts, role: 'model' }, finishReason, ...rest }] });
const usageMetadata = { promptTokenCount: 10, candidatesTokenCount: 20, thoughtsTokenCount: 5, totalTokenCount: 35 };

describe('a chunk of Gemini', () => {
  it.each<[string, unknown, Said]>([
    ['text',              chunk([{ text: 'Hi' }]), { text: 'Hi', content: true }],
    ['thoughts',          chunk([{ text: 'Hm', thought: true }]), { reasoning: 'Hm', content: true }],
    ['nothing',           chunk(undefined), {}],
    ['only a signature',  chunk([{ text: '', thoughtSignature: 'x' }]), {}],
    ['a call',            chunk([{ functionCall: { name: 'f' } }]), { content: true }],
    ['a call with arguments', chunk([{ functionCall: { name: 'f', args: { a: 1 } } }], 'STOP'), { other: '{"a":1}', content: true, final: true }],
    ['an image',          chunk([{ inlineData: { data: 'x' } }]), { content: true }],
    ['the output of code', chunk([{ codeExecutionResult: { output: '2' } }]), { content: true }],
    ['a part that is none', chunk([5]), {}],
    ['an end',            chunk([], 'STOP'), { final: true }],
    ['an end by length',  chunk([], 'MAX_TOKENS'), { final: true }],
    ['no end yet',        chunk([], 'FINISH_REASON_UNSPECIFIED'), {}],
    ['usage',             { ...chunk([{ text: 'Hi' }]), usageMetadata }, { text: 'Hi', content: true, usage: { input: 10, output: 25, reasoning: 5, total: 35, final: false } }],
    ['usage alone',       { usageMetadata: { promptTokenCount: 10 } }, { usage: { input: 10, final: false } }],
    ['that one of two has ended', { candidates: [{ finishReason: 'STOP' }, { content: { parts: [{ text: 'b' }] } }, null] }, { text: 'b', content: true }],
    ['a malformed call',  chunk([], 'MALFORMED_FUNCTION_CALL', { finishMessage: 'Malformed' }), { final: true, failure: { message: 'Malformed', code: 'MALFORMED_FUNCTION_CALL' } }],
    ['an answer that was blocked', chunk(undefined, 'SAFETY'), { final: true, failure: { message: 'The provider reports a failure: SAFETY', code: 'SAFETY' } }],
    ['text that was blocked', chunk([{ text: 'Hi' }], 'RECITATION'), { text: 'Hi', content: true, final: true }],
    ['that one of two was blocked', { candidates: [{ finishReason: 'SAFETY' }, { finishReason: 'STOP' }] }, { final: true }],
    ['a prompt that was blocked', { promptFeedback: { blockReason: 'SAFETY', blockReasonMessage: 'No' } }, { final: true, failure: { message: 'No', code: 'SAFETY' } }],
    ['a prompt that was blocked beside a candidate', { candidates: [{}], promptFeedback: { blockReason: 'SAFETY' } }, { final: true, failure: { message: 'The provider reports a failure: SAFETY', code: 'SAFETY' } }],
    ['a prompt that was not', { promptFeedback: { safetyRatings: [] } }, {}],
    ['an error',          { error: { code: 429, message: 'Quota', status: 'RESOURCE_EXHAUSTED' } }, { failure: { message: 'Quota', status: 429, code: 'RESOURCE_EXHAUSTED' } }],
  ])('tells %s', (_, value, expected) => {
    expect(said(value)).toStrictEqual(expected);
  });

  it('is read from the class of its SDK without touching the getters of that', () => {
    class Response {
      candidates = chunk([{ text: 'Hi' }], 'STOP').candidates;
      usageMetadata = { promptTokenCount: 10 };
      get text(): string { throw new Error('touched'); }
      get promptFeedback(): object { throw new Error('touched'); }
    }
    expect(said(new Response())).toStrictEqual({ text: 'Hi', content: true, final: true, usage: { input: 10, final: true } });
    class Bare {
      candidates = [];
      get usageMetadata(): object { throw new Error('touched'); }
    }
    expect(said(new Bare())).toStrictEqual({});
  });
});
