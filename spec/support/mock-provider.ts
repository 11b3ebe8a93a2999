import { type ChatMessage, LLMock } from '@copilotkit/aimock';

/** A provider on loopback for the examples: it answers every prompt, some of them not at once. */
export async function mockProvider(): Promise<LLMock> {
  const server = new LLMock({ port: 0, chunkSize: 4 });
  const asked = new Map<string, number>();
  const timesAsked = (prompt: string) => {
    asked.set(prompt, (asked.get(prompt) ?? 0) + 1);
    return asked.get(prompt)!;
  };
  const textOf = (message: ChatMessage | undefined) => String(message?.content ?? '');
  server.onMessage('Say hello.', { content: 'Hello from the provider.' });
  server.onMessage(/overloaded/, ({ messages }) =>
    timesAsked(textOf(messages.at(-1))) < 3
      ? { error: { message: 'The engine is currently overloaded', type: 'server_error' }, status: 503 }
      : { content: 'Here I am again.' },
  );
  server.onMessage(/slowly/, { content: 'word '.repeat(100) }, { latency: 20 });
  server.onMessage(/./, ({ messages }) => ({ content: `You said: ${textOf(messages.at(-1))}` }));
  await server.start();
  return server;
}
