import Groq from 'groq-sdk';
import { type Caller, messages } from '../caller';
import { groqWire } from '../wires/openai';

const completionsOf = (baseURL: string, timeout: number) =>
  new Groq({ apiKey: 'test', baseURL, maxRetries: 0, logLevel: 'off', timeout }).chat.completions;
const each = { sdk: 'groq-sdk', wire: groqWire };

export const groq: readonly Caller[] = [
  {
    ...each,
    name: 'groq',
    isStream: true,
    open: (url, timeout, signal) =>
      completionsOf(url, timeout).create({ model: 'm', messages, stream: true }, { signal }),
  },
  {
    ...each,
    name: 'groq, not streamed',
    isStream: false,
    open: (url, timeout, signal) => completionsOf(url, timeout).create({ model: 'm', messages }, { signal }),
  },
];
