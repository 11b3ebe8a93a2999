import type { Prompt } from '../provider/prompts';

/** How the calls are made, in both runs. */
export const settings = { concurrency: 10, retries: 8, baseDelay: 300, maxDelay: 4_000 };

/** The body of the request for an answer. */
export function requestFor({ question }: Prompt, model: string) {
  return {
    model,
    messages: [{ role: 'user' as const, content: question }],
    max_completion_tokens: 200,
    stream: true as const,
    stream_options: { include_usage: true },
  };
}
