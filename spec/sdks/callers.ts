import { aiSdk } from './adapters/ai-sdk';
import { anthropic } from './adapters/anthropic';
import { bedrock } from './adapters/bedrock';
import { cohere } from './adapters/cohere';
import { gemini } from './adapters/gemini';
import { groq } from './adapters/groq';
import { httpClients } from './adapters/http-clients';
import { huggingFace } from './adapters/huggingface';
import { langchain } from './adapters/langchain';
import { mistral } from './adapters/mistral';
import { observables } from './adapters/observables';
import { ollama } from './adapters/ollama';
import { openai } from './adapters/openai';
import type { Caller } from './caller';

export const callers: readonly Caller[] = [
  ...openai,
  ...anthropic,
  ...gemini,
  ...aiSdk,
  ...bedrock,
  ...mistral,
  ...cohere,
  ...ollama,
  ...groq,
  ...langchain,
  ...huggingFace,
  ...httpClients,
  ...observables,
];
