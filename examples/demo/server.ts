import { LLMock } from '@copilotkit/aimock';
import { faultsBy } from './faults';
import { Gateway } from './gateway';
import { prompts } from './prompts';

/** An OpenAI-compatible server on loopback that misbehaves as the seed says. */
export async function startServer(seed: number): Promise<{ gateway: Gateway; baseURL: string; stop(): Promise<void> }> {
  const model = new LLMock({ host: '127.0.0.1', port: 0, chunkSize: 4 }); // four characters: one token
  for (const { question, answer } of prompts) {
    model.onMessage(question, { content: answer! }, { streamingProfile: { ttft: 120, tps: 70 } });
  }
  await model.start();
  const gateway = new Gateway(`${model.url}/v1/chat/completions`, faultsBy(seed));
  const baseURL = await gateway.start();
  const stop = () => {
    gateway.stop();
    return model.stop();
  };
  return { gateway, baseURL, stop };
}
