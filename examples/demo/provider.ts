import { setTimeout as sleep } from 'node:timers/promises';
import { OpenAI } from 'openai';
import type { Answer } from './answer';
import type { Gauge } from './run';
import { DemoServer } from './server';

/** What a run has cost. */
export interface Cost {
  readonly requests: number;
  readonly throttled: number;
  /** Tokens that were billed. */
  readonly spent: number;
  /** Answers on which the server still works although nobody listens; unknown of a real provider. */
  readonly leftOpen: number | undefined;
}

/** Whoever answers the prompts. */
export interface Provider {
  readonly name: string;
  readonly openai: OpenAI;
  readonly model: string;
  /** How long its users wait for the first chunk, and between two, in ms. */
  readonly patience: number;
  /** How long a run may take at most, in ms. */
  readonly deadline: number;
  /** Whether its answers are known in advance. */
  readonly isEmbedded: boolean;
  begin(note: (what: string) => void): void;
  /** After a run. */
  costOf(answers: readonly Answer[]): Promise<Cost>;
  readonly gauge: () => readonly Gauge[];
  stop(): Promise<void>;
}

/** The server on loopback, with its faults. */
export async function embedded(seed: number): Promise<Provider> {
  const server = new DemoServer(seed);
  const baseURL = await server.start();
  return {
    name: `a server that misbehaves, seed ${seed}`,
    openai: new OpenAI({ baseURL, apiKey: 'none', maxRetries: 0 }),
    model: 'demo',
    patience: 2_500,
    deadline: 60_000,
    isEmbedded: true,
    begin: (note) => {
      server.note = note;
      server.begin();
    },
    costOf: async () => {
      await sleep(200); // for connections that are being closed
      const { requests, refused, tokensBilled, inFlight } = server.seen;
      server.end();
      return { requests, throttled: refused, spent: tokensBilled, leftOpen: inFlight };
    },
    gauge: () => [['server', `${server.isDown ? 'DOWN' : 'up'}, ${server.seen.inFlight} streams open`]],
    stop: async () => server.stop(),
  };
}

/** The provider of `OPENAI_API_KEY`, `OPENAI_BASE_URL` and `OPENAI_MODEL`, as it is. */
export function live(): Provider {
  let requests = 0;
  let throttled = 0;
  const countingFetch: typeof fetch = async (...request) => {
    requests += 1;
    const response = await fetch(...request);
    throttled += response.status === 429 ? 1 : 0;
    return response;
  };
  const openai = new OpenAI({ maxRetries: 0, fetch: countingFetch });
  return {
    name: openai.baseURL,
    openai,
    model: process.env.OPENAI_MODEL ?? 'gpt-4o-mini',
    patience: 30_000,
    deadline: 600_000,
    isEmbedded: false,
    begin: () => {
      requests = 0;
      throttled = 0;
    },
    costOf: async (answers) => {
      const spent = answers.reduce((sum, { tokens }) => sum + tokens, 0);
      return { requests, throttled, spent, leftOpen: undefined };
    },
    gauge: () => [['server', `${requests} requests, ${throttled} refused with 429`]],
    stop: async () => undefined,
  };
}
