import { GoogleGenAI } from '@google/genai';
import { type Caller, prompt } from '../caller';
import { geminiWire } from '../wires/others';

const modelsOf = (baseUrl: string, timeout: number) =>
  new GoogleGenAI({ apiKey: 'test', httpOptions: { baseUrl, timeout } }).models;
const request = { model: 'gemini-2.5-flash', contents: prompt };
const each = { sdk: '@google/genai', wire: geminiWire };

export const gemini: readonly Caller[] = [
  {
    ...each,
    name: 'gemini',
    isStream: true,
    open: (url, timeout, abortSignal) =>
      modelsOf(url, timeout).generateContentStream({ ...request, config: { abortSignal } }),
  },
  {
    ...each,
    name: 'gemini, not streamed',
    isStream: false,
    open: (url, timeout, abortSignal) =>
      modelsOf(url, timeout).generateContent({ ...request, config: { abortSignal } }),
  },
];
