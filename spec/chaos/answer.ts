import { estimateTokens } from 'rxjs-resilience';
import type { Plan } from './plan';

/** A word that no other answer has, nor this one elsewhere; its bytes are more than its characters. */
export function wordsOf({ id, words }: Plan): readonly string[] {
  return Array.from({ length: words }, (_, index) => `${id}·${index} `);
}

export function answerOf(plan: Plan): string {
  return wordsOf(plan).join('');
}

/** What the client expects of an attempt, in tokens; mostly more than it will cost. */
export function estimateOf(plan: Plan): { readonly input: number; readonly output: number } {
  return { input: 12, output: Math.max(0, estimateTokens(answerOf(plan)) + 5 - plan.underestimate) };
}

/** What the server reports: by a count of its own, so that nobody arrives at it by an estimate. */
export function usageFor(skipped: number, sent: number): { readonly input: number; readonly output: number } {
  return { input: 9 + skipped, output: 1 + 2 * sent };
}
