import { Mistral } from '@mistralai/mistralai';
import { type Caller, messages, within } from '../caller';
import { mistralWire } from '../wires/others';

const chatOf = (serverURL: string) =>
  new Mistral({ apiKey: 'test', serverURL, retryConfig: { strategy: 'none' } }).chat;
const request = { model: 'm', messages };
// A signal takes the place of its option `timeoutMs`.
const each = { sdk: '@mistralai/mistralai', wire: mistralWire };

export const mistral: readonly Caller[] = [
  {
    ...each,
    name: 'mistral',
    isStream: true,
    open: (url, timeout, signal) => chatOf(url).stream(request, { signal: within(signal, timeout) }),
  },
  {
    ...each,
    name: 'mistral, not streamed',
    isStream: false,
    open: (url, timeout, signal) => chatOf(url).complete(request, { signal: within(signal, timeout) }),
  },
];
