import { read } from '../../provider/read';
import type { FakeDimension } from '../fake-limits';
import { type FakeAnswer, type SaidRefusal, type Shape, wordsOf } from './shape';

/**
 * An event of Anthropic's messages, as a fake provider sends it.
 *
 * @category Fakes
 */
export interface FakeAnthropicEvent {
  /** Which event it is. */
  readonly type:
    | 'message_start'
    | 'content_block_start'
    | 'content_block_delta'
    | 'content_block_stop'
    | 'message_delta'
    | 'message_stop'
    | 'error';
  /** Of a block of content. */
  readonly index?: number;
  /** Of `message_start`: the message as it is then, with the tokens of the prompt. */
  readonly message?: object;
  /** Of `content_block_start`. */
  readonly content_block?: object;
  /** What is new: text, or why the answer has ended. */
  readonly delta?: {
    /** Which kind it is. */
    readonly type?: 'text_delta';
    /** Of `text_delta`. */
    readonly text?: string;
    /** Of `message_delta`. */
    readonly stop_reason?: 'end_turn';
  };
  /** Of `message_delta`: tokens of the answer. */
  readonly usage?: {
    /** All until now. */
    readonly output_tokens: number;
  };
  /** Of `error`. */
  readonly error?: {
    /** Which kind it is. */
    readonly type: string;
    /** In words. */
    readonly message: string;
  };
}

const messageOf = ({ number, model, input }: FakeAnswer, output: number, text: string | undefined) => ({
  id: `msg_fake_${number}`,
  type: 'message',
  role: 'assistant',
  model,
  content: text === undefined ? [] : [{ type: 'text', text }],
  stop_reason: text === undefined ? null : 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: input, output_tokens: output },
});

function said(status: number, type: string, message: string): SaidRefusal {
  return { status, type, message, body: { type: 'error', error: { type, message } } };
}

const headerNames: { readonly [dimension in FakeDimension]: string } = {
  requests: 'requests',
  tokens: 'tokens',
  inputTokens: 'input-tokens',
  outputTokens: 'output-tokens',
};

export const anthropic: Shape<FakeAnthropicEvent> = {
  head: (answer) => [
    { type: 'message_start', message: messageOf(answer, 1, undefined) },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  ],
  content: (text) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }),
  tail: ({ output }) => [
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: output } },
    { type: 'message_stop' },
  ],
  failure: () => ({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }),
  throttled(refusal) {
    const by = wordsOf(refusal?.by ?? 'requests');
    return said(429, 'rate_limit_error', `This request would exceed the rate limit of ${by}`);
  },
  overloaded: () => said(529, 'overloaded_error', 'Overloaded'),
  notFound: (path) => (path.endsWith('/messages') ? undefined : said(404, 'not_found_error', `Not found: ${path}`)),
  headers(reported, now) {
    const headers: { [name: string]: string } = {};
    for (const { dimension, limit, remaining, resetMs } of reported) {
      const name = `anthropic-ratelimit-${headerNames[dimension]}`;
      headers[`${name}-limit`] = String(limit);
      headers[`${name}-remaining`] = String(remaining);
      headers[`${name}-reset`] = new Date(now + Math.ceil(resetMs)).toISOString();
    }
    return headers;
  },

  streams: (_path, body) => read(body, 'stream') === true,
  isWanted: () => true,
  contentType: 'text/event-stream',
  wire: (event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`,
  garbled: 'event: content_block_delta\ndata: {"type":"content_block_d\n\n',
  wireEnd: '',
  whole: (text, answer) => messageOf(answer, answer.output, text),
};
