import { describe, expect, it } from 'vitest';
import { bytesIn, ChunkReading, isContentChunk, isFinalChunk, readChunk, textOf, utf8Bytes } from '../../src/provider';

/** The size of all that a value generates. */
function bytesOf(value: unknown): number {
  const reading = new ChunkReading();
  readChunk(value, reading);
  return bytesIn(reading);
}

const circle: { self?: unknown } = {};
circle.self = circle;

describe('textOf, and the bytes that were generated', () => {
  it.each<[string, unknown, text: string, generated: string]>([
    ['a string', 'Hi', 'Hi', 'Hi'],
    ['a block that starts with text', { type: 'content_block_start', content_block: { type: 'text', text: 'Hi' } }, 'Hi', 'Hi'],
    ['a block that starts with a thought', { type: 'content_block_start', content_block: { type: 'thinking', thinking: 'Hm' } }, '', 'Hm'],
    ['content of an unknown type', { type: 'unknown', content: [{ type: 'text', text: 'Hi' }] }, '', ''],
    ['an event that is no delta', { type: 'response.unknown', delta: 'Hi' }, '', ''],
    ['a delta of audio', { type: 'response.audio.delta', delta: 'Hi' }, '', ''],
    ['a chunk of a chat', { choices: [{ delta: { role: 'assistant', content: 'Hi' } }] }, 'Hi', 'Hi'],
    ['two choices', { choices: [{ delta: { content: 'a' } }, { delta: { content: 'b' } }] }, 'ab', 'ab'],
    ['a role header', { choices: [{ delta: { role: 'assistant', content: null } }] }, '', ''],
    ['reasoning_content', { choices: [{ delta: { reasoning_content: 'hm', reasoning: 'hm' } }] }, '', 'hm'],
    ['reasoning', { choices: [{ delta: { reasoning: 'hm', content: 'Hi' } }] }, 'Hi', 'hmHi'],
    ['a refusal', { choices: [{ delta: { refusal: 'No' } }] }, '', 'No'],
    ['a tool call', { choices: [{ delta: { tool_calls: [{ index: 0, function: { name: 'f', arguments: '{"a":' } }] } }] }, '', '{"a":'],
    ['a custom tool', { choices: [{ delta: { tool_calls: [{ custom: { input: 'x' } }] } }] }, '', 'x'],
    ['a function call', { choices: [{ delta: { function_call: { arguments: '{}' } } }] }, '', '{}'],
    ['parts of Mistral', { choices: [{ delta: { content: [{ type: 'thinking', thinking: [{ text: 'hm' }] }, { type: 'text', text: 'Hi' }] } }] }, 'Hi', 'hmHi'],
    ['a refusal as a part', { choices: [{ message: { content: [{ type: 'refusal', refusal: 'No' }] } }] }, '', 'No'],
    ['a chat', { object: 'chat.completion', choices: [{ message: { content: 'Hi', tool_calls: [{ function: { arguments: '{}' } }] } }] }, 'Hi', 'Hi{}'],
    ['a completion', { object: 'text_completion', choices: [{ text: 'Hi' }] }, 'Hi', 'Hi'],
    ['the usage chunk', { choices: [], usage: {} }, '', ''],
    ['response.output_text.delta', { type: 'response.output_text.delta', delta: 'Hi' }, 'Hi', 'Hi'],
    ['response.refusal.delta', { type: 'response.refusal.delta', delta: 'No' }, '', 'No'],
    ['response.reasoning_text.delta', { type: 'response.reasoning_text.delta', delta: 'hm' }, '', 'hm'],
    ['response.reasoning_summary_text.delta', { type: 'response.reasoning_summary_text.delta', delta: 'hm' }, '', 'hm'],
    ['response.function_call_arguments.delta', { type: 'response.function_call_arguments.delta', delta: '{' }, '', '{'],
    ['response.audio.delta', { type: 'response.audio.delta', delta: 'UklGRg==' }, '', ''],
    ['response.output_text.done', { type: 'response.output_text.done', text: 'Hi' }, '', ''],
    ['response.completed', { type: 'response.completed', response: { output_text: 'Hi' } }, '', ''],
    ['a response', { object: 'response', output_text: 'Hi', output: [
      { type: 'reasoning', summary: [{ type: 'summary_text', text: 'hm' }], content: [{ type: 'reasoning_text', text: 'hmm' }] },
      { type: 'message', content: [{ type: 'output_text', text: 'Hi' }, { type: 'refusal', refusal: 'No' }] },
      { type: 'function_call', name: 'f', arguments: '{}' },
      { type: 'custom_tool_call', input: 'x' },
    ] }, 'Hi', 'hmmhmHiNo{}x'],
    ['output_text alone', { output_text: 'Hi' }, 'Hi', 'Hi'],
    ['text_delta', { type: 'content_block_delta', delta: { type: 'text_delta', text: 'Hi' } }, 'Hi', 'Hi'],
    ['thinking_delta', { type: 'content_block_delta', delta: { type: 'thinking_delta', thinking: 'hm' } }, '', 'hm'],
    ['signature_delta', { type: 'content_block_delta', delta: { type: 'signature_delta', signature: 'xyz' } }, '', ''],
    ['input_json_delta', { type: 'content_block_delta', delta: { type: 'input_json_delta', partial_json: '{"a' } }, '', '{"a'],
    ['content_block_start', { type: 'content_block_start', content_block: { type: 'tool_use', input: {} } }, '', ''],
    ['message_start', { type: 'message_start', message: { content: [] } }, '', ''],
    ['message_stop', { type: 'message_stop' }, '', ''],
    ['a message', { type: 'message', content: [
      { type: 'thinking', thinking: 'hm' }, { type: 'text', text: 'Hi' }, { type: 'tool_use', input: { a: 1 } }, { type: 'tool_use', input: circle },
    ] }, 'Hi', 'hmHi{"a":1}'],
    ['a chunk of Gemini', { candidates: [{ content: { parts: [
      { text: 'hm', thought: true }, { text: 'Hi' }, { functionCall: { name: 'f', args: { a: 1 } } }, { executableCode: { code: '1+1' } },
    ] } }] }, 'Hi', 'hmHi{"a":1}1+1'],
    ['a Gemini chunk without parts', { candidates: [{ finishReason: 'STOP' }] }, '', ''],
    ['nothing', undefined, '', ''],
    ['a number', 5, '', ''],
    ['an array', ['Hi'], '', ''],
    ['junk', { choices: 'many' }, '', ''],
  ])('reads %s', (_, value, text, generated) => {
    expect(textOf(value)).toBe(text);
    expect(bytesOf(value)).toBe(utf8Bytes(generated));
  });
});

describe('isFinalChunk', () => {
  it.each([
    { choices: [{ delta: {}, finish_reason: 'stop' }] },
    { choices: [{ delta: {}, finish_reason: 'stop' }, { finish_reason: 'length' }] },
    { choices: [{ text: '', finish_reason: 'stop' }] },
    { object: 'chat.completion', choices: [{ message: {}, finish_reason: 'tool_calls' }] },
    { type: 'response.completed' }, { type: 'response.incomplete' }, { type: 'response.failed' },
    { object: 'response', status: 'completed' }, { object: 'response', status: 'failed' },
    { type: 'message_stop' }, { type: 'message', stop_reason: 'end_turn' }, { type: 'message_delta', delta: { stop_reason: 'end_turn' } },
    { candidates: [{ finishReason: 'STOP' }] }, { promptFeedback: { blockReason: 'SAFETY' } },
  ])('is true for %j', (value) => {
    expect(isFinalChunk(value)).toBe(true);
  });

  it.each([
    undefined, null, 'done', {}, { choices: [] }, { choices: [], usage: {} }, { choices: [{ delta: {}, finish_reason: null }] },
    { choices: [{ finish_reason: '' }] }, { type: 'response.output_text.done' }, { type: 'response.created', response: { object: 'response', status: 'completed' } },
    { object: 'response', status: 'in_progress' }, { object: 'response' }, { type: 'message_start' }, { type: 'message_delta', delta: { stop_reason: null } },
    { choices: [{ delta: {}, finish_reason: null }, { finish_reason: 'length' }] }, { candidates: [{ finishReason: 'STOP' }, { content: {} }] },
    { type: 'content_block_stop' }, { type: 'message', stop_reason: null }, { candidates: [{ finishReason: 'FINISH_REASON_UNSPECIFIED' }] }, { candidates: [{}] },
  ])('is false for %j', (value) => {
    expect(isFinalChunk(value)).toBe(false);
  });
});

describe('isFinalChunk of states', () => {
  it('takes the status of a response for an end, not that of anything else', () => {
    expect(isFinalChunk({ object: 'response', status: 'completed' })).toBe(true);
    expect(isFinalChunk({ object: 'batch', status: 'completed' })).toBe(false);
  });
});

describe('isContentChunk', () => {
  it.each([
    undefined, null, 'Hi', '', 5, true, {}, [], ['Hi'], new Map(), new Error('x'), new Uint8Array(2), { anything: 'else' }, { type: 'unknown' }, { data: 5 },
    { object: 'list', data: [{ embedding: [1] }], usage: { prompt_tokens: 1 } }, { message: 'Hi' }, { done: false, message: 'Hi' }, { finish_reason: 'stop' },
    { metadata: { user: 1 } }, { choices: 'many' }, () => 'Hi',
  ])('is true for %o, of which nothing is known', (value) => {
    expect(isContentChunk(value)).toBe(true);
  });
});
