import { map, Observable, type OperatorFunction, retry } from 'rxjs';
import type { Body, Job } from './job';
import { floor, lib, operators, ours, peer, policies } from './support';

const openai = (rest: object) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'gpt',
  ...rest,
});
const choice = (delta: object, finish_reason: string | null = null) => ({
  choices: [{ index: 0, delta, logprobs: null, finish_reason }],
});
const gemini = (parts: object[], rest: object = {}) => ({
  candidates: [{ content: { parts, role: 'model' }, index: 0, ...rest }],
  usageMetadata: { promptTokenCount: 12, candidatesTokenCount: 30, totalTokenCount: 42 },
  modelVersion: 'gemini',
});

/** Three shapes of each provider, as they come in the middle of an answer and at its end. */
const shapes = {
  'OpenAI Chat': [
    openai({ ...choice({ content: ' token' }), usage: null }),
    openai(choice({ tool_calls: [{ index: 0, function: { arguments: '{"city":' } }] })),
    openai({ choices: [], usage: { prompt_tokens: 12, completion_tokens: 30, total_tokens: 42 } }),
  ],
  'OpenAI Responses': [
    {
      type: 'response.output_text.delta',
      sequence_number: 4,
      item_id: 'msg_1',
      output_index: 0,
      content_index: 0,
      delta: ' token',
    },
    {
      type: 'response.function_call_arguments.delta',
      sequence_number: 5,
      item_id: 'fc_1',
      output_index: 1,
      delta: '{"a":',
    },
    {
      type: 'response.completed',
      sequence_number: 6,
      response: { id: 'resp_1', status: 'completed', usage: { input_tokens: 12, output_tokens: 30, total_tokens: 42 } },
    },
  ],
  Anthropic: [
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: ' token' } },
    { type: 'content_block_delta', index: 1, delta: { type: 'input_json_delta', partial_json: '{"city":' } },
    { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 30 } },
  ],
  Gemini: [
    gemini([{ text: ' token' }]),
    gemini([{ functionCall: { name: 'weather', args: { city: 'Rome' } } }]),
    gemini([{ text: ' token' }], { finishReason: 'STOP' }),
  ],
};
const mixed = [0, 1, 2].flatMap((shape) => Object.values(shapes).map((each) => each[shape]));
const guards: Record<string, () => OperatorFunction<unknown, unknown>> = {
  tokenBudget: () => operators<unknown>().tokenBudget,
  resilient: () => lib.resilient(policies(), { tokens: 100 }),
};

/** One more value through one long answer: a string, or the chunks of a provider. */
export const job: Job = {
  columns: ['ns', 'over', 'bytes'],
  cases: [
    floor('map', () =>
      streaming(
        [' token'],
        map((value) => value),
      ),
    ),
    floor('no operator', () => streaming([' token'])),
    peer('rxjs retry', () => streaming([' token'], retry({ count: 3, delay: 1_000 }))),
    ...(['retryBackoff', 'rateLimit', 'circuitBreak'] as const).map((name) =>
      ours(name, () => streaming([' token'], operators<unknown>()[name])),
    ),
    ...Object.entries(guards).flatMap(([guard, operator]) =>
      Object.entries({ strings: [' token'], ...shapes, '12 shapes mixed': mixed }).map(([of, values]) =>
        ours(`${guard}, ${of}`, () => streaming(values, operator())),
      ),
    ),
  ],
};

/** One answer of `n` values. */
function streaming(values: readonly unknown[], operator?: OperatorFunction<unknown, unknown>): Body {
  return (n) => {
    const values$ = new Observable<unknown>((subscriber) => {
      for (let i = 0; i < n; i += 1) {
        subscriber.next(values[i % values.length]);
      }
      subscriber.complete();
    });
    (operator === undefined ? values$ : values$.pipe(operator)).subscribe();
  };
}
