import { read } from '../../provider/read';
import type { FakeDimension } from '../fake-limits';
import { type FakeAnswer, goDuration, type SaidRefusal, type Shape, sseData, wordsOf } from './shape';

/**
 * A chunk of OpenAI's chat completions, as a fake provider sends it.
 *
 * @category Fakes
 */
export interface FakeOpenAIChunk {
  /** The same for all chunks of an answer. */
  readonly id: string;
  /** What it is. */
  readonly object: 'chat.completion.chunk';
  /** Seconds since 1970: 0, so that runs are the same. */
  readonly created: number;
  /** The model that was asked for. */
  readonly model: string;
  /** One, or none where it only tells the usage. */
  readonly choices: readonly {
    /** 0. */
    readonly index: number;
    /** What is new. */
    readonly delta: {
      /** In the first chunk. */
      readonly role?: 'assistant';
      /** Text. */
      readonly content?: string;
    };
    /** Why the answer has ended; null until then. */
    readonly finish_reason: 'stop' | null;
  }[];
  /** Tokens, in the last chunk. */
  readonly usage?: {
    /** Of the prompt. */
    readonly prompt_tokens: number;
    /** Of the answer. */
    readonly completion_tokens: number;
    /** Both. */
    readonly total_tokens: number;
  };
  /** What failed, in the last chunk of a stream that fails inside. */
  readonly error?: {
    /** In words. */
    readonly message: string;
    /** `server_error`. */
    readonly type: string;
    /** null. */
    readonly code: string | null;
  };
}

const ids = ({ number, model }: FakeAnswer) => ({
  id: `chatcmpl-fake-${number}`,
  object: 'chat.completion.chunk' as const,
  created: 0,
  model,
});

const choice = (delta: { role?: 'assistant'; content?: string }, finish_reason: 'stop' | null = null) => [
  { index: 0, delta, finish_reason },
];

const usageOf = ({ input, output }: FakeAnswer) => ({
  prompt_tokens: input,
  completion_tokens: output,
  total_tokens: input + output,
});

function said(status: number, message: string, type: string, code: string | null): SaidRefusal {
  return { status, message, type, code: code ?? undefined, body: { error: { message, type, param: null, code } } };
}

const headerNames: { readonly [dimension in FakeDimension]: string } = {
  requests: 'requests',
  tokens: 'tokens',
  inputTokens: 'input-tokens',
  outputTokens: 'output-tokens',
};

export const openai: Shape<FakeOpenAIChunk> = {
  head: (answer) => [{ ...ids(answer), choices: choice({ role: 'assistant', content: '' }) }],
  content: (content, answer) => ({ ...ids(answer), choices: choice({ content }) }),
  tail: (answer) => [
    { ...ids(answer), choices: choice({}, 'stop') },
    { ...ids(answer), choices: [], usage: usageOf(answer) },
  ],
  failure: (answer) => ({
    ...ids(answer),
    choices: [],
    error: { message: 'The server had an error while processing your request', type: 'server_error', code: null },
  }),
  throttled(refusal, hint) {
    const by = refusal?.by ?? 'requests';
    const wait = hint === undefined ? '' : ` Please try again in ${goDuration(hint)}.`;
    const message = refusal?.isTooLarge
      ? `Request too large: the limit of ${wordsOf(by)} is below what it needs.`
      : `Rate limit reached for ${wordsOf(by)}.${wait}`;
    return said(429, message, by, 'rate_limit_exceeded');
  },
  overloaded: () => said(503, 'The engine is currently overloaded, please try again later', 'server_error', null),
  notFound: (path) =>
    path.endsWith('/chat/completions')
      ? undefined
      : said(404, `Unknown request URL: ${path}`, 'invalid_request_error', 'unknown_url'),
  headers(reported) {
    const headers: { [name: string]: string } = {};
    for (const { dimension, limit, remaining, resetMs } of reported) {
      const name = headerNames[dimension];
      headers[`x-ratelimit-limit-${name}`] = String(limit);
      headers[`x-ratelimit-remaining-${name}`] = String(remaining);
      headers[`x-ratelimit-reset-${name}`] = goDuration(resetMs);
    }
    return headers;
  },

  streams: (_path, body) => read(body, 'stream') === true,
  isWanted: (chunk, body) => chunk.usage === undefined || read(read(body, 'stream_options'), 'include_usage') === true,
  contentType: 'text/event-stream',
  wire: (chunk) => sseData(chunk.error === undefined ? chunk : { error: chunk.error }),
  garbled: 'data: {"id":"chatcmpl-fake","choi\n\n',
  wireEnd: 'data: [DONE]\n\n',
  whole: (content, answer) => ({
    ...ids(answer),
    object: 'chat.completion',
    choices: [{ index: 0, message: { role: 'assistant', content, refusal: null }, finish_reason: 'stop' }],
    usage: usageOf(answer),
  }),
};
