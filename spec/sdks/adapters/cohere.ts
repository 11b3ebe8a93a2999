import { CohereClientV2 } from 'cohere-ai';
import { type Caller, messages } from '../caller';
import { cohereWire } from '../wires/others';

const request = { model: 'm', messages };
const each = { sdk: 'cohere-ai', wire: cohereWire };

const clientOf = (baseUrl: string, timeout: number) =>
  new CohereClientV2({
    token: 'test',
    baseUrl,
    maxRetries: 0,
    timeoutInSeconds: timeout / 1_000,
  });

export const cohere: readonly Caller[] = [
  {
    ...each,
    name: 'cohere',
    isStream: true,
    open: (url, timeout, abortSignal) => clientOf(url, timeout).chatStream(request, { abortSignal }),
  },
  {
    ...each,
    name: 'cohere, not streamed',
    isStream: false,
    open: (url, timeout, abortSignal) => clientOf(url, timeout).chat(request, { abortSignal }),
  },
];
