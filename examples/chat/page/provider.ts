import type { ChatRequest } from '../../provider/faults';
import { sseData } from './sse';

/** A chunk of a streamed answer; the library reads it with `textOf`, `usageOf` and `isFinalChunk`. */
export interface Chunk {
  readonly choices?: readonly { readonly delta?: { readonly content?: string | null } }[];
}

/** What is sent, beside what every call sends. */
export type Messages = ChatRequest['messages'];

/** An answer that is an error; `retryAfterOf` and `classifyError` read its status and its headers. */
export class HttpError extends Error {
  override readonly name = 'HttpError';

  constructor(
    message: string,
    readonly status: number,
    readonly headers: Headers,
  ) {
    super(message);
  }
}

export interface Answer {
  readonly headers: Headers;
  readonly chunks: ReadableStream<Chunk>;
}

/** Calls a provider over several ports in turn, for a browser opens six HTTP/1.1 connections to each. */
export class Provider {
  #calls = 0;

  constructor(
    private readonly relays: readonly string[],
    private readonly model: string,
    /** Whose quota and faults the calls draw on. */
    private readonly lane: string,
  ) {}

  requestOf(messages: Messages) {
    const options = { stream: true, stream_options: { include_usage: true }, max_completion_tokens: 200 };
    return { model: this.model, messages, user: this.lane, ...options };
  }

  async open(messages: Messages, signal?: AbortSignal): Promise<Answer> {
    this.#calls += 1;
    const relay = this.relays[this.#calls % this.relays.length]!;
    const response = await fetch(`${relay}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(this.requestOf(messages)),
      signal: signal ?? null,
    });
    if (!response.ok || response.body === null) {
      throw new HttpError(await messageOf(response), response.status, response.headers);
    }
    return { headers: response.headers, chunks: chunksOf(response.body) };
  }
}

async function messageOf(response: Response): Promise<string> {
  const text = await response.text();
  try {
    return JSON.parse(text).error.message;
  } catch {
    return text.slice(0, 200) || response.statusText;
  }
}

function chunksOf(body: ReadableStream<Uint8Array<ArrayBuffer>>): ReadableStream<Chunk> {
  const parse = new TransformStream<string, Chunk>({
    transform(data, controller) {
      if (data !== '[DONE]') {
        controller.enqueue(chunkOf(data));
      }
    },
  });
  return body.pipeThrough(new TextDecoderStream()).pipeThrough(sseData()).pipeThrough(parse);
}

function chunkOf(data: string): Chunk {
  const chunk = JSON.parse(data);
  if (chunk.error !== undefined) {
    throw Object.assign(new Error(chunk.error.message ?? 'The stream failed'), chunk.error);
  }
  return chunk;
}
