import { describe, expect, it } from 'vitest';
import { type Said, said } from './said';

function tell(rows: [string, unknown, Said][]): void {
  it.each<[string, unknown, Said]>(rows)('tells %s', (_, value, expected) => {
    expect(said(value)).toStrictEqual(expected);
  });
}

describe('a part of the AI SDK', () => {
  const usage = { inputTokens: 26, outputTokens: 2, totalTokens: 28, reasoningTokens: 1, cachedInputTokens: 20 };
  const counts = { inputTokens: { total: 26, noCache: 2, cacheRead: 20, cacheWrite: 4 }, outputTokens: { total: 2, text: 1, reasoning: 1 } };
  const details = { ...usage, inputTokenDetails: { cacheReadTokens: 20, cacheWriteTokens: 4 }, outputTokenDetails: { reasoningTokens: 1 } };

  tell([
    ['start',                { type: 'start' }, {}],
    ['stream-start',         { type: 'stream-start', warnings: [] }, {}],
    ['text-start',           { type: 'text-start', id: '1' }, {}],
    ['text of fullStream',   { type: 'text-delta', id: '1', text: 'Hi' }, { text: 'Hi', content: true }],
    ['text of a model',      { type: 'text-delta', id: '1', delta: 'Hi' }, { text: 'Hi', content: true }],
    ['text of version 4',    { type: 'text-delta', textDelta: 'Hi' }, { text: 'Hi', content: true }],
    ['thoughts',             { type: 'reasoning-delta', id: '1', text: 'Hm' }, { reasoning: 'Hm', content: true }],
    ['a tool call',          { type: 'tool-call', toolName: 'f', input: {} }, { content: true }],
    ['what goes into a tool', { type: 'tool-input-delta', delta: '{"a' }, { other: '{"a', content: true }],
    ['the same of UI messages', { type: 'tool-input-delta', inputTextDelta: '{"a' }, { other: '{"a', content: true }],
    ['the same of version 4', { type: 'tool-call-delta', argsTextDelta: '{"a' }, { other: '{"a', content: true }],
    ['a tool that failed',   { type: 'tool-error', toolName: 'f', error: new Error('x') }, { content: true }],
    ['a source',             { type: 'source', url: 'x' }, { content: true }],
    ['raw',                  { type: 'raw', rawValue: { choices: [{ delta: { content: 'Hi' } }] } }, {}],
    ['the end of a step',    { type: 'finish-step', finishReason: 'stop', usage: { inputTokens: 26 } }, { usage: { input: 26, final: false } }],
    ['the end',              { type: 'finish', finishReason: 'stop', totalUsage: usage }, { final: true, usage: { input: 26, cachedInput: 20, output: 2, reasoning: 1, total: 28, final: true } }],
    ['usage in detail',      { type: 'finish', finishReason: 'stop', totalUsage: details }, { final: true, usage: { input: 26, cachedInput: 20, cacheWrite: 4, output: 2, reasoning: 1, total: 28, final: true } }],
    ['the end of a model',   { type: 'finish', finishReason: { unified: 'stop', raw: 'stop' }, usage: counts }, { final: true, usage: { input: 26, cachedInput: 20, cacheWrite: 4, output: 2, reasoning: 1, final: true } }],
    ['a bad end',            { type: 'finish', finishReason: 'error', usage: {} }, { final: true, failure: { message: 'The provider reports a failure: it does not say which' } }],
    ['an error',             { type: 'error', error: Object.assign(new Error('Too many'), { statusCode: 429 }) }, { failure: { message: 'Too many', status: 429 } }],
    ['an error in words',    { type: 'error', errorText: 'Too many' }, { failure: { message: 'Too many' } }],
    ['an error of the AI gateway', { type: 'error', error: { error: { message: 'Too many' } } }, { failure: { message: 'Too many' } }],
    ['an abort',             { type: 'abort' }, {}],
    ['an end that it made up', { type: 'finish', finishReason: 'other', rawFinishReason: undefined, totalUsage: {} }, {}],
    ['the same of a model',  { type: 'finish', finishReason: { unified: 'other', raw: undefined }, usage: {} }, {}],
    ['the same of version 5', { type: 'finish', finishReason: 'unknown', totalUsage: {} }, {}],
    ['another end',          { type: 'finish', finishReason: 'other', rawFinishReason: 'pause', totalUsage: {} }, { final: true }],
    ['another end of a model', { type: 'finish', finishReason: { unified: 'other', raw: 'pause' }, usage: {} }, { final: true }],
    ['another end of version 5', { type: 'finish', finishReason: 'other', totalUsage: {} }, { final: true }],
    ['an end without a raw reason', { type: 'finish', finishReason: 'stop', rawFinishReason: undefined, totalUsage: {} }, { final: true }],
  ]);
});

describe('the result of generateText', () => {
  class Step {
    content = [{ type: 'reasoning', text: 'Hm' }, { type: 'text', text: 'Hi' }];
    finishReason = 'stop';
  }
  class Result {
    totalUsage = { inputTokens: 26, outputTokens: 2 };
    constructor(readonly steps: unknown[]) {}
    get text(): string { throw new Error('touched'); }
  }
  class Promised {
    _steps = [new Step()];
    get steps(): never { throw new Error('touched'); }
    get totalUsage(): never { throw new Error('touched'); }
  }

  tell([
    ['its last step',        new Result([{ content: [{ type: 'text', text: 'Before' }], finishReason: 'tool-calls' }, new Step()]), { text: 'Hi', reasoning: 'Hm', content: true, final: true, usage: { input: 26, output: 2, final: true } }],
    ['its last step of three', new Result([new Step(), new Step(), { content: [{ type: 'text', text: 'Last' }], finishReason: 'stop' }]), { text: 'Last', content: true, final: true, usage: { input: 26, output: 2, final: true } }],
    ['nothing of steps of others', { steps: [{ content: 'Hi' }] }, { content: true }],
    ['nothing of no steps',  { steps: [] }, { content: true }],
    ['nothing of what it promises', new Promised(), { content: true }],
  ]);
});

describe('a message of LangChain', () => {
  const report = { input_tokens: 26, output_tokens: 2, total_tokens: 28, input_token_details: { cache_read: 20, cache_creation: 4 }, output_token_details: { reasoning: 1 } };
  const usage = { input: 26, cachedInput: 20, cacheWrite: 4, output: 2, reasoning: 1, total: 28 };
  class AIMessageChunk {
    type = 'ai';
    content = 'Hi';
    additional_kwargs = { reasoning_content: 'Hm' };
    tool_calls = [];
    tool_call_chunks = [{ name: 'f', args: '{"a', index: 0 }];
    get text(): string { throw new Error('touched'); }
  }

  tell([
    ['text',              { content: 'Hi', additional_kwargs: {}, response_metadata: {} }, { text: 'Hi', content: true }],
    ['nothing',           { content: '', additional_kwargs: {}, tool_call_chunks: [] }, {}],
    ['blocks',            { content: [{ type: 'text', text: 'Hi' }, { type: 'reasoning', reasoning: 'Hm' }, { type: 'input_json_delta', input: '{' }], additional_kwargs: {} }, { text: 'Hi', reasoning: 'Hm', other: '{', content: true }],
    ['all of its class',  new AIMessageChunk(), { text: 'Hi', reasoning: 'Hm', other: '{"a', content: true }],
    ['tool calls',        { content: '', additional_kwargs: {}, tool_calls: [{ name: 'f', args: { a: 1 } }] }, { other: '{"a":1}', content: true }],
    ['usage that comes alone', { content: '', usage_metadata: report }, { usage: { ...usage, final: true } }],
    ['usage beside text', { content: 'Hi', usage_metadata: report }, { text: 'Hi', content: true, usage: { ...usage, final: false } }],
    ['usage at the start (Anthropic)', { content: [], additional_kwargs: { model: 'm' }, usage_metadata: report }, { usage: { ...usage, final: false } }],
    ['the end',           { content: '', response_metadata: { finish_reason: 'stop' } }, { final: true }],
    ['the end (Anthropic)', { content: '', additional_kwargs: { stop_reason: 'end_turn' }, usage_metadata: report }, { final: true, usage: { ...usage, final: true } }],
  ]);
});

describe('an event of Bedrock Converse', () => {
  const delta = (it: object) => ({ contentBlockDelta: { contentBlockIndex: 0, delta: it } });

  tell([
    ['messageStart',  { messageStart: { role: 'assistant' } }, {}],
    ['text',          delta({ text: 'Hi' }), { text: 'Hi', content: true }],
    ['thoughts',      delta({ reasoningContent: { text: 'Hm' } }), { reasoning: 'Hm', content: true }],
    ['a signature',   delta({ reasoningContent: { signature: 'x' } }), {}],
    ['a citation',    delta({ citation: {} }), { content: true }],
    ['arguments',     delta({ toolUse: { input: '{"a' } }), { other: '{"a', content: true }],
    ['a call without arguments', delta({ toolUse: {} }), {}],
    ['no delta',      { contentBlockDelta: {} }, {}],
    ['a tool call',   { contentBlockStart: { start: { toolUse: { name: 'f' } } } }, { content: true }],
    ['a block',       { contentBlockStart: { start: {} } }, {}],
    ['its end',       { contentBlockStop: {} }, {}],
    ['messageStop',   { messageStop: { stopReason: 'end_turn' } }, { final: true }],
    ['metadata',      { metadata: { usage: { inputTokens: 5, outputTokens: 2, totalTokens: 12, cacheReadInputTokens: 3, cacheWriteInputTokens: 2 } } }, { usage: { input: 10, cachedInput: 3, cacheWrite: 2, output: 2, total: 12, final: true } }],
    ['a whole answer', { output: { message: { content: [{ reasoningContent: { reasoningText: { text: 'Hm' } } }, { text: 'Hi' }] } }, stopReason: 'end_turn', usage: { inputTokens: 5, outputTokens: 2, totalTokens: 7 } }, { text: 'Hi', reasoning: 'Hm', content: true, final: true, usage: { input: 5, output: 2, total: 7, final: true } }],
    ['a whole tool call', { output: { message: { content: [{ toolUse: { name: 'f', input: { a: 1 } } }, { text: 'Hi' }] } }, stopReason: 'tool_use' }, { text: 'Hi', other: '{"a":1}', content: true, final: true }],
    ['a whole tool call without input', { output: { message: { content: [{ toolUse: { name: 'f' } }, { text: '' }] } }, stopReason: 'tool_use' }, { content: true, final: true }],
    ['a whole tool call before thoughts', { output: { message: { content: [{ toolUse: { name: 'f' } }, { reasoningContent: { text: '' } }] } }, stopReason: 'tool_use' }, { content: true, final: true }],
    ['a whole answer without parts', { output: { message: {} }, stopReason: 'end_turn' }, { final: true }],
    ['metadata of others', { metadata: {} }, { content: true }],
    ['the report of what stops for another reason', { stopReason: 'x', usage: { prompt_tokens: 5 } }, { content: true, usage: { input: 5, final: true } }],
    ['what stops for another reason', { stopReason: 'x', output: 'Hi' }, { content: true }],
    ['throttling',    { throttlingException: { message: 'Too many' } }, { failure: { message: 'Too many', status: 429, code: 'ThrottlingException' } }],
    ['a broken model stream', { modelStreamErrorException: { message: 'Broken' } }, { failure: { message: 'Broken', code: 'ModelStreamErrorException' } }],
    ['the status behind it', { modelStreamErrorException: { message: 'Broken', originalStatusCode: 503 } }, { failure: { message: 'Broken', status: 503, code: 'ModelStreamErrorException' } }],
  ]);
});

describe('an event of Cohere', () => {
  const event = (type: string, message: object) => ({ type, index: 0, delta: { message } });
  const usage = { billed_units: { input_tokens: 1, output_tokens: 2 }, tokens: { input_tokens: 500, output_tokens: 3 }, cached_tokens: 400 };

  tell([
    ['message-start',  event('message-start', { role: 'assistant' }), {}],
    ['content-start',  event('content-start', { content: { type: 'text', text: '' } }), {}],
    ['text',           event('content-delta', { content: { text: 'Hi' } }), { text: 'Hi', content: true }],
    ['thoughts',       event('content-delta', { content: { thinking: 'Hm' } }), { reasoning: 'Hm', content: true }],
    ['a plan',         event('tool-plan-delta', { tool_plan: 'Hm' }), { reasoning: 'Hm', content: true }],
    ['a plan in camel case', event('tool-plan-delta', { toolPlan: 'Hm' }), { reasoning: 'Hm', content: true }],
    ...['message-start', 'content-start', 'content-delta', 'content-end', 'tool-plan-delta', 'tool-call-delta', 'tool-call-end', 'citation-end'].flatMap((type): [string, unknown, Said][] => [
      [`${type} without more`, { type }, {}],
      [`${type} without a message`, { type, delta: {} }, {}],
      [`${type} without anything in its message`, event(type, {}), {}],
    ]),
    ['an end without more', { type: 'message-end' }, { final: true }],
    ['a call',         event('tool-call-start', { tool_calls: { function: { name: 'f', arguments: '' } } }), { content: true }],
    ['arguments',      event('tool-call-delta', { toolCalls: { function: { arguments: '{"a' } } }), { other: '{"a', content: true }],
    ['a citation',     event('citation-start', { citations: {} }), { content: true }],
    ['the end',        { type: 'message-end', delta: { finish_reason: 'COMPLETE', usage } }, { final: true, usage: { input: 500, cachedInput: 400, output: 3, final: true } }],
    ['the end in camel case', { type: 'message-end', delta: { finishReason: 'COMPLETE', usage: { billedUnits: { inputTokens: 1, outputTokens: 2 } } } }, { final: true, usage: { input: 1, output: 2, final: true } }],
    ['a bad end',      { type: 'message-end', delta: { finish_reason: 'ERROR', error: 'Broken' } }, { final: true, failure: { message: 'Broken', code: 'ERROR' } }],
    ['an end that came too late', { type: 'message-end', delta: { finish_reason: 'TIMEOUT', error: 'Slow' } }, { final: true, failure: { message: 'Slow', code: 'TIMEOUT' } }],
    ['an answer that could not be parsed', { ok: false, error: { reason: 'non-json', statusCode: 200, rawBody: '<html>' } }, { failure: { message: 'The provider reports a failure: it does not say which' } }],
    ['nothing of a result that is like it', { ok: false, error: { reason: 'x' } }, { content: true }],
    ['nothing of a result that is well', { ok: true, error: { rawBody: 'x' } }, { content: true }],
    ['a whole answer', { id: '1', finish_reason: 'COMPLETE', message: { role: 'assistant', content: [{ type: 'text', text: 'Hi' }] }, usage }, { text: 'Hi', content: true, final: true, usage: { input: 500, cachedInput: 400, output: 3, final: true } }],
  ]);
});

describe('a line of Ollama', () => {
  tell([
    ['text of a chat',  { model: 'm', message: { role: 'assistant', content: 'Hi' }, done: false }, { text: 'Hi', content: true }],
    ['thoughts',        { model: 'm', message: { content: '', thinking: 'Hm' }, done: false }, { reasoning: 'Hm', content: true }],
    ['a tool call',     { model: 'm', message: { content: '', tool_calls: [{ function: { name: 'f', arguments: { a: 1 } } }] }, done: false }, { other: '{"a":1}', content: true }],
    ['a completion',    { model: 'm', response: 'Hi', thinking: 'Hm', done: false }, { text: 'Hi', reasoning: 'Hm', content: true }],
    ['the end',         { model: 'm', message: { content: '' }, done: true, done_reason: 'stop', prompt_eval_count: 26, eval_count: 2 }, { final: true, usage: { input: 26, output: 2, final: true } }],
    ['the end alone',   { done: true, done_reason: 'stop' }, { final: true }],
    ['an error',        { error: 'model not found' }, { failure: { message: 'model not found' } }],
    ['a message alone', { message: { content: 'Hi' }, done: false }, { text: 'Hi', content: true }],
    ['a response alone', { response: 'Hi', done: false }, { text: 'Hi', content: true }],
    ['a model alone',   { model: 'm', done: false }, {}],
    ['nothing of another kind of done, but the report beside it', { done: 'no', model: 'm', usage: { prompt_tokens: 5 } }, { content: true, usage: { input: 5, final: true } }],
    ['nothing as the result of an iterator', { value: 'Hi', done: true }, { content: true }],
  ]);
});

describe('an event of AG-UI', () => {
  tell([
    ['RUN_STARTED',          { type: 'RUN_STARTED' }, {}],
    ['TEXT_MESSAGE_START',   { type: 'TEXT_MESSAGE_START' }, {}],
    ['TEXT_MESSAGE_CONTENT', { type: 'TEXT_MESSAGE_CONTENT', delta: 'Hi' }, { text: 'Hi', content: true }],
    ['thoughts',             { type: 'REASONING_MESSAGE_CONTENT', delta: 'Hm' }, { reasoning: 'Hm', content: true }],
    ['TOOL_CALL_START',      { type: 'TOOL_CALL_START', toolCallName: 'f' }, { content: true }],
    ['TOOL_CALL_ARGS',       { type: 'TOOL_CALL_ARGS', delta: '{"a' }, { other: '{"a', content: true }],
    ['TOOL_CALL_END',        { type: 'TOOL_CALL_END' }, {}],
    ['STATE_DELTA',          { type: 'STATE_DELTA', delta: [] }, { content: true }],
    ['events of others',     { type: 'JOB_STARTED' }, { content: true }],
    ['RUN_FINISHED',         { type: 'RUN_FINISHED' }, { final: true }],
    ['RUN_ERROR',            { type: 'RUN_ERROR', message: 'Broken', code: 'x' }, { failure: { message: 'Broken', code: 'x' } }],
  ]);
});

describe('an event of a server', () => {
  const chunk = { choices: [{ delta: { content: 'Hi' }, finish_reason: 'stop' }] };

  tell([
    ['what its data say',  { event: 'message', data: chunk, id: '1' }, { text: 'Hi', content: true, final: true }],
    ['a ping',             { event: 'ping', data: { type: 'ping' } }, {}],
    ['only its own data',  { data: { data: chunk } }, { content: true }],
    ['nothing of a text',  { event: 'message', data: 'Hi' }, { content: true }],
    ['an error',           { event: 'error', data: { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } } }, { failure: { message: 'Overloaded', type: 'overloaded_error' } }],
    ['an error by its name', { event: 'error', data: { message: 'Overloaded', code: 529 } }, { failure: { message: 'Overloaded', status: 529 } }],
    ['an error that says nothing', { event: 'error', data: null }, { failure: { message: 'The provider reports a failure: it does not say which' } }],
    ['an error in words',  { event: 'error', data: 'Overloaded' }, { failure: { message: 'Overloaded' } }],
  ]);
});

describe('an error without a shape', () => {
  tell([
    ['what it says',                    { error: { message: 'Broken', type: 'server_error' } }, { failure: { message: 'Broken', type: 'server_error' } }],
    ['what it says beside an id',       { id: '1', object: 'error', error: { message: 'Broken' } }, { failure: { message: 'Broken' } }],
    ['the words of Hugging Face',       { error: 'Broken', error_type: 'overloaded' }, { failure: { message: 'Broken', code: 'overloaded' } }],
    ['the words of vLLM, SGLang and Mistral', { object: 'error', message: 'Broken', type: 'InternalServerError', param: null, code: 500 }, { failure: { message: 'Broken', type: 'InternalServerError', status: 500 } }],
    ['nothing of an object that says error and no more', { object: 'error' }, { content: true }],
    ['nothing without words',           { error: '' }, { content: true }],
    ['nothing without a message',       { error: { code: 5 } }, { content: true }],
    ['nothing beside something to show', { error: { message: 'Broken' }, data: [1] }, { content: true }],
    ['what it says beside empty fields', { error: { message: 'Broken' }, data: [], text: '', result: null }, { failure: { message: 'Broken' } }],
    ['nothing in words beside others',  { error: 'Broken', id: 1 }, { content: true }],
    ['nothing in a value of another type', { type: 'tool_failed', error: { message: 'Broken' } }, { content: true }],
    ['nothing of a text',               'error', { text: 'error', content: true }],
    ['nothing of an Error that is a value', Object.assign(new Error('x'), { error: { message: 'Broken' } }), { content: true }],
  ]);
});
