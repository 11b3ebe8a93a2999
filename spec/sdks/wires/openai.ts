import { chat, responses } from '../../support/openai-peers';
import { event, namedEvent } from '../../support/peer';
import { quotaWords, type Wire, words } from './wire';

const serverError = { type: 'server_error', code: 'server_error', message: words, param: null };
const usage = { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 };

/** Chat completions, as OpenAI and all who are compatible with it have them. */
export const openaiWire: Wire = {
  pieces: chat.pieces,
  type: 'text/event-stream',
  start: chat.start.pieces,
  whole: {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'gpt-4o',
    choices: [{ index: 0, message: { role: 'assistant', content: 'Hello world' }, finish_reason: 'stop' }],
    usage,
  },
  hasEnd: true,
  hasUsage: true,
  refusal: (status) => ({ status, json: { error: { message: words, type: null, param: null, code: null } } }),
  exhausted: {
    status: 429,
    json: {
      error: { message: quotaWords, type: 'insufficient_quota', param: null, code: 'insufficient_quota' },
    },
  },
  failure: event({ error: serverError }),
};

/** What the schemas of other clients ask for beside what is read. */
const rest = { created_at: 1, model: 'gpt-4o' };

export const responsesWire: Wire = {
  ...openaiWire,
  pieces: responses.pieces.map((piece) =>
    piece.replace('"object":"response"', `${JSON.stringify(rest).slice(1, -1)},$&`),
  ),
  failure: namedEvent({ ...serverError, type: 'error' }),
  start: responses.start.pieces,
  whole: {
    id: 'resp_1',
    object: 'response',
    ...rest,
    status: 'completed',
    output: [
      {
        type: 'message',
        id: 'msg_1',
        role: 'assistant',
        status: 'completed',
        content: [{ type: 'output_text', text: 'Hello world', annotations: [] }],
      },
    ],
    usage: { input_tokens: 9, output_tokens: 2, total_tokens: 11 },
  },
};

/** Groq streams its usage in `x_groq`. */
export const groqWire: Wire = {
  ...openaiWire,
  pieces: chat.pieces.map((piece) => {
    if (!piece.includes('prompt_tokens')) {
      return piece;
    }
    const { usage, ...chunk } = JSON.parse(piece.slice('data: '.length));
    return `data: ${JSON.stringify({ ...chunk, x_groq: { id: 'req_1', usage } })}\n\n`;
  }),
};
