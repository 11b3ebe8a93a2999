import { type FakeAnswer, type SaidRefusal, type Shape, sseData, wordsOf } from './shape';

/**
 * A chunk of Gemini's `streamGenerateContent`, as a fake provider sends it.
 *
 * @category Fakes
 */
export interface FakeGeminiChunk {
  /** One, with what is new; none where the chunk reports a failure. */
  readonly candidates?: readonly {
    /** 0. */
    readonly index: number;
    /** What is new. */
    readonly content: {
      /** Who says it. */
      readonly role: 'model';
      /** One part. */
      readonly parts: readonly {
        /** Empty in the last chunk. */
        readonly text: string;
      }[];
    };
    /** Why the answer has ended, in the last chunk. */
    readonly finishReason?: 'STOP';
  }[];
  /** Tokens, in the last chunk. */
  readonly usageMetadata?: {
    /** Of the prompt. */
    readonly promptTokenCount: number;
    /** Of the answer. */
    readonly candidatesTokenCount: number;
    /** Both. */
    readonly totalTokenCount: number;
  };
  /** The model that was asked for. */
  readonly modelVersion?: string;
  /** The same for all chunks of an answer. */
  readonly responseId?: string;
  /** What failed, in the last chunk of a stream that fails inside. */
  readonly error?: {
    /** 503. */
    readonly code: number;
    /** In words. */
    readonly message: string;
    /** `UNAVAILABLE`. */
    readonly status: string;
  };
}

function chunkOf(text: string, { number, model }: FakeAnswer): FakeGeminiChunk {
  return {
    candidates: [{ index: 0, content: { role: 'model', parts: [{ text }] } }],
    modelVersion: model,
    responseId: `fake-${number}`,
  };
}

function lastOf(text: string, answer: FakeAnswer): FakeGeminiChunk {
  const { input, output } = answer;
  return {
    ...chunkOf(text, answer),
    candidates: [{ index: 0, content: { role: 'model', parts: [{ text }] }, finishReason: 'STOP' }],
    usageMetadata: { promptTokenCount: input, candidatesTokenCount: output, totalTokenCount: input + output },
  };
}

function said(code: number, status: string, message: string, details: readonly object[] = []): SaidRefusal {
  return { status: code, code: status, message, body: { error: { code, message, status, details } } };
}

export const gemini: Shape<FakeGeminiChunk> = {
  head: () => [],
  content: chunkOf,
  tail: (answer) => [lastOf('', answer)],
  failure: () => ({
    error: { code: 503, message: 'The model is overloaded. Please try again later.', status: 'UNAVAILABLE' },
  }),
  throttled(refusal, hint) {
    const by = wordsOf(refusal?.by ?? 'requests');
    if (hint === undefined) {
      return said(429, 'RESOURCE_EXHAUSTED', `Resource has been exhausted (${by}).`);
    }
    const retryDelay = `${Math.ceil(hint / 1_000)}s`;
    const message = `You exceeded your current quota of ${by}. Please retry in ${retryDelay}.`;
    const info = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay };
    return said(429, 'RESOURCE_EXHAUSTED', message, [info]);
  },
  overloaded: () => said(503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.'),
  notFound: (path) =>
    /:(?:streamG|g)enerateContent$/.test(path) ? undefined : said(404, 'NOT_FOUND', `Not found: ${path}`),
  headers: () => ({}),

  streams: (path) => path.endsWith(':streamGenerateContent'),
  isWanted: () => true,
  contentType: 'text/event-stream',
  wire: sseData,
  garbled: 'data: {"candidates":[{"cont\n\n',
  wireEnd: '',
  whole: lastOf,
};
