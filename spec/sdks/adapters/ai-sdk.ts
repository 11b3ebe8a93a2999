import { createOpenAI } from '@ai-sdk/openai';
import { generateText, streamText } from 'ai';
import { type Caller, prompt } from '../caller';
import { openaiWire, responsesWire } from '../wires/openai';

const providerOf = (url: string) => createOpenAI({ apiKey: 'test', baseURL: `${url}/v1` });
const settings = { prompt, maxRetries: 0, onError: () => undefined };

export const aiSdk: readonly Caller[] = [
  {
    name: 'AI SDK, streamText with chat',
    sdk: 'ai',
    wire: openaiWire,
    isStream: true,
    open: (url, timeout, abortSignal) =>
      streamText({ ...settings, model: providerOf(url).chat('gpt-4o'), abortSignal, timeout }).fullStream,
  },
  {
    name: 'AI SDK, streamText with responses',
    sdk: 'ai',
    wire: responsesWire,
    isStream: true,
    open: (url, timeout, abortSignal) =>
      streamText({ ...settings, model: providerOf(url).responses('gpt-4o'), abortSignal, timeout }).fullStream,
  },
  {
    name: 'AI SDK, generateText with chat',
    sdk: 'ai',
    wire: openaiWire,
    isStream: false,
    open: (url, timeout, abortSignal) =>
      generateText({ prompt, maxRetries: 0, model: providerOf(url).chat('gpt-4o'), abortSignal, timeout }),
  },
];
