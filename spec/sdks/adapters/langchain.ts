import { ChatOpenAI } from '@langchain/openai';
import { type Caller, prompt } from '../caller';
import { openaiWire } from '../wires/openai';

const modelOf = (url: string, timeout: number) =>
  new ChatOpenAI({
    apiKey: 'test',
    model: 'gpt-4o',
    maxRetries: 0,
    configuration: { baseURL: `${url}/v1`, logLevel: 'off' },
    timeout,
  });
const each = { sdk: '@langchain/openai', wire: openaiWire };

export const langchain: readonly Caller[] = [
  {
    ...each,
    name: 'langchain',
    isStream: true,
    open: (url, timeout, signal) => modelOf(url, timeout).stream(prompt, { signal }),
  },
  {
    ...each,
    name: 'langchain, not streamed',
    isStream: false,
    open: (url, timeout, signal) => modelOf(url, timeout).invoke(prompt, { signal }),
  },
];
