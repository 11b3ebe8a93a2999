import { describe, expect, it } from 'vitest';
import { ChunkReading, failureOf, isContentChunk, isFinalChunk, readChunk, textOf, usageIn, usageOf } from '../../../src/provider';
import { fc } from '../../support/property';
import { said } from './said';

/** A chunk of each shape, with something in every field that is read. */
const samples: readonly object[] = [
  { choices: [{ delta: { content: 'Hi', reasoning: 'Hm', tool_calls: [{ function: { arguments: '{}' } }] }, finish_reason: 'stop' }], usage: { prompt_tokens: 9, prompt_tokens_details: { cached_tokens: 4 } } },
  { choices: [{ delta: { refusal: 'No', audio: {} }, finish_reason: 'error', error: { message: 'Broken', code: 5 } }], x_groq: { usage: { completion_tokens: 3 } } },
  { choices: [], error: { message: 'Broken', code: '500', type: 'x' } },
  { type: 'response.completed', response: { output: [{ type: 'message', content: [{ text: 'Hi' }] }], usage: { input_tokens: 9 } } },
  { type: 'response.failed', response: { error: { message: 'Broken', code: 'server_error' } } },
  { object: 'response', status: 'completed', output: [{ type: 'message', content: [{ type: 'output_text', text: 'Hi' }] }], usage: { input_tokens: 9 } },
  { type: 'message_start', message: { usage: { input_tokens: 5, cache_read_input_tokens: 3, output_tokens: 1 } } },
  { type: 'content_block_delta', delta: { type: 'text_delta', text: 'Hi' } },
  { type: 'message', stop_reason: 'end_turn', content: [{ type: 'tool_use', input: { a: [1] } }], usage: { output_tokens: 5 } },
  { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
  { candidates: [{ content: { parts: [{ text: 'Hi' }, { functionCall: { args: { a: 1 } } }] }, finishReason: 'STOP' }], usageMetadata: { promptTokenCount: 9, thoughtsTokenCount: 2 } },
  { promptFeedback: { blockReason: 'SAFETY' }, usageMetadata: { promptTokenCount: 9 } },
  { type: 'finish', finishReason: { unified: 'error' }, usage: { inputTokens: { total: 3, cacheRead: 1 }, outputTokens: { total: 2, reasoning: 1 } } },
  { content: [{ type: 'text', text: 'Hi' }], additional_kwargs: { model: 'm' }, response_metadata: { stop_reason: 'x' }, usage_metadata: { input_tokens: 3 } },
  { contentBlockDelta: { delta: { reasoningContent: { text: 'Hm' } } } },
  { metadata: { usage: { inputTokens: 5, cacheReadInputTokens: 3 } } },
  { throttlingException: { message: 'Too many' } },
  { type: 'message-end', delta: { finish_reason: 'ERROR', error: 'Broken', usage: { tokens: { input_tokens: 3 } } } },
  { model: 'm', message: { content: 'Hi', thinking: 'Hm', tool_calls: [{ function: { arguments: {} } }] }, done: true, eval_count: 2 },
  { finish_reason: 'COMPLETE', message: { content: [{ type: 'text', text: 'Hi' }] }, usage: { tokens: { input_tokens: 3 } } },
  { type: 'TOOL_CALL_CHUNK', delta: '{', toolCallName: 'f' },
  { event: 'error', data: { message: 'Broken', code: 500 } },
  { data: { choices: [{ delta: { content: [{ type: 'text', text: 'Hi' }] }, finishReason: 'stop' }], usage: { promptTokens: 5 } } },
  { error: { message: 'Broken' }, text: '' },
  { object: 'list', data: [], usage: { prompt_tokens: 8 } },
  { choices: [{ message: { content: [{ type: 'text', text: 'Hi' }, 'Hi'], function_call: { arguments: '{' }, images: [{}], annotations: [{}], reasoning_details: [{}] }, text: 'Hi', usage: { total_tokens: 4 }, finish_reason: 'stop' }, { delta: { tool_calls: [{ custom: { input: '{' } }] } }] },
  { type: 'response.output_item.done', item: { type: 'message', content: [{ text: 'Hi' }], summary: [{ text: 'Hm' }] } },
  { type: 'response.created', response: { usage: { input_tokens: 9, input_tokens_details: { cached_tokens: 4 } } } },
  { type: 'content_block_start', content_block: { type: 'text', text: 'Hi' } },
  { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 5, output_tokens_details: { thinking_tokens: 2 } } },
  { candidates: [{ content: { parts: [{ executableCode: { code: 'x' } }, { text: 'Hm', thought: true }] } }, { finishReason: 'SAFETY', finishMessage: 'No' }], promptFeedback: { blockReason: 'OTHER' } },
  { steps: [{ content: [{ type: 'reasoning', text: 'Hm' }], finishReason: 'stop' }], totalUsage: { inputTokens: 3, inputTokenDetails: { cacheReadTokens: 1 } } },
  { content: '', additional_kwargs: { reasoning_content: 'Hm' }, tool_call_chunks: [{ args: '{' }], response_metadata: { finish_reason: 'stop' }, usage_metadata: { input_token_details: { cache_read: 2 }, output_token_details: { reasoning: 1 } } },
  { contentBlockStart: { start: { toolUse: { name: 'f' } } } },
  { contentBlockDelta: { delta: { toolUse: { input: '{' } } } },
  { output: { message: { content: [{ reasoningContent: { reasoningText: { text: 'Hm' } } }, { toolUse: { input: {} } }, { text: 'Hi' }] } }, stopReason: 'end_turn', usage: { inputTokens: 5 } },
  { type: 'content-delta', delta: { message: { content: { text: 'Hi', thinking: 'Hm' } } } },
  { type: 'tool-call-delta', delta: { message: { tool_calls: { function: { arguments: '{' } } } } },
  { model: 'm', response: 'Hi', thinking: 'Hm', done: false },
];
/** Where the shape itself is told, or what makes an error one. */
const tellingPaths = ['.metadata.usage', '.data.choices', '.error.message', '.output.message', '.steps.0', '.steps.0.finishReason'];
const questions = { textOf, usageOf, isFinalChunk, isContentChunk, failureOf, readChunk: (value: unknown) => readChunk(value, new ChunkReading()) };

function isKnown(value: unknown): boolean {
  const reading = new ChunkReading();
  readChunk(value, reading);
  return reading.isKnown;
}

type Wrap = (make: () => unknown, path: string) => PropertyDescriptor;

/** A copy of a value in which every field is what `wrap` makes of it. */
function rebuilt(value: unknown, wrap: Wrap, path = ''): unknown {
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const copy = Array.isArray(value) ? [] : {};
  for (const [key, inner] of Object.entries(value)) {
    const here = `${path}.${key}`;
    const made = rebuilt(inner, wrap, here);
    Object.defineProperty(copy, key, { enumerable: true, configurable: true, ...wrap(() => made, here) });
  }
  return copy;
}

function pathsOf(value: unknown): string[] {
  const paths: string[] = [];
  rebuilt(value, (make, path) => {
    paths.push(path);
    return { value: make() };
  });
  return paths;
}

describe.each(samples.map((sample) => [JSON.stringify(sample), sample] as const))('%s', (_, sample) => {
  it.each(Object.entries(questions))('touches no getter twice in %s', (_name, ask) => {
    const touched = new Map<string, number>();
    ask(rebuilt(sample, (make, path) => ({
      get: () => {
        touched.set(path, (touched.get(path) ?? 0) + 1);
        return make();
      },
    })));
    expect([...touched].filter(([, times]) => times > 1)).toEqual([]);
  });

  it('says what it says without a field that throws', () => {
    // The arguments of a tool call are JSON, or they are not.
    for (const path of pathsOf(sample).filter((each) => !/\.(?:input|args)\./.test(each))) {
      const failing = rebuilt(sample, (make, here) => (here === path ? { get: () => { throw new Error('hostile'); } } : { value: make() }));
      const lacking = rebuilt(sample, (make, here) => ({ value: here === path ? undefined : make() }));
      const { failure, ...rest } = said(failing);
      const { failure: expected, ...others } = said(lacking);
      expect(rest, path).toEqual(others);
      expect(failure?.code, path).toEqual(expected?.code);
    }
  });

  it('is still known whatever stands inside of it', () => {
    if (!isKnown(sample)) {
      return;
    }
    for (const junk of [undefined, null, 5, 'x', [], {}, [null, 5]]) {
      for (const path of pathsOf(sample).filter((each) => each.split('.').length > 2 && !tellingPaths.includes(each))) {
        const value = rebuilt(sample, (make, here) => ({ value: here === path ? junk : make() }));
        expect([isKnown(value), path, junk]).toEqual([true, path, junk]);
      }
    }
  });

  it('says the same when it is frozen, and read again with what was used before', () => {
    const expected = said(sample);
    const frozen = rebuilt(sample, (make) => ({ value: Object.freeze(make()), writable: false, configurable: false })) as object;
    expect(said(Object.freeze(frozen))).toStrictEqual(expected);
    expect(said(sample)).toStrictEqual(expected);
    const [used, fresh] = [new ChunkReading(), new ChunkReading()];
    for (const other of samples) {
      readChunk(other, used);
    }
    readChunk(sample, used);
    readChunk(sample, fresh);
    const usage = usageIn(fresh);
    expect({ ...used, usageFormat: usage && used.usageFormat, isUsageFinal: usage && used.isUsageFinal, usage: usageIn(used) }).toEqual({
      ...{ ...fresh, usageFormat: usage && fresh.usageFormat, isUsageFinal: usage && fresh.isUsageFinal, usage },
    });
  });
});

describe('what only looks like a chunk', () => {
  const names = [
    'text', 'content', 'usage', 'totalUsage', 'finishReason', 'reasoning', 'response', 'request', 'steps', 'toolCalls', 'output', 'warnings', 'error', 'data', 'object', 'status',
    'choices', 'candidates', 'type', 'message', 'done', 'usageMetadata',
  ];

  it('is not touched where getters of a class promise something', () => {
    const touched: string[] = [];
    class Result {}
    for (const name of names) {
      Object.defineProperty(Result.prototype, name, { get: () => { touched.push(name); return Promise.reject(new Error('lazy')); } });
    }
    expect(said(new Result())).toStrictEqual({ content: true });
    expect(touched).toEqual([]);
  });

  it('is not touched where own getters have names that are no sign of a chunk', () => {
    const touched: string[] = [];
    const result = {};
    for (const name of names.filter((each) => !['choices', 'candidates', 'type', 'done', 'message', 'usageMetadata'].includes(each))) {
      Object.defineProperty(result, name, { enumerable: true, get: () => { touched.push(name); throw new Error('lazy'); } });
    }
    expect(said(result)).toStrictEqual({ content: true });
    expect(touched).toEqual([]);
  });

  it('is data of a class of the user\'s', () => {
    class Chunk {
      type = 'text-delta';
      text = 'Hi';
    }
    expect(said(new Chunk())).toStrictEqual({ text: 'Hi', content: true });
    expect(said(Object.assign(Object.create(null), { ...new Chunk() }))).toStrictEqual({ text: 'Hi', content: true });
  });

  it('is large', () => {
    const wide = Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`field${index}`, index]));
    expect(said({ ...wide, usage: { prompt_tokens: 1 } })).toStrictEqual({ content: true });
    expect(said(Object.assign(new (class Wide {})(), wide))).toStrictEqual({ content: true });
    expect(said(new Uint8Array(10_000_000))).toStrictEqual({ content: true });
  });
});

describe('readChunk', () => {
  it('never throws, and says the same twice', () => {
    const field = fc.constantFrom(...new Set(samples.flatMap((sample) => pathsOf(sample).flatMap((path) => path.split('.').filter((name) => name !== '')))));
    const leaf = fc.constantFrom<unknown>(undefined, null, -0, Number.NaN, 5, '', 'Hi', 'error', 'STOP', 'message_delta', 'response.completed', 'finish', true, 1n);
    const { node } = fc.letrec<{ node: unknown }>((tie) => ({
      node: fc.oneof({ maxDepth: 6 }, leaf, fc.array(tie('node'), { maxLength: 3 }), fc.dictionary(field, tie('node'), { maxKeys: 5 }), fc.constantFrom(...samples)),
    }));
    fc.assert(fc.property(node, fc.boolean(), (value, isFrozen) => {
      const first = said(isFrozen ? Object.freeze(value) : value);
      expect(said(value)).toStrictEqual(first);
      for (const amount of Object.values(first.usage ?? {})) {
        expect(Object.is(amount, -0)).toBe(false);
      }
    }), { numRuns: 2_000 });
  });

  it('takes circles', () => {
    for (const sample of samples) {
      for (const name of Object.keys(sample)) {
        const circle: { [name: string]: unknown } = { ...sample };
        circle[name] = circle;
        expect(typeof said(circle)).toBe('object');
      }
    }
  });

  it('looks at so much of lists that have no end', () => {
    const endless: unknown = new Proxy([], { get: (_, name) => (name === 'length' ? 2 ** 32 - 1 : typeof name === 'symbol' ? undefined : { text: 'x', content: endless, parts: endless }) });
    expect(textOf({ candidates: [{ content: { parts: endless } }] })).toBe('x'.repeat(1_000));
  });
});
