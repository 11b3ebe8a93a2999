import { createOpenAI } from '@ai-sdk/openai';
import { generateText, type LanguageModelMiddleware, streamText, wrapLanguageModel } from 'ai';
import { keyed, perDay, ResilientClient, TokenBudget } from 'rxjs-resilience';
import { resilientMiddleware } from 'rxjs-resilience/ai-sdk';

// Compiled against each version of the AI SDK, and never run.

const client = new ResilientClient({
  retryBackoff: {},
  tokenBudget: keyed(() => new TokenBudget({ limits: perDay(1_000) })),
});
const middleware: LanguageModelMiddleware = resilientMiddleware(client, { key: 'ada' });
const openai = createOpenAI({ apiKey: 'none' });

export const model = wrapLanguageModel({ model: openai.chat('gpt-4.1-mini'), middleware });
export const text = async () => (await generateText({ model, prompt: 'Say hello.' })).text;
export const stream = () => streamText({ model, prompt: 'Say hello.' }).textStream;
