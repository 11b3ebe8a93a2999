import { Ollama } from 'ollama';
import { type Caller, messages, within } from '../caller';
import { ollamaWire } from '../wires/others';

/** It takes no signal: its `fetch` brings ours along, or a request that has no answer yet cannot be stopped. */
const clientOf = (host: string, signal: AbortSignal) =>
  new Ollama({ host, fetch: (input, init) => fetch(input, { ...init, signal: joined(signal, init?.signal) }) });
const joined = (signal: AbortSignal, other: AbortSignal | null | undefined) =>
  other ? AbortSignal.any([signal, other]) : signal;
const each = { sdk: 'ollama', wire: ollamaWire };

export const ollama: readonly Caller[] = [
  {
    ...each,
    name: 'ollama',
    isStream: true,
    open: (url, timeout, signal) => clientOf(url, within(signal, timeout)).chat({ model: 'm', messages, stream: true }),
  },
  {
    ...each,
    name: 'ollama, not streamed',
    isStream: false,
    open: (url, timeout, signal) => clientOf(url, within(signal, timeout)).chat({ model: 'm', messages }),
  },
];
