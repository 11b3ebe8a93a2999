import { describe, expect, it } from 'vitest';
import { bytesIn, ChunkReading, readChunk, usageIn, utf8Bytes } from '../../../src/provider';
import { said } from './said';

// One row for each field that is read: how a value with that field is made, and where its content is told.

type Make = (field: unknown) => unknown;
type Row = [name: string, where: 'text' | 'reasoning' | 'other', make: Make];

const choice = (delta: object) => ({ choices: [{ delta, finish_reason: null }] });
const block = (delta: object) => ({ type: 'content_block_delta', delta });
const cohere = (type: string, message: object) => ({ type, delta: { message } });
const converse = (part: object) => ({ output: { message: { content: [part] } }, stopReason: 'end_turn' });
const bedrock = (delta: object) => ({ contentBlockDelta: { delta } });
const gemini = (part: object) => ({ candidates: [{ content: { parts: [part] } }] });
const response = (item: object) => ({ object: 'response', output: [{ type: 'message', ...item }] });
const part = (it: object) => ({ type: 'message', content: [it] });

/** Texts and nothing else. */
const texts: Row[] = [
  ['text of AG-UI', 'text', (delta) => ({ type: 'TEXT_MESSAGE_CONTENT', delta })],
  ['a chunk of AG-UI', 'text', (delta) => ({ type: 'TEXT_MESSAGE_CHUNK', delta })],
  ['thinking of AG-UI', 'reasoning', (delta) => ({ type: 'THINKING_TEXT_MESSAGE_CONTENT', delta })],
  ['reasoning of AG-UI', 'reasoning', (delta) => ({ type: 'REASONING_MESSAGE_CONTENT', delta })],
  ['a chunk of reasoning of AG-UI', 'reasoning', (delta) => ({ type: 'REASONING_MESSAGE_CHUNK', delta })],
  ['arguments of AG-UI', 'other', (delta) => ({ type: 'TOOL_CALL_ARGS', delta })],
  ['a chunk of arguments of AG-UI', 'other', (delta) => ({ type: 'TOOL_CALL_CHUNK', delta })],
  ['text of the AI SDK', 'text', (text) => ({ type: 'text-delta', text })],
  ['delta of the AI SDK', 'text', (delta) => ({ type: 'text-delta', delta })],
  ['textDelta of the AI SDK', 'text', (textDelta) => ({ type: 'text-delta', textDelta })],
  ['reasoning of the AI SDK', 'reasoning', (text) => ({ type: 'reasoning', text })],
  ['reasoning-delta of the AI SDK', 'reasoning', (text) => ({ type: 'reasoning-delta', text })],
  ['tool input of the AI SDK', 'other', (delta) => ({ type: 'tool-input-delta', delta })],
  ['tool input of UI messages', 'other', (inputTextDelta) => ({ type: 'tool-input-delta', inputTextDelta })],
  ['text_delta of Anthropic', 'text', (text) => block({ type: 'text_delta', text })],
  ['thinking_delta of Anthropic', 'reasoning', (thinking) => block({ type: 'thinking_delta', thinking })],
  ['input_json_delta of Anthropic', 'other', (partial_json) => block({ type: 'input_json_delta', partial_json })],
  ['text without a type', 'text', (text) => block({ text })],
  ['thinking without a type', 'reasoning', (thinking) => block({ thinking })],
  ['partial_json without a type', 'other', (partial_json) => block({ partial_json })],
  ['a block of text that begins', 'text', (text) => ({ type: 'content_block_start', content_block: { type: 'text', text } })],
  ['a block of thoughts that begins', 'reasoning', (thinking) => ({ type: 'content_block_start', content_block: { type: 'thinking', thinking } })],
  ['text of Bedrock', 'text', (text) => bedrock({ text })],
  ['thoughts of Bedrock', 'reasoning', (text) => bedrock({ reasoningContent: { text } })],
  ['thoughts of a whole answer of Bedrock', 'reasoning', (text) => converse({ reasoningContent: { reasoningText: { text } } })],
  ['text of a whole answer of Bedrock', 'text', (text) => converse({ text })],
  ['content-start of Cohere', 'text', (text) => cohere('content-start', { content: { text } })],
  ['content-delta of Cohere', 'text', (text) => cohere('content-delta', { content: { text } })],
  ['thinking that starts of Cohere', 'reasoning', (thinking) => cohere('content-start', { content: { thinking } })],
  ['thinking of Cohere', 'reasoning', (thinking) => cohere('content-delta', { content: { thinking } })],
  ['tool_plan of Cohere', 'reasoning', (tool_plan) => cohere('tool-plan-delta', { tool_plan })],
  ['toolPlan of Cohere', 'reasoning', (toolPlan) => cohere('tool-plan-delta', { toolPlan })],
  ['text of Gemini', 'text', (text) => gemini({ text })],
  ['thoughts of Gemini', 'reasoning', (text) => gemini({ text, thought: true })],
  ['text whose thought is not true', 'text', (text) => gemini({ text, thought: 'true' })],
  ['response of Ollama', 'text', (text) => ({ model: 'm', done: false, response: text })],
  ['thinking of Ollama', 'reasoning', (thinking) => ({ model: 'm', done: false, thinking })],
  ['output_text of Responses', 'text', (delta) => ({ type: 'response.output_text.delta', delta })],
  ['text of Realtime', 'text', (delta) => ({ type: 'response.text.delta', delta })],
  ['reasoning of Responses', 'reasoning', (delta) => ({ type: 'response.reasoning_text.delta', delta })],
  ['a summary of Responses', 'reasoning', (delta) => ({ type: 'response.reasoning_summary_text.delta', delta })],
  ['a refusal of Responses', 'other', (delta) => ({ type: 'response.refusal.delta', delta })],
  ['arguments of Responses', 'other', (delta) => ({ type: 'response.function_call_arguments.delta', delta })],
  ['the transcript of Realtime', 'other', (delta) => ({ type: 'response.output_audio_transcript.delta', delta })],
  ['output_text alone', 'text', (output_text) => ({ output_text })],
  ['output_text of a response without output', 'text', (output_text) => ({ object: 'response', output: [], output_text })],
  ['reasoning_content of a chat', 'reasoning', (reasoning_content) => choice({ reasoning_content })],
  ['reasoning of a chat', 'reasoning', (reasoning) => choice({ reasoning })],
];

/** A text, or a list of parts with texts. */
const thoughts: Row[] = [
  ['thinking of a message of Ollama', 'reasoning', (thinking) => ({ model: 'm', done: false, message: { thinking } })],
  ['thinking of a part', 'reasoning', (thinking) => part({ type: 'thinking', thinking })],
  ['reasoning of a part', 'reasoning', (reasoning) => part({ type: 'reasoning', reasoning })],
  ['text of a part of reasoning', 'reasoning', (text) => part({ type: 'reasoning_text', text })],
  ['reasoning_content of LangChain', 'reasoning', (reasoning_content) => ({ additional_kwargs: { reasoning_content } })],
  ['summary of an item of Responses', 'reasoning', (summary) => response({ summary })],
];

/** A text, or a list of parts. */
const contents: Row[] = [
  ['content of a delta', 'text', (content) => choice({ content })],
  ['content of a message', 'text', (content) => ({ choices: [{ message: { content } }] })],
  ['text of a completion', 'text', (text) => ({ choices: [{ text }] })],
  ['content of a message of Anthropic', 'text', (content) => ({ type: 'message', content })],
  ['content of a message of Ollama', 'text', (content) => ({ model: 'm', done: false, message: { content } })],
  ['content of a message of Cohere', 'text', (content) => ({ finish_reason: '', message: { content } })],
  ['content of LangChain', 'text', (content) => ({ additional_kwargs: {}, content })],
  ['content of an item of Responses', 'text', (content) => response({ content })],
  ['content of the last step', 'text', (content) => ({ steps: [{ finishReason: 'stop', content }] })],
  ['text of a part without a type', 'text', (text) => part({ text })],
  ['text of a part', 'text', (text) => part({ type: 'text', text })],
  ['text of a part of Responses', 'text', (text) => part({ type: 'output_text', text })],
];

/** A text, or what is sent as JSON. */
const givens: Row[] = [
  ['toolUse of Bedrock', 'other', (input) => bedrock({ toolUse: { input } })],
  ['toolUse of a whole answer', 'other', (input) => converse({ toolUse: { input } })],
  ['a tool call that starts of Cohere', 'other', (it) => cohere('tool-call-start', { tool_calls: { function: { arguments: it } } })],
  ['a tool call of Cohere', 'other', (it) => cohere('tool-call-delta', { tool_calls: { function: { arguments: it } } })],
  ['a tool call of Cohere in camel case', 'other', (it) => cohere('tool-call-delta', { toolCalls: { function: { arguments: it } } })],
  ['args of Gemini', 'other', (args) => gemini({ functionCall: { args } })],
  ['a tool call of a chat', 'other', (it) => choice({ tool_calls: [{ function: { arguments: it } }] })],
  ['a tool call of a chat in camel case', 'other', (it) => choice({ toolCalls: [{ function: { arguments: it } }] })],
  ['a custom tool call', 'other', (input) => choice({ tool_calls: [{ custom: { input } }] })],
  ['a function call of a chat', 'other', (it) => choice({ function_call: { arguments: it } })],
  ['a refusal of a chat', 'other', (refusal) => choice({ refusal })],
  ['a tool call of Ollama', 'other', (it) => ({ model: 'm', done: false, message: { tool_calls: [{ function: { arguments: it } }] } })],
  ['a tool call of Cohere\'s whole answer', 'other', (it) => ({ finishReason: 'TOOL_CALL', message: { toolCalls: [{ function: { arguments: it } }] } })],
  ['args of a chunk of LangChain', 'other', (args) => ({ additional_kwargs: {}, tool_call_chunks: [{ args }] })],
  ['args of LangChain', 'other', (args) => ({ additional_kwargs: {}, tool_calls: [{ args }] })],
  ['a refusal as a part', 'other', (refusal) => part({ type: 'refusal', refusal })],
  ['input of a part', 'other', (input) => part({ type: 'tool_use', input })],
  ['arguments of an item', 'other', (it) => response({ arguments: it })],
  ['input of an item', 'other', (input) => response({ input })],
];

/** Whatever it is, there is something. */
const code: Row = ['code of Gemini', 'other', (it) => gemini({ executableCode: { code: it } })];

const neverContent: readonly unknown[] = [null, 5, 0, true, '', Number.NaN, () => 'Hi'];
const looked = [{ text: 5 }, { message: 'Hi' }, [], [null], [5], [{ type: 'text' }], [{ type: 'text', text: 5 }]];

function readingOf(value: unknown): ChunkReading {
  const reading = new ChunkReading();
  readChunk(value, reading);
  return reading;
}

/** All that is told, whatever it was told by. */
function recordOf(value: unknown): object {
  const reading = readingOf(value);
  return { ...reading, report: undefined, usage: usageIn(reading) };
}

/** What is told with that field is what is told without it, and this more. */
function expectMore(make: Make, field: unknown, where: string, more: string): void {
  const { text, reasoning, other, ...bare } = { text: '', reasoning: '', other: '', ...said(make(undefined)) };
  expect([text, reasoning, other]).toEqual(['', '', '']);
  expect(said(make(field))).toStrictEqual({ ...bare, [where]: more, content: true });
  expect(bytesIn(readingOf(make(field)))).toBe(utf8Bytes(more));
}

describe('a field of a chunk', () => {
  it.each([...texts, ...thoughts, ...contents, ...givens, code])('is content where it is a text: %s', (_, where, make) => {
    expectMore(make, 'Hé', where, 'Hé');
  });

  it.each([...texts, ...thoughts, ...contents, ...givens])('says nothing where it is of another type: %s', (_, _where, make) => {
    const without = recordOf(make(undefined));
    for (const wrong of neverContent) {
      expect({ wrong, ...recordOf(make(wrong)) }).toEqual({ wrong, ...without });
    }
  });

  it.each([...texts, ...thoughts])('says nothing where it is an object without texts: %s', (_, _where, make) => {
    const without = recordOf(make(undefined));
    for (const wrong of looked) {
      expect({ wrong, ...recordOf(make(wrong)) }).toEqual({ wrong, ...without });
    }
  });

  it.each(contents)('says nothing where its parts say nothing: %s', (_, _where, make) => {
    const without = recordOf(make(undefined));
    for (const wrong of looked) {
      expect({ wrong, ...recordOf(make(wrong)) }).toEqual({ wrong, ...without });
    }
  });

  it.each(thoughts)('is a list of thoughts: %s', (_, where, make) => {
    expectMore(make, [{ text: 'H' }, null, { text: 5 }, 'x', { text: 'm' }], where, 'Hm');
  });

  it.each(contents)('is a list of parts: %s', (_, where, make) => {
    expectMore(make, ['H', null, { text: 'i' }, 5, { type: 'text', text: [{ text: '!' }] }], where, 'Hi!');
  });

  it.each([...givens, code])('is JSON: %s', (_, where, make) => {
    expectMore(make, { a: ['é'] }, where, '{"a":["é"]}');
    expectMore(make, [1], where, '[1]');
  });
});

it('all that is given to tools in one chunk has a limit of values together', () => {
  const large = JSON.stringify(Array.from({ length: 60_000 }, () => 1));
  const calls = (count: number) => said(choice({ tool_calls: Array.from({ length: count }, () => ({ function: { arguments: JSON.parse(large) } })) })).other;
  expect(calls(1)).toBe(large);
  expect(calls(2)).toBe(large);
  expect(calls(1)).toBe(large);
});

describe('a field of an amount', () => {
  const chat = (usage: object) => ({ choices: [], usage });
  const finish = (totalUsage: object) => ({ type: 'finish', finishReason: 'stop', totalUsage });
  const delta = (usage: object) => ({ type: 'message_delta', usage });
  const end = (usage: object) => ({ type: 'message-end', delta: { usage } });

  const rows: [name: string, told: object, make: Make][] = [
    ['prompt_tokens', { input: 7 }, (it) => chat({ prompt_tokens: it })],
    ['input_tokens', { input: 7 }, (it) => chat({ input_tokens: it })],
    ['cached_tokens of the prompt', { cachedInput: 7 }, (it) => chat({ prompt_tokens_details: { cached_tokens: it } })],
    ['cached_tokens of the input', { cachedInput: 7 }, (it) => chat({ input_tokens_details: { cached_tokens: it } })],
    ['prompt_cache_hit_tokens', { cachedInput: 7 }, (it) => chat({ prompt_cache_hit_tokens: it })],
    ['cached_tokens', { cachedInput: 7 }, (it) => chat({ cached_tokens: it })],
    ['cache_write_tokens', { cacheWrite: 7 }, (it) => chat({ prompt_tokens_details: { cache_write_tokens: it } })],
    ['cache_creation_input_tokens', { cacheWrite: 7 }, (it) => chat({ cache_creation_input_tokens: it })],
    ['completion_tokens', { output: 7 }, (it) => chat({ completion_tokens: it })],
    ['output_tokens', { output: 7 }, (it) => chat({ output_tokens: it })],
    ['reasoning_tokens of the completion', { reasoning: 7 }, (it) => chat({ completion_tokens_details: { reasoning_tokens: it } })],
    ['reasoning_tokens of the output', { reasoning: 7 }, (it) => chat({ output_tokens_details: { reasoning_tokens: it } })],
    ['total_tokens', { total: 7 }, (it) => chat({ total_tokens: it })],
    ['cost', { cost: 7 }, (it) => chat({ cost: it })],
    ['total_cost', { cost: 7 }, (it) => chat({ cost: { total_cost: it } })],
    ['usage of x_groq', { total: 7 }, (it) => ({ choices: [], x_groq: { usage: { total_tokens: it } } })],
    ['usage of a choice', { total: 7 }, (it) => ({ choices: [{ finish_reason: 'stop', usage: { total_tokens: it } }] })],
    ['promptTokens', { input: 7 }, (it) => chat({ promptTokens: it })],
    ['completionTokens', { output: 7 }, (it) => chat({ completionTokens: it })],
    ['inputTokens', { input: 7 }, (it) => finish({ inputTokens: it })],
    ['inputTokens.total', { input: 7 }, (it) => finish({ inputTokens: { total: it } })],
    ['inputTokens.cacheRead', { cachedInput: 7 }, (it) => finish({ inputTokens: { cacheRead: it } })],
    ['inputTokens.cacheWrite', { cacheWrite: 7 }, (it) => finish({ inputTokens: { cacheWrite: it } })],
    ['inputTokenDetails.cacheReadTokens', { cachedInput: 7 }, (it) => finish({ inputTokenDetails: { cacheReadTokens: it } })],
    ['inputTokenDetails.cacheWriteTokens', { cacheWrite: 7 }, (it) => finish({ inputTokenDetails: { cacheWriteTokens: it } })],
    ['cachedInputTokens', { cachedInput: 7 }, (it) => finish({ cachedInputTokens: it })],
    ['outputTokens', { output: 7 }, (it) => finish({ outputTokens: it })],
    ['outputTokens.total', { output: 7 }, (it) => finish({ outputTokens: { total: it } })],
    ['outputTokens.reasoning', { reasoning: 7 }, (it) => finish({ outputTokens: { reasoning: it } })],
    ['outputTokenDetails.reasoningTokens', { reasoning: 7 }, (it) => finish({ outputTokenDetails: { reasoningTokens: it } })],
    ['reasoningTokens', { reasoning: 7 }, (it) => finish({ reasoningTokens: it })],
    ['totalTokens', { total: 7 }, (it) => finish({ totalTokens: it })],
    ['usage of a model\'s end', { total: 7 }, (it) => ({ type: 'finish', finishReason: 'stop', usage: { totalTokens: it } })],
    ['usage of a step of version 4', { total: 7, final: false }, (it) => ({ type: 'step-finish', usage: { totalTokens: it } })],
    ['usage of a step', { total: 7, final: false }, (it) => ({ type: 'finish-step', usage: { totalTokens: it } })],
    ['totalUsage of steps', { total: 7 }, (it) => ({ steps: [{ finishReason: 'stop' }], totalUsage: { totalTokens: it } })],
    ['input_tokens of Anthropic', { input: 7 }, (it) => delta({ input_tokens: it })],
    ['cache_read_input_tokens', { input: 7, cachedInput: 7 }, (it) => delta({ cache_read_input_tokens: it })],
    ['cache_creation_input_tokens of Anthropic', { input: 7, cacheWrite: 7 }, (it) => delta({ cache_creation_input_tokens: it })],
    ['output_tokens of Anthropic', { output: 7 }, (it) => delta({ output_tokens: it })],
    ['thinking_tokens', { reasoning: 7 }, (it) => delta({ output_tokens_details: { thinking_tokens: it } })],
    ['usage of message_start', { output: 7, final: false }, (it) => ({ type: 'message_start', message: { usage: { output_tokens: it } } })],
    ['usage of message_stop', { output: 7 }, (it) => ({ type: 'message_stop', usage: { output_tokens: it } })],
    ['usage of a message', { output: 7 }, (it) => ({ type: 'message', usage: { output_tokens: it } })],
    ['inputTokens of Bedrock', { input: 7 }, (it) => ({ metadata: { usage: { inputTokens: it } } })],
    ['cacheReadInputTokens', { input: 7, cachedInput: 7 }, (it) => ({ metadata: { usage: { cacheReadInputTokens: it } } })],
    ['cacheWriteInputTokens', { input: 7, cacheWrite: 7 }, (it) => ({ metadata: { usage: { cacheWriteInputTokens: it } } })],
    ['outputTokens of Bedrock', { output: 7 }, (it) => ({ metadata: { usage: { outputTokens: it } } })],
    ['totalTokens of Bedrock', { total: 7 }, (it) => ({ metadata: { usage: { totalTokens: it } } })],
    ['usage of a whole answer of Bedrock', { total: 7 }, (it) => ({ stopReason: 'x', output: { message: {} }, usage: { totalTokens: it } })],
    ['tokens of Cohere', { input: 7 }, (it) => end({ tokens: { input_tokens: it } })],
    ['tokens of Cohere in camel case', { input: 7 }, (it) => end({ tokens: { inputTokens: it } })],
    ['output of Cohere', { output: 7 }, (it) => end({ billed_units: { output_tokens: it } })],
    ['output of Cohere in camel case', { output: 7 }, (it) => end({ billedUnits: { outputTokens: it } })],
    ['cached_tokens of Cohere', { cachedInput: 7 }, (it) => end({ tokens: {}, cached_tokens: it })],
    ['cachedTokens of Cohere', { cachedInput: 7 }, (it) => end({ tokens: {}, cachedTokens: it })],
    ['usage of a whole answer of Cohere', { input: 7 }, (it) => ({ finish_reason: 'COMPLETE', message: {}, usage: { tokens: { input_tokens: it } } })],
    ['promptTokenCount', { input: 7, final: false }, (it) => ({ usageMetadata: { promptTokenCount: it } })],
    ['toolUsePromptTokenCount', { input: 7, final: false }, (it) => ({ usageMetadata: { toolUsePromptTokenCount: it } })],
    ['cachedContentTokenCount', { cachedInput: 7, final: false }, (it) => ({ usageMetadata: { cachedContentTokenCount: it } })],
    ['candidatesTokenCount', { output: 7, final: false }, (it) => ({ usageMetadata: { candidatesTokenCount: it } })],
    ['thoughtsTokenCount', { output: 7, reasoning: 7, final: false }, (it) => ({ usageMetadata: { thoughtsTokenCount: it } })],
    ['totalTokenCount', { total: 7, final: false }, (it) => ({ usageMetadata: { totalTokenCount: it } })],
    ['input_tokens of LangChain', { input: 7 }, (it) => ({ usage_metadata: { input_tokens: it } })],
    ['cache_read of LangChain', { cachedInput: 7 }, (it) => ({ usage_metadata: { input_token_details: { cache_read: it } } })],
    ['cache_creation of LangChain', { cacheWrite: 7 }, (it) => ({ usage_metadata: { input_token_details: { cache_creation: it } } })],
    ['output_tokens of LangChain', { output: 7 }, (it) => ({ usage_metadata: { output_tokens: it } })],
    ['reasoning of LangChain', { reasoning: 7 }, (it) => ({ usage_metadata: { output_token_details: { reasoning: it } } })],
    ['total_tokens of LangChain', { total: 7 }, (it) => ({ usage_metadata: { total_tokens: it } })],
    ['prompt_eval_count', { input: 7, final: false }, (it) => ({ model: 'm', done: false, prompt_eval_count: it })],
    ['eval_count', { output: 7 }, (it) => ({ model: 'm', done: true, eval_count: it })],
    ['usage of a response', { total: 7 }, (it) => ({ object: 'response', usage: { total_tokens: it } })],
    ['usage of response.done', { total: 7 }, (it) => ({ type: 'response.done', response: { usage: { total_tokens: it } } })],
    ...['created', 'in_progress'].map((state): [string, object, Make] => [`usage of response.${state}`, { total: 7, final: false }, (it) => ({ type: `response.${state}`, response: { usage: { total_tokens: it } } })]),
    ['usage of response.queued', { total: 7, final: false }, (it) => ({ type: 'response.queued', response: { usage: { total_tokens: it } } })],
    ['usage without more', { total: 7 }, (it) => ({ usage: { total_tokens: it } })],
  ];

  it.each(rows)('is told: %s', (_, told, make) => {
    expect(said(make(7)).usage).toStrictEqual({ final: true, ...told });
    const none = Object.fromEntries(Object.entries(told).map(([name, amount]) => [name, amount === 7 ? 0 : amount]));
    expect(said(make(-0)).usage).toStrictEqual({ final: true, ...none });
  });

  it.each(rows)('is not told where it is none: %s', (_, _told, make) => {
    for (const wrong of [undefined, null, '7', -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, true, {}, [7], () => 7]) {
      expect([wrong, usageIn(readingOf(make(wrong)))]).toEqual([wrong, undefined]);
    }
  });
});

describe('a reason', () => {
  it.each<[string, Make]>([
    ['finish_reason of a chat', (it) => ({ choices: [{ delta: {}, finish_reason: it }] })],
    ['finishReason of a chat', (it) => ({ choices: [{ delta: {}, finishReason: it }] })],
    ['finishReason of Gemini', (it) => ({ candidates: [{ finishReason: it }] })],
    ['stop_reason of a delta', (it) => ({ type: 'message_delta', delta: { stop_reason: it } })],
    ['stop_reason of a message', (it) => ({ type: 'message', stop_reason: it })],
    ['finish_reason of Cohere', (it) => ({ finish_reason: it, message: {} })],
    ['finishReason of Cohere', (it) => ({ finishReason: it, message: {} })],
    ...['response_metadata', 'additional_kwargs'].flatMap((place) => ['finish_reason', 'stop_reason', 'finishReason', 'done_reason'].map((name): [string, Make] => [`${name} in ${place}`, (it) => ({ [place]: { [name]: it } })])),
  ])('ends an answer only where it is one: %s', (_, make) => {
    expect(said(make('STOP'))).toStrictEqual({ final: true });
    for (const none of [undefined, null, '', 5, true, {}, 'STOP_REASON_UNSPECIFIED']) {
      expect([none, said(make(none))]).toStrictEqual([none, {}]);
    }
  });
});
