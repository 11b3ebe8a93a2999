import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Fault, type Hint, type Plan, usageFor, wordsOf } from './plan';
import type { Exchange } from './records';

const rateLimits = {
  'x-ratelimit-limit-requests': '60',
  'x-ratelimit-remaining-requests': '10',
  'x-ratelimit-reset-requests': '300ms',
};

/** Answers one request, or does to it what was planned. */
export class Responder {
  constructor(
    private readonly exchange: Exchange,
    private readonly plan: Plan,
    private readonly response: ServerResponse,
    /** Aborted when the connection is closed. */
    private readonly gone: AbortSignal,
  ) {}

  async respond(fault: Fault): Promise<void> {
    this.exchange.fault = fault.kind;
    switch (fault.kind) {
      case 'throttled 429':
        return this.refuse(429, 'Rate limit reached', fault.hint, fault.tellsLimits ? rateLimits : {});
      case 'error 500':
        return this.refuse(500, 'The server had an error');
      case 'overloaded 529':
        return this.refuse(529, 'Overloaded', fault.hint);
      case 'dead before headers':
        return void this.response.socket?.resetAndDestroy();
      case 'silence':
        return this.#sleep(60_000);
      case 'slow first byte':
        await this.#sleep(fault.ms);
    }
    await this.#stream(fault);
  }

  refuse(status: number, what: string, hint?: Hint, headers: Readonly<Record<string, string>> = {}): void {
    const message = hint?.by === 'message' ? `${what}. Please try again in ${hint.ms}ms.` : what;
    this.exchange.refused = { at: Date.now(), hint: hint?.ms };
    this.response.writeHead(status, { 'content-type': 'application/json', ...headersOf(hint), ...headers });
    this.response.end(JSON.stringify({ error: { message, type: 'chaos', code: null } }));
  }

  async #stream(fault: Fault): Promise<void> {
    const words = wordsOf(this.plan).slice(this.exchange.skipped);
    this.response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    this.#write({ role: 'assistant', content: '' });
    this.exchange.hasBegun = true;
    for (const word of words) {
      await this.#sleep(this.plan.pace);
      if ('after' in fault && this.exchange.wordsSent === Math.min(fault.after, words.length - 1)) {
        return this.#breakIn(fault, word);
      }
      this.#write({ content: word });
      this.exchange.wordsSent += 1;
    }
    await this.#finish(fault);
  }

  async #breakIn({ kind }: Fault, word: string): Promise<void> {
    switch (kind) {
      case 'dead in mid-stream':
        return void this.response.socket?.resetAndDestroy();
      case 'cut in an event':
        this.response.write(`data: {"choices":[{"index":0,"delta":{"content":"${word}`);
        return void this.response.socket?.end();
      case 'malformed event':
        this.response.write(`data: {"choices":[{"index":0,"delta":{"content":"${word}\n\n`);
        return this.#sleep(60_000);
      case 'stall':
        return this.#sleep(60_000);
      default:
        this.response.end();
    }
  }

  async #finish({ kind }: Fault): Promise<void> {
    if (kind !== 'clean end, not final') {
      this.#write({}, 'stop');
      this.exchange.hasSentFinal = true;
    }
    if (kind === 'dead after the end') {
      await this.#sleep(this.plan.pace); // so that the end arrives
      this.response.socket?.resetAndDestroy();
    } else {
      this.#end(kind === 'clean end, not final' || kind === 'clean end, no [DONE]');
    }
  }

  #end(isAbrupt: boolean): void {
    if (!isAbrupt) {
      const { input, output } = usageFor(this.exchange.skipped, this.exchange.wordsSent);
      this.exchange.usage = input + output;
      const usage = { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
      this.#send({ choices: [], usage });
      this.response.write('data: [DONE]\n\n');
    }
    this.response.end();
  }

  #write(delta: object, finish_reason: string | null = null): void {
    this.#send({ choices: [{ index: 0, delta, finish_reason }], usage: null });
  }

  #send(chunk: object): void {
    const { id } = this.plan;
    this.response.write(
      `data: ${JSON.stringify({ id, object: 'chat.completion.chunk', created: 1, model: 'chaos', ...chunk })}\n\n`,
    );
  }

  #sleep(ms: number): Promise<void> {
    return sleep(ms, undefined, { signal: this.gone });
  }
}

function headersOf(hint: Hint | undefined): Record<string, string> {
  switch (hint?.by) {
    case 'retry-after':
      return { 'retry-after': String(hint.ms / 1_000) };
    case 'retry-after-ms':
      return { 'retry-after-ms': String(hint.ms) };
    default:
      return {};
  }
}
