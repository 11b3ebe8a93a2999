import { OpenAI } from 'openai';
import type { ChatCompletionChunk, ChatCompletionCreateParamsStreaming } from 'openai/resources/chat/completions';

export type Chunk = ChatCompletionChunk;

/** What an attempt is made of. */
export interface Wanted {
  readonly body: ChatCompletionCreateParamsStreaming;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** A way to make a streaming request. */
export type Way = (wanted: Wanted) => Promise<AsyncIterable<Chunk>>;

/** By the SDK, without retries of its own. */
export function byOpenAI(baseURL: string): Way {
  const openai = new OpenAI({ baseURL, apiKey: 'none', maxRetries: 0, logLevel: 'off' });
  return ({ body, headers, signal }) => openai.chat.completions.create(body, { headers, signal });
}

/** By nothing but the platform. */
export function byFetch(baseURL: string): Way {
  return async ({ body, headers, signal }) => {
    const response = await fetch(`${baseURL}/chat/completions`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal,
    });
    if (!response.ok) {
      throw new HttpError(response.status, response.headers, await response.text());
    }
    return chunksOf(response.body!);
  };
}

class HttpError extends Error {
  constructor(
    readonly status: number,
    readonly headers: Headers,
    body: string,
  ) {
    super(JSON.parse(body).error.message);
    this.name = 'HttpError';
  }
}

async function* chunksOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<Chunk> {
  for await (const event of eventsOf(body)) {
    const data = event.replace(/^data: /, '');
    if (data === '[DONE]') {
      return;
    }
    yield parsed(data);
  }
}

/** Not the parser's SyntaxError, which would be taken for a mistake in the program and not be retried. */
function parsed(data: string): Chunk {
  try {
    return JSON.parse(data);
  } catch {
    throw Object.assign(new Error(`The server sent what is no JSON: ${data}`), { name: 'MalformedEvent' });
  }
}

async function* eventsOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of body) {
    const parts = (rest + decoder.decode(bytes, { stream: true })).split('\n\n');
    rest = parts.pop()!;
    yield* parts;
  }
}
