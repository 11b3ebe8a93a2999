import { estimateRequest } from '../provider/estimate-request';
import { amountAt, textAt } from '../provider/read';

/**
 * A request to a fake provider, by its size. The body of a request to OpenAI, Anthropic or Gemini does as well: then the
 * size is estimated, and the answer has 50 tokens, or the maximum that the body sets if that is less.
 *
 * @category Fakes
 */
export interface FakeRequest {
  /** Tokens of the prompt. Default: what a body holds; else 0. */
  readonly input?: number | undefined;
  /** Tokens of the answer. Default: see above. */
  readonly output?: number | undefined;
  /** Default `'fake'`. */
  readonly model?: string | undefined;
}

const usualOutput = 50;

/** The size of a request, and its model. */
export function sizeOf(request: object): { input: number; output: number; model: string } {
  const [input, output] = [amountAt(request, 'input'), amountAt(request, 'output')];
  const isSized = input !== undefined && output !== undefined;
  const estimate = isSized ? { input, output } : estimateRequest(request, { output: usualOutput });
  return {
    input: Math.ceil(input ?? estimate.input),
    output: Math.ceil(output ?? Math.min(usualOutput, estimate.output)),
    model: textAt(request, 'model') ?? 'fake',
  };
}
