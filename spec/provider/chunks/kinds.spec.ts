import { describe, expect, it } from 'vitest';
import { type Said, said } from './said';

// What a type or a name alone tells, and which of two fields counts.

const choice = (delta: object) => ({ choices: [{ delta, finish_reason: null }] });
const bedrock = (delta: object) => ({ contentBlockDelta: { delta } });
const gemini = (part: object) => ({ candidates: [{ content: { parts: [part] } }] });
const event = (type: string, message: object) => ({ type, delta: { message } });
const finish = (totalUsage: object) => ({ type: 'finish', finishReason: 'stop', totalUsage });

describe('a type', () => {
  it.each([
    'start', 'start-step', 'text-start', 'text-end', 'reasoning-start', 'reasoning-end', 'tool-input-end', 'stream-start', 'step-start',
    'response-metadata', 'message-metadata', 'raw', 'abort', 'finish-step', 'step-finish',
    'message_start', 'message_delta', 'content_block_start', 'content_block_delta', 'content_block_stop', 'message', 'ping', 'keepalive',
    'message-start', 'content-start', 'content-delta', 'content-end', 'tool-plan-delta', 'tool-call-delta', 'tool-call-end', 'citation-end',
    ...['RUN', 'STEP', 'TEXT', 'THINKING', 'REASONING', 'TOOL'].flatMap((what) => [`${what}_START`, `${what}_STARTED`, `${what}_END`]),
    'STEP_FINISHED', 'TEXT_MESSAGE_START', 'TEXT_MESSAGE_END', 'THINKING_TEXT_MESSAGE_START', 'REASONING_MESSAGE_END', 'TOOL_CALL_END',
    'TOOL_CALL_ARGS', 'TOOL_CALL_CHUNK', 'TEXT_MESSAGE_CONTENT', 'TEXT_MESSAGE_CHUNK',
    'response.created', 'response.queued', 'response.in_progress', 'response.web_search_call.searching', 'response.output_item.added', 'response.output_item.done',
  ])('says nothing: %s', (type) => {
    expect(said({ type })).toStrictEqual({});
    expect(said({ type, choices: [{ finish_reason: 'stop' }] })).toStrictEqual({});
  });

  it.each([
    'tool-call', 'tool-result', 'source', 'file', 'tool-error', 'tool-input-error', 'tool-input-start', 'tool-call-start', 'citation-start',
    'TOOL_CALL_START', 'STATE_SNAPSHOT', 'CUSTOM', 'MY_RUN_STARTED', 'RUN_STARTED_AGAIN', 'RUN_END_', 'TEXT_MESSAGE', 'Message', 'A', '', 'message_star', 'unknown',
    'response.image_generation_call.partial_image', 'response.output_text.annotation.added',
  ])('is content: %s', (type) => {
    expect(said({ type })).toStrictEqual({ content: true });
  });

  it.each(['tool-error', 'tool-input-error', 'tool-call-start', 'TOOL_CALL_START', 'response.output_text.annotation.added'])('is content, whatever else it has: %s', (type) => {
    expect(said({ type, choices: [{ finish_reason: 'stop' }] })).toStrictEqual({ content: true });
  });

  it.each(['message_stop', 'message-end', 'finish', 'RUN_FINISHED', 'response.completed', 'response.incomplete', 'response.done'])('is an end: %s', (type) => {
    expect(said({ type })).toStrictEqual({ final: true });
  });

  it('of a value that says more than its type is not read twice', () => {
    expect(said({ type: 'ping', choices: [{ delta: { content: 'Hi' } }], usage: { prompt_tokens: 5 } })).toStrictEqual({});
    expect(said({ type: 'raw', candidates: [{ finishReason: 'STOP' }] })).toStrictEqual({});
    expect(said({ type: 'RUN_STARTED', usage: { prompt_tokens: 5 } })).toStrictEqual({});
  });

  it('that is unknown does not keep a value from being read by its names', () => {
    expect(said({ type: 'x', choices: [{ delta: { content: 'Hi' } }] })).toStrictEqual({ text: 'Hi', content: true });
    expect(said({ type: 5, candidates: [{ finishReason: 'STOP' }] })).toStrictEqual({ final: true });
    expect(said({ type: 'ai', content: '', response_metadata: {} })).toStrictEqual({});
  });
});

describe('an error event', () => {
  const words = (message: string) => ({ failure: { message } });

  it.each<[string, unknown, Said]>([
    ['its error before its text', { type: 'error', error: 'a', errorText: 'b' }, words('a')],
    ['its text', { type: 'error', errorText: 'b', message: 'c' }, words('b')],
    ['itself', { type: 'error', message: 'c' }, words('c')],
    ['of RUN_ERROR itself', { type: 'RUN_ERROR', message: 'c' }, words('c')],
    ['the error of a response', { type: 'response.failed', response: { error: 'a' }, error: 'b' }, { ...words('a'), final: true }],
    ['the error beside a response', { type: 'response.failed', response: {}, error: 'b' }, { ...words('b'), final: true }],
    ['the error of a bad end', { type: 'finish', finishReason: 'error', error: 'a' }, { ...words('a'), final: true }],
    ['the error of a value before that of its choice', { choices: [{ finish_reason: 'error', error: 'b' }], error: 'a' }, { ...words('a'), final: true }],
    ['the error of a choice before that of Groq', { choices: [{ finish_reason: 'error', error: 'b' }], x_groq: { error: 'c' } }, { ...words('b'), final: true }],
    ['nothing of Groq where there is none', { choices: [], x_groq: { error: null } }, {}],
  ])('tells %s', (_, value, expected) => {
    expect(said(value)).toStrictEqual(expected);
  });

  it.each([
    ['throttlingException', 'ThrottlingException', 429], ['validationException', 'ValidationException', 400], ['internalServerException', 'InternalServerException', 500],
    ['serviceUnavailableException', 'ServiceUnavailableException', 503], ['modelTimeoutException', 'ModelTimeoutException', 408],
  ])('of Bedrock has a status: %s', (name, code, status) => {
    expect(said({ [name]: { message: 'No' } })).toStrictEqual({ failure: { message: 'No', code, status } });
  });

  it('of Bedrock is an own name', () => {
    expect(said({ toString: { message: 'No' } })).toStrictEqual({ content: true });
    expect(said({ otherException: { message: 'No' } })).toStrictEqual({ content: true });
  });

  it.each(['data', 'result', 'results', 'text', 'content', 'message', 'output', 'delta', 'value', 'response'])('is none beside something to show in %s', (name) => {
    const error = { message: 'No' };
    for (const shown of ['Hi', 5, false, [1], {}]) {
      expect(said({ error, [name]: shown })).toStrictEqual({ content: true });
    }
    for (const nothing of [undefined, null, '', []]) {
      expect(said({ error, [name]: nothing })).toStrictEqual({ failure: error });
    }
  });

  it('of a server has data', () => {
    expect(said({ event: 'error' })).toStrictEqual({ content: true });
    expect(said({ event: 'error', error: 'No' })).toStrictEqual({ content: true });
    expect(said({ event: 'error', data: undefined })).toStrictEqual({ failure: { message: 'The provider reports a failure: it does not say which' } });
  });

  it('is one beside choices or candidates that hold nothing', () => {
    for (const empty of [{ choices: [] }, { candidates: [] }, { choices: [{ delta: {} }] }]) {
      expect(said({ ...empty, error: { message: 'No' } })).toStrictEqual({ failure: { message: 'No' } });
      expect(said({ ...empty, error: 'No' })).toStrictEqual({});
    }
    expect(said({ candidates: [{ content: { parts: [{ text: 'Hi' }] } }], error: { message: 'No' } })).toStrictEqual({ text: 'Hi', content: true });
  });
});

describe('what is no text', () => {
  it.each<[string, unknown]>([
    ['a block of a tool', { type: 'content_block_start', content_block: { type: 'tool_use' } }],
    ['a delta of another type', { type: 'content_block_delta', delta: { type: 'citations_delta', text: 'no' } }],
    ['a citation of Bedrock', bedrock({ citation: {} })],
    ['an image of Bedrock', bedrock({ image: {} })],
    ['hidden thoughts of Bedrock', bedrock({ reasoningContent: { redactedContent: 'x' } })],
    ['a call of Gemini', gemini({ functionCall: {} })],
    ['data of Gemini', gemini({ inlineData: {} })],
    ['a result of Gemini', gemini({ codeExecutionResult: {} })],
    ['a file of Gemini', gemini({ fileData: {} })],
    ['audio of a chat', choice({ audio: {} })],
    ['images of a chat', choice({ images: [1] })],
    ['annotations of a chat', choice({ annotations: [1] })],
    ['hidden thoughts of a chat', choice({ reasoning_details: [1] })],
    ['a function call of a chat', choice({ function_call: {} })],
    ['a tool call', choice({ tool_calls: [{}] })],
    ['a part of another type', { type: 'message', content: [{ type: 'image' }] }],
    ['an item of another type', { object: 'response', output: [{ type: 'image_generation_call' }] }],
    ['an item without a type', { object: 'response', output: [{}] }],
    ['an item with a part', { type: 'response.output_item.done', item: { type: 'message', content: [{ text: 'Hi' }] } }],
    ['an item with a refusal', { type: 'response.output_item.done', item: { type: 'message', content: [{ refusal: 'No' }] } }],
    ['an item with a summary', { type: 'response.output_item.done', item: { type: 'reasoning', summary: [{ text: 'Hm' }] } }],
    ['an item with a part of another kind', { type: 'response.output_item.done', item: { type: 'message', content: [{}] } }],
    ['an item of a call', { type: 'response.output_item.added', item: { type: 'function_call' } }],
    ['sound', { type: 'response.output_audio.delta', delta: 'x' }],
    ['sound of Realtime', { type: 'response.audio.delta', delta: 'x' }],
    ...['text', 'refusal', 'arguments', 'transcript'].map((name): [string, unknown] => [`${name} that is done`, { type: 'response.x.done', [name]: 'Hi' }]),
  ])('is content without bytes: %s', (_, value) => {
    expect(said(value)).toStrictEqual({ content: true });
  });

  it.each<[string, unknown]>([
    ['audio of a chat that is none', choice({ audio: 'x' })],
    ['audio of a chat that is null', choice({ audio: null })],
    ['no images', choice({ images: [], annotations: [], reasoning_details: [], tool_calls: [] })],
    ['images that are no list', choice({ images: 'x', annotations: {}, reasoning_details: 5, tool_calls: {} })],
    ['a function call that is none', choice({ function_call: 'f' })],
    ['tool calls that are none', choice({ tool_calls: [null, 5, 'f'] })],
    ['parts that are none', { candidates: [{ content: { parts: [null, 5, {}] } }] }],
    ['candidates that are none', { candidates: [null, { content: null }, { content: { parts: 'x' } }] }],
    ['thoughts of Bedrock without text', bedrock({ reasoningContent: {} })],
    ['a tool of Bedrock that goes on', bedrock({ toolUse: {} })],
    ['a start of Bedrock', { contentBlockStart: { start: null } }],
    ['an item without parts', { type: 'response.output_item.done', item: { type: 'message', content: 'x', summary: {} } }],
    ['an item whose parts are none', { type: 'response.output_item.done', item: { type: 'reasoning', summary: [null, 5, { text: '' }, { refusal: '' }] } }],
    ['an item that is null', { type: 'response.output_item.done', item: null }],
    ['no sound', { type: 'response.audio.delta', delta: '' }],
    ['no sound at all', { type: 'response.audio.delta', delta: 5 }],
    ['a whole response of items that are none', { object: 'response', output: [null, 5] }],
    ['output that is not at its end', { type: 'response.in_progress', response: { output: [{ type: 'function_call' }] } }],
    ['a whole response of items that hold nothing', { object: 'response', output: [{ type: 'message', content: [] }, { type: 'reasoning', summary: [] }] }],
    ['a message without anything', { type: 'response.x.done' }],
  ])('is nothing: %s', (_, value) => {
    expect(said(value)).toStrictEqual({});
  });

  it.each([new Error('x'), [], new TypeError('x')])('is not looked for in %o', (value) => {
    expect(said(Object.assign(value, { choices: [{ delta: { content: 'Hi' } }] }))).toStrictEqual({ content: true });
  });

  it('is not looked for in a delta with text', () => {
    const touched: string[] = [];
    const delta = { content: 'Hi', get refusal() { touched.push('refusal'); return 'No'; }, get audio() { touched.push('audio'); return {}; } };
    expect(said(choice(delta))).toStrictEqual({ text: 'Hi', content: true });
    expect(touched).toStrictEqual([]);
  });

  it('is found wherever it stands in what a response holds', () => {
    const empty = { type: 'message', content: [] };
    const full = { type: 'message', content: [{ text: '' }, { text: 'Hi' }] };
    for (const output of [[full, empty], [empty, full], [empty, null, full]]) {
      expect(said({ type: 'response.completed', response: { output } })).toStrictEqual({ content: true, final: true });
    }
    expect(said({ type: 'response.completed', response: { output: [empty] } })).toStrictEqual({ final: true });
  });
});

describe('of two fields', () => {
  it.each<[string, unknown, Said]>([
    ['text, before delta', { type: 'text-delta', text: 'a', delta: 'b', textDelta: 'c' }, { text: 'a', content: true }],
    ['delta, before textDelta', { type: 'text-delta', delta: 'b', textDelta: 'c' }, { text: 'b', content: true }],
    ['delta, before inputTextDelta', { type: 'tool-input-delta', delta: 'a', inputTextDelta: 'b' }, { other: 'a', content: true }],
    ['reasoning_content, before reasoning', choice({ reasoning_content: 'a', reasoning: 'b' }), { reasoning: 'a', content: true }],
    ['delta, before message', { choices: [{ delta: { content: 'a' }, message: { content: 'b' } }] }, { text: 'a', content: true }],
    ['message, before text', { choices: [{ message: { content: 'a' }, text: 'b' }] }, { text: 'a', content: true }],
    ['finish_reason, even if it is null', { choices: [{ delta: {}, finish_reason: null, finishReason: 'stop' }] }, {}],
    ['tool_calls, before toolCalls', choice({ tool_calls: [{ function: { arguments: 'a' } }], toolCalls: [{ function: { arguments: 'b' } }] }), { other: 'a', content: true }],
    ['function, before args', choice({ tool_calls: [{ function: { arguments: 'a' }, args: 'b' }] }), { other: 'a', content: true }],
    ['custom, before args', choice({ tool_calls: [{ custom: { input: 'a' }, args: 'b' }] }), { other: 'a', content: true }],
    ['chunks of calls, before calls', { additional_kwargs: {}, tool_call_chunks: [{ args: 'a' }], tool_calls: [{ args: 'b' }] }, { other: 'a', content: true }],
    ['thinking of a part, before reasoning', { type: 'message', content: [{ type: 'thinking', thinking: 'a', reasoning: 'b', text: 'c' }] }, { reasoning: 'a', content: true }],
    ['reasoning of a part, before text', { type: 'message', content: [{ type: 'thinking', reasoning: 'b', text: 'c' }] }, { reasoning: 'b', content: true }],
    ['text of Bedrock, before thoughts', bedrock({ text: 'a', reasoningContent: { text: 'b' }, citation: {} }), { text: 'a', content: true }],
    ['thoughts of Bedrock, before those of a whole answer', bedrock({ reasoningContent: { text: 'a', reasoningText: { text: 'b' } } }), { reasoning: 'a', content: true }],
    ['text of Gemini, before a call', gemini({ text: 'a', functionCall: { args: 'b' } }), { text: 'a', content: true }],
    ['tool_plan, before toolPlan', event('tool-plan-delta', { tool_plan: 'a', toolPlan: 'b' }), { reasoning: 'a', content: true }],
    ['tool_calls of Cohere, before toolCalls', event('tool-call-delta', { tool_calls: { function: { arguments: 'a' } }, toolCalls: { function: { arguments: 'b' } } }), { other: 'a', content: true }],
    ['argsTextDelta, before Cohere\'s', { type: 'tool-call-delta', argsTextDelta: 'a', delta: { message: { tool_calls: { function: { arguments: 'b' } } } } }, { other: 'a', content: true }],
    ['output, before output_text', { object: 'response', output: [{ type: 'message', content: 'a' }], output_text: 'b' }, { text: 'a', content: true }],
    ['choices, before candidates', { choices: [], candidates: [{ finishReason: 'STOP' }] }, {}],
    ['an error, before data', { data: { choices: [] }, error: { message: 'a' } }, { content: true }],
    ['the reason of a part, before that of a value', { type: 'finish', finishReason: { unified: 'error' } }, { final: true, failure: { message: 'The provider reports a failure: it does not say which' } }],
  ])('the first counts: %s', (_, value, expected) => {
    expect(said(value)).toStrictEqual(expected);
  });

  const chat = (usage: object) => ({ choices: [], usage });

  it.each<[string, unknown, object]>([
    ['prompt_tokens', chat({ prompt_tokens: 1, input_tokens: 2 }), { input: 1 }],
    ['prompt_tokens_details', chat({ prompt_tokens_details: { cached_tokens: 1 }, input_tokens_details: { cached_tokens: 2 } }), { cachedInput: 1 }],
    ['cached_tokens in detail', chat({ prompt_tokens_details: { cached_tokens: 1 }, prompt_cache_hit_tokens: 2 }), { cachedInput: 1 }],
    ['prompt_cache_hit_tokens', chat({ prompt_cache_hit_tokens: 1, cached_tokens: 2 }), { cachedInput: 1 }],
    ['cache_write_tokens', chat({ prompt_tokens_details: { cache_write_tokens: 1 }, cache_creation_input_tokens: 2 }), { cacheWrite: 1 }],
    ['completion_tokens', chat({ completion_tokens: 1, output_tokens: 2 }), { output: 1 }],
    ['completion_tokens_details', chat({ completion_tokens_details: { reasoning_tokens: 1 }, output_tokens_details: { reasoning_tokens: 2 } }), { reasoning: 1 }],
    ['snake case', chat({ prompt_tokens: 1, inputTokens: 2 }), { input: 1 }],
    ['usage of a value', { choices: [{ finish_reason: 'stop', usage: { prompt_tokens: 3 } }], usage: { prompt_tokens: 1 }, x_groq: { usage: { prompt_tokens: 2 } } }, { input: 1 }],
    ['usage of x_groq', { choices: [{ finish_reason: 'stop', usage: { prompt_tokens: 3 } }], x_groq: { usage: { prompt_tokens: 2 } } }, { input: 2 }],
    ['inputTokens', finish({ inputTokens: 1, promptTokens: 2 }), { input: 1 }],
    ['outputTokens', finish({ outputTokens: 1, completionTokens: 2 }), { output: 1 }],
    ['parts of inputTokens', finish({ inputTokens: { total: 5, cacheRead: 1 }, inputTokenDetails: { cacheRead: 3 }, cachedInputTokens: 2 }), { input: 5, cachedInput: 1 }],
    ['details of the input', finish({ inputTokenDetails: { cacheReadTokens: 1 }, cachedInputTokens: 2 }), { cachedInput: 1 }],
    ['cacheRead', finish({ inputTokens: { cacheRead: 1, cacheReadTokens: 2, cacheWrite: 3, cacheWriteTokens: 4 } }), { cachedInput: 1, cacheWrite: 3 }],
    ['reasoning of outputTokens', finish({ outputTokens: { reasoning: 1 }, outputTokenDetails: { reasoningTokens: 2 }, reasoningTokens: 3 }), { reasoning: 1 }],
    ['reasoning in detail', finish({ outputTokenDetails: { reasoningTokens: 2 }, reasoningTokens: 3 }), { reasoning: 2 }],
    ['totalUsage', { type: 'finish', finishReason: 'stop', totalUsage: { inputTokens: 1 }, usage: { inputTokens: 2 } }, { input: 1 }],
    ['tokens of Cohere', { type: 'message-end', delta: { usage: { tokens: { input_tokens: 1 }, billed_units: { input_tokens: 2 }, billedUnits: { input_tokens: 3 } } } }, { input: 1 }],
    ['billed_units', { type: 'message-end', delta: { usage: { billed_units: { input_tokens: 2, output_tokens: 4 }, billedUnits: { input_tokens: 3 } } } }, { input: 2, output: 4 }],
    ['snake case of Cohere', { type: 'message-end', delta: { usage: { tokens: { input_tokens: 1, inputTokens: 2, output_tokens: 3, outputTokens: 4 }, cached_tokens: 5, cachedTokens: 6 } } }, { input: 1, cachedInput: 5, output: 3 }],
    ['all of Anthropic\'s input, as a sum', { type: 'message', usage: { input_tokens: 1, cache_read_input_tokens: 2, cache_creation_input_tokens: 4 } }, { input: 7, cachedInput: 2, cacheWrite: 4 }],
    ['all of Gemini\'s, as sums', { candidates: [{ finishReason: 'STOP' }], usageMetadata: { promptTokenCount: 1, toolUsePromptTokenCount: 2, candidatesTokenCount: 4, thoughtsTokenCount: 8 } }, { input: 3, output: 12, reasoning: 8 }],
  ])('the first amount counts: %s', (_, value, expected) => {
    expect(said(value).usage).toStrictEqual({ ...expected, final: true });
  });
});

describe('a report is final', () => {
  const usage = { total_tokens: 7 };

  it.each<[boolean, string, unknown]>([
    [true,  'without choices', { choices: [], usage }],
    [true,  'with a whole message', { choices: [{ message: {} }], usage }],
    [true,  'with an end', { choices: [{ delta: {}, finish_reason: 'stop' }], usage }],
    [false, 'with a delta', { choices: [{ delta: {} }], usage }],
    [false, 'with a choice without anything', { choices: [{}], usage }],
    [false, 'with a delta beside an end', { choices: [{ delta: {}, finish_reason: 'stop' }, { delta: {} }], usage }],
    [false, 'with a delta before an end', { choices: [{ delta: {} }, { delta: {}, finish_reason: 'stop' }], usage }],
    [false, 'of x_groq with a delta', { choices: [{ delta: {} }], x_groq: { usage } }],
    [false, 'in a message of LangChain with text', { content: 'Hi', usage_metadata: usage }],
    [true,  'in a message of LangChain with text and an end', { content: 'Hi', usage_metadata: usage, response_metadata: { finish_reason: 'stop' } }],
    [true,  'in a message of LangChain without text', { content: '', usage_metadata: usage }],
    [false, 'in a message of LangChain that names the model', { content: '', usage_metadata: usage, additional_kwargs: { model: 'm' } }],
    ...['completed', 'incomplete', 'failed', 'cancelled', undefined, 'x'].map((status): [boolean, string, unknown] => [true, `of a response that is ${status}`, { object: 'response', status, usage }]),
    ...['queued', 'in_progress'].map((status): [boolean, string, unknown] => [false, `of a response that is ${status}`, { object: 'response', status, usage }]),
    [true,  'of a delta that does not tell a reason', { type: 'message_delta', delta: {}, usage: { output_tokens: 7 } }],
    [false, 'of a delta without a reason', { type: 'message_delta', delta: { stop_reason: null }, usage: { output_tokens: 7 } }],
  ])('%s: %s', (isFinal, _, value) => {
    expect(said(value).usage?.final).toBe(isFinal);
  });

  it.each<[boolean, string]>([[true, 'completed'], [true, 'incomplete'], [true, 'failed'], [true, 'cancelled'], [false, 'queued'], [false, 'in_progress']])('%s: the end of a response that is %s', (isFinal, status) => {
    expect(said({ object: 'response', status })).toStrictEqual(isFinal ? { final: true } : {});
  });
});

describe('a value that is no chunk by one of its names', () => {
  it.each<[string, object]>([
    ['metadata', { metadata: {} }], ['metadata that are none', { metadata: 'x' }], ['done', { done: 'no' }], ['done of an iterator', { done: true }],
    ['finish_reason', { finish_reason: 'stop' }], ['finishReason', { finishReason: 'stop' }], ['stopReason', { stopReason: 'x' }], ['steps', { steps: [] }],
    ['steps that are none', { steps: [null] }], ['steps of others', { steps: [{}] }], ['steps that are no list', { steps: { length: 1 } }],
  ])('is looked at by its other names: %s', (_, value) => {
    expect(said(value)).toStrictEqual({ content: true });
    expect(said({ ...value, usage: { total_tokens: 7 } })).toStrictEqual({ content: true, usage: { total: 7, final: true } });
    expect(said({ ...value, error: { message: 'No' } })).toStrictEqual({ failure: { message: 'No' } });
    expect(said({ ...value, data: { choices: [] } })).toStrictEqual({});
  });
});
