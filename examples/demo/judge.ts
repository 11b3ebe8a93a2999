import type { Answer } from './answer';

export type Verdict = 'right' | 'repeated' | 'cut short' | 'lost';

/**
 * Holds what was delivered against what the model had to say. What a real provider had to say is not known: its
 * answers are right if it said that they are at their end.
 */
export function judge({ phase, text, hasEnded, prompt }: Answer): Verdict {
  if (phase === 'lost') {
    return 'lost';
  }
  const { answer = hasEnded ? text : `${text}…` } = prompt;
  if (text === answer) {
    return 'right';
  }
  return answer.startsWith(text) ? 'cut short' : 'repeated';
}
