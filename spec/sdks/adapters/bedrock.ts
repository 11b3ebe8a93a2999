import { BedrockRuntimeClient, ConverseCommand, ConverseStreamCommand } from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { type Caller, prompt } from '../caller';
import { bedrockWire } from '../wires/bedrock';

// By default this client speaks HTTP/2, which a plain server does not.
const clientOf = (endpoint: string, timeout: number) =>
  new BedrockRuntimeClient({
    region: 'us-east-1',
    endpoint,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler({ requestTimeout: timeout, throwOnRequestTimeout: true }),
  });
const request = { modelId: 'm', messages: [{ role: 'user' as const, content: [{ text: prompt }] }] };
const each = { sdk: '@aws-sdk/client-bedrock-runtime', wire: bedrockWire };

export const bedrock: readonly Caller[] = [
  {
    ...each,
    name: 'bedrock',
    isStream: true,
    open: async (url, timeout, abortSignal) =>
      (await clientOf(url, timeout).send(new ConverseStreamCommand(request), { abortSignal })).stream,
  },
  {
    ...each,
    name: 'bedrock, not streamed',
    isStream: false,
    open: (url, timeout, abortSignal) => clientOf(url, timeout).send(new ConverseCommand(request), { abortSignal }),
  },
];
