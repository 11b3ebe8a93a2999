import { anthropic, type FakeAnthropicEvent } from './anthropic';
import { type FakeGeminiChunk, gemini } from './gemini';
import { type FakeOpenAIChunk, openai } from './openai';
import type { Shape } from './shape';
import { text } from './text';

/**
 * Whose chunks and errors a fake provider speaks.
 *
 * @category Fakes
 */
export type FakeShape = 'openai' | 'anthropic' | 'gemini' | 'text';

/**
 * The chunks of a shape.
 *
 * @category Fakes
 */
export type FakeChunk<S extends FakeShape> = S extends 'openai'
  ? FakeOpenAIChunk
  : S extends 'anthropic'
    ? FakeAnthropicEvent
    : S extends 'gemini'
      ? FakeGeminiChunk
      : string;

export const shapes: { readonly [S in FakeShape]: Shape<FakeChunk<S>> } = { openai, anthropic, gemini, text };
