import { LLMock } from '@copilotkit/aimock';
import { Gateway } from './gateway';
import { replyTo } from './prompts';

/** How fast the model is: ms until its first token, and tokens a second from then on. */
export interface Tempo {
  readonly ttft: number;
  readonly tps: number;
}

/** An OpenAI-compatible server on loopback. */
export interface EmbeddedProvider {
  readonly gateway: Gateway;
  /** As `OPENAI_BASE_URL` wants it. */
  readonly baseURL: string;
  stop(): Promise<void>;
}

/** Starts a server that behaves well until its gateway is given `troubles`. */
export async function startProvider({ ttft, tps }: Tempo = { ttft: 120, tps: 70 }): Promise<EmbeddedProvider> {
  // Four characters: one token. Little is remembered: it may be asked thousands of times.
  const model = new LLMock({ host: '127.0.0.1', port: 0, chunkSize: 4, journalMaxEntries: 100 });
  model.on({}, ({ messages }) => ({ content: replyTo(messages) }), {
    streamingProfile: { ttft, tps },
  });
  await model.start();
  const gateway = new Gateway(`${model.url}/v1/chat/completions`);
  const baseURL = await gateway.start();
  const stop = () => {
    gateway.stop();
    return model.stop();
  };
  return { gateway, baseURL, stop };
}
