import type { ServerResponse } from 'node:http';
import { estimateTokens, slidingWindow } from 'rxjs-resilience';
import {
  type FakeOpenAIChunk,
  type FakeProvider,
  FakeProviderError,
  fakeProvider,
  seededRandom,
} from 'rxjs-resilience/testing';
import { type Message, replyTo } from '../../provider/prompts';
import type { FaultOrder, LaneName, Quota } from './api';
import { type PresetName, presetOf } from './presets';
import { Switches } from './switches';

/** How fast it is, and how long an outage lasts: ms, tokens a second, ms. */
export interface Tempo {
  readonly latency: number;
  readonly tokensPerSecond: number;
  readonly outage: number;
}

/** A provider for each lane, of the same kind and with the same fate: the made-up one, with answers that can be read. */
export class Embedded {
  preset: PresetName = 'calm';
  readonly #switches = { guarded: new Switches(), plain: new Switches() };
  readonly #providers = new Map<LaneName, FakeProvider<'openai'>>();

  constructor(
    private readonly quota: Quota,
    private readonly tempo: Tempo,
  ) {
    this.#begin('calm');
  }

  obey(order: FaultOrder): void {
    if (order.kind === 'arm') {
      for (const lane of order.lanes) {
        this.#switches[lane].arm(order.name, Math.min(100, Math.max(0, Math.trunc(order.count))));
      }
    } else {
      this.clear();
      this.#begin(order.name);
    }
  }

  /** What was armed and has not happened. */
  clear(): void {
    this.#switches.guarded.clear();
    this.#switches.plain.clear();
  }

  /** How often it is still to come, for the lane with the most. */
  armed(name: Parameters<Switches['arm']>[0]): number {
    return Math.max(this.#switches.guarded.countOf(name), this.#switches.plain.countOf(name));
  }

  answer(body: string, response: ServerResponse, lane: LaneName): void {
    const { messages, model } = JSON.parse(body) as { messages: Message[]; model: string };
    const reply = replyTo(messages);
    const output = Math.ceil(reply.length / 4); // four characters: one token, as in the made-up text
    let rest = reply;
    const next = (length: number) => {
      const piece = rest.slice(0, length);
      rest = rest.slice(length);
      return piece;
    };
    const input = estimateTokens(messages.map(({ content }) => content).join('\n'));
    const begin = (headers: object) => response.writeHead(200, { ...headers, 'content-type': 'text/event-stream' });
    const answering = this.#providers
      .get(lane)!
      .open({ input, output, model }, { sync: begin })
      .subscribe({
        next: (chunk) => response.write(sse(JSON.stringify(withText(chunk, next)))),
        complete: () => response.end(sse('[DONE]')),
        error: (error) => fail(response, error),
      });
    response.once('close', () => answering.unsubscribe());
  }

  #begin(name: PresetName): void {
    this.preset = name;
    const { latency, tokensPerSecond, outage } = this.tempo;
    const { requests: limit, window, concurrent: maxConcurrent } = this.quota;
    const { faults = {}, ...preset } = presetOf(name, outage);
    for (const lane of ['guarded', 'plain'] as const) {
      const provider = fakeProvider({
        ...{ latency, tokensPerSecond, maxConcurrent, limits: slidingWindow({ limit, window }), ...preset },
        ...{ faults: this.#switches[lane].before(faults), random: seededRandom(9) },
      });
      this.#providers.set(lane, provider);
    }
  }
}

/** As much text of the answer in the place of the made-up one. */
function withText(chunk: FakeOpenAIChunk, next: (length: number) => string): FakeOpenAIChunk {
  const [choice] = chunk.choices;
  const { content = '' } = choice?.delta ?? {};
  return choice === undefined || content === ''
    ? chunk
    : { ...chunk, choices: [{ ...choice, delta: { content: next(content.length) } }] };
}

function fail(response: ServerResponse, error: unknown): void {
  if (error instanceof FakeProviderError) {
    response.writeHead(error.status, { ...error.headers, 'content-type': 'application/json' });
    response.end(JSON.stringify(error.error));
  } else if (error instanceof SyntaxError && response.headersSent) {
    response.end(sse('{"id":"chatcmpl-fake","choi'));
  } else {
    response.destroy(); // the connection breaks
  }
}

function sse(data: string): string {
  return `data: ${data}\n\n`;
}
