import { OpenAI } from 'openai';
import { startProvider } from './provider/start';

/** The provider of `OPENAI_API_KEY`, or without a key the embedded one. */
export async function connect(): Promise<{ openai: OpenAI; model: string; stop(): Promise<void> }> {
  if (process.env.OPENAI_API_KEY !== undefined) {
    const model = process.env.OPENAI_MODEL ?? 'gpt-4o-mini';
    return { openai: new OpenAI({ maxRetries: 0 }), model, stop: async () => undefined };
  }
  const { baseURL, stop } = await startProvider();
  // One retry policy is enough: the client's.
  return { openai: new OpenAI({ baseURL, apiKey: 'none', maxRetries: 0 }), model: 'demo', stop };
}
