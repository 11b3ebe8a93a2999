import { InferenceClient } from '@huggingface/inference';
import { type Caller, messages, within } from '../caller';
import { huggingFaceWire } from '../wires/others';

const clientOf = (url: string) =>
  new InferenceClient('hf_test', { endpointUrl: `${url}/v1/chat/completions`, retry_on_error: false });
const each = { sdk: '@huggingface/inference', wire: huggingFaceWire };

export const huggingFace: readonly Caller[] = [
  {
    ...each,
    name: 'hugging face',
    isStream: true,
    open: (url, timeout, signal) =>
      clientOf(url).chatCompletionStream({ model: 'm', messages }, { signal: within(signal, timeout) }),
  },
  {
    ...each,
    name: 'hugging face, not streamed',
    isStream: false,
    open: (url, timeout, signal) =>
      clientOf(url).chatCompletion({ model: 'm', messages }, { signal: within(signal, timeout) }),
  },
];
