import { anthropic, anthropicHelper } from './anthropic-peers';
import { gemini } from './gemini-peer';
import { chat, chatHelper, responses, responsesHelper } from './openai-peers';
import type { Peer } from './peer';

export { anthropic } from './anthropic-peers';
export { gemini } from './gemini-peer';
export { chat, responses } from './openai-peers';
export * from './peer';

/** The official SDKs, and the two ways to stream of that of OpenAI. */
export const peers: readonly Peer[] = [chat, responses, anthropic, gemini];

/** Those of the same that build whole messages of what they stream. */
export const helpers: readonly Peer[] = [chatHelper, responsesHelper, anthropicHelper];
