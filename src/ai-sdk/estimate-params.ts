import { estimateRequest } from '../provider';
import { itemsOf, read, textAt } from '../provider/read';
import type { ModelParams } from './model';

/** So many messages, and parts of one, are looked at. */
const most = 100_000;

/** Estimates what a call will cost: texts, tools, what tools answered and the schema of the answer; no images, no files. */
export function estimateParams({ prompt, maxOutputTokens, tools, responseFormat }: ModelParams): {
  readonly input: number;
  readonly output: number;
} {
  const schema = read(responseFormat, 'schema');
  const answers = itemsOf(prompt, most).flatMap((message) => itemsOf(read(message, 'content'), most).map(answerOf));
  return estimateRequest({
    prompt: [prompt, answers],
    tools: [...(tools ?? []), ...(schema === undefined ? [] : [schema])],
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
  });
}

/** What a tool answered; as JSON, where it is no text. */
function answerOf(part: unknown): { readonly functionResponse: unknown } {
  const isAnswer = textAt(part, 'type') === 'tool-result';
  return { functionResponse: isAnswer ? read(read(part, 'output'), 'value') : undefined };
}
