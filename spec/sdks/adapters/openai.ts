import OpenAI from 'openai';
import { chatRequest } from '../../support/openai-peers';
import { type Caller, prompt } from '../caller';
import { openaiWire, responsesWire } from '../wires/openai';

const clientOf = (url: string, timeout: number) =>
  new OpenAI({
    apiKey: 'test',
    baseURL: `${url}/v1`,
    maxRetries: 0,
    logLevel: 'off',
    timeout,
  });
const { stream_options, ...wholeRequest } = chatRequest;

export const openai: readonly Caller[] = [
  {
    name: 'openai, chat',
    sdk: 'openai',
    wire: openaiWire,
    isStream: true,
    open: (url, timeout, signal) =>
      clientOf(url, timeout).chat.completions.create({ ...wholeRequest, stream_options, stream: true }, { signal }),
  },
  {
    name: 'openai, chat, not streamed',
    sdk: 'openai',
    wire: openaiWire,
    isStream: false,
    open: (url, timeout, signal) => clientOf(url, timeout).chat.completions.create(wholeRequest, { signal }),
  },
  {
    name: 'openai, responses',
    sdk: 'openai',
    wire: responsesWire,
    isStream: true,
    open: (url, timeout, signal) =>
      clientOf(url, timeout).responses.create({ model: 'gpt-4o', input: prompt, stream: true }, { signal }),
  },
  {
    name: 'openai, responses, not streamed',
    sdk: 'openai',
    wire: responsesWire,
    isStream: false,
    open: (url, timeout, signal) =>
      clientOf(url, timeout).responses.create({ model: 'gpt-4o', input: prompt }, { signal }),
  },
];
