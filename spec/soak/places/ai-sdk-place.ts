import { generateText } from 'ai';
import { MockLanguageModelV3 } from 'ai/test';
import { expect, inject, it } from 'vitest';

// Not a *.spec.ts: what it expects is told by main.mjs.
it('runs the AI SDK that was meant', async () => {
  let stack = '';
  const model = new MockLanguageModelV3({
    doGenerate: () => {
      stack = new Error('Where am I?').stack!;
      throw new Error('nowhere');
    },
  });
  await expect(generateText({ model, prompt: 'Where?', maxRetries: 0 })).rejects.toThrow('nowhere');
  expect(stack).toContain(`${inject('place').ai}/node_modules/ai/`);
});
