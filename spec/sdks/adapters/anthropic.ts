import Anthropic from '@anthropic-ai/sdk';
import { messagesRequest } from '../../support/anthropic-peers';
import type { Caller } from '../caller';
import { anthropicWire } from '../wires/others';

const messagesOf = (url: string, timeout: number) =>
  new Anthropic({
    apiKey: 'test',
    baseURL: url,
    maxRetries: 0,
    logLevel: 'off',
    timeout,
  }).messages;

const each = { sdk: '@anthropic-ai/sdk', wire: anthropicWire };

export const anthropic: readonly Caller[] = [
  {
    ...each,
    name: 'anthropic',
    isStream: true,
    open: (url, timeout, signal) => messagesOf(url, timeout).create({ ...messagesRequest, stream: true }, { signal }),
  },
  {
    ...each,
    name: 'anthropic, not streamed',
    isStream: false,
    open: (url, timeout, signal) => messagesOf(url, timeout).create(messagesRequest, { signal }),
  },
];
