import { crc32 } from 'node:zlib';
import { type Wire, words } from './wire';

/** One message of `application/vnd.amazon.eventstream`: lengths, headers, JSON, and a checksum over each. */
function frame(name: string, payload: object, kind: 'event' | 'exception' = 'event'): Uint8Array {
  const body = Buffer.from(JSON.stringify(payload));
  const headers = Buffer.concat(
    [
      [':message-type', kind],
      [`:${kind}-type`, name],
      [':content-type', 'application/json'],
    ].map(([name, value]) => Buffer.concat([text8(name!), Buffer.from([7]), text16(value!)])),
  );
  const prelude = Buffer.concat([uint32(16 + headers.length + body.length), uint32(headers.length)]);
  const message = Buffer.concat([prelude, uint32(crc32(prelude)), headers, body]);
  return Buffer.concat([message, uint32(crc32(message))]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

const text8 = (text: string) => Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]);
const text16 = (text: string) => Buffer.concat([Buffer.from([0, text.length]), Buffer.from(text)]);

const usage = { inputTokens: 9, outputTokens: 2, totalTokens: 11 };
const metrics = { latencyMs: 1 };

/** The names that Bedrock gives to errors, by their status. */
const names: { readonly [status: number]: string } = {
  400: 'ValidationException',
  403: 'AccessDeniedException',
  404: 'ResourceNotFoundException',
  408: 'ModelTimeoutException',
  429: 'ThrottlingException',
  500: 'InternalServerException',
  503: 'ServiceUnavailableException',
};

const refusal = (status: number, name: string | undefined, message: string) => ({
  status,
  json: { message },
  headers: { 'x-amzn-requestid': '1', ...(name === undefined ? {} : { 'x-amzn-errortype': name }) },
});

export const bedrockWire: Wire = {
  pieces: [
    frame('messageStart', { role: 'assistant' }),
    frame('contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'Hello' } }),
    frame('contentBlockDelta', { contentBlockIndex: 0, delta: { text: ' world' } }),
    frame('contentBlockStop', { contentBlockIndex: 0 }),
    frame('messageStop', { stopReason: 'end_turn' }),
    frame('metadata', { usage, metrics }),
  ],
  type: 'application/vnd.amazon.eventstream',
  start: 2,
  whole: {
    output: { message: { role: 'assistant', content: [{ text: 'Hello world' }] } },
    stopReason: 'end_turn',
    usage,
    metrics,
  },
  hasEnd: true,
  hasUsage: true,
  refusal: (status) => refusal(status, names[status], words),
  exhausted: refusal(429, 'ThrottlingException', 'Too many tokens per day, please wait before trying again.'),
  failure: frame('internalServerException', { message: words }, 'exception'),
};
