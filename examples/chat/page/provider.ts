import type { Message } from './message';

/** Asks over several ports in turn, because a browser opens six HTTP/1.1 connections to each. */
export class Provider {
  #calls = 0;

  constructor(
    private readonly relays: readonly string[],
    private readonly model: string,
  ) {}

  requestOf(messages: ReturnType<Message['toSend']>) {
    const options = { stream: true, stream_options: { include_usage: true }, max_completion_tokens: 200 };
    return { model: this.model, messages, ...options };
  }

  async post(message: Message, signal: AbortSignal, begun?: string): Promise<Response> {
    this.#calls += 1;
    message.asked();
    const response = await fetch(`${this.relays[this.#calls % this.relays.length]}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(this.requestOf(message.toSend(begun))),
      signal,
    });
    message.throttled += response.status === 429 ? 1 : 0;
    return response;
  }
}
