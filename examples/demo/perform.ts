import { lastValueFrom, takeUntil, timer } from 'rxjs';
import { prompts } from '../provider/prompts';
import { Answer } from './answer';
import type { Cost, Provider } from './provider';
import type { Run, Way } from './run';
import { Screen } from './screen';

/** What has come of a run. */
export interface Result extends Cost {
  readonly title: string;
  readonly answers: readonly Answer[];
  /** Tokens of answers that are right. */
  readonly useful: number;
  readonly seconds: number;
}

/** Drives all prompts through one way of making the calls, before the eyes of the user. */
export async function perform(title: string, provider: Provider, way: Way): Promise<Result> {
  const { openai, model, patience, deadline, isEmbedded, gauge } = provider;
  const answers = prompts.map(
    ({ question, answer }, index) => new Answer(index + 1, { question, answer: isEmbedded ? answer : undefined }),
  );
  const run: Run = { title, openai, model, patience, answers, note: (what) => screen.note(what), gauges: [gauge] };
  const screen = new Screen(run);
  const startedAt = Date.now();
  provider.begin(run.note);
  await lastValueFrom(way(run).pipe(takeUntil(timer(deadline))), { defaultValue: undefined });
  for (const answer of answers) {
    answer.giveUp();
  }
  const seconds = (Date.now() - startedAt) / 1_000;
  screen.close();
  const useful = answers.reduce((sum, { verdict, tokens }) => sum + (verdict === 'right' ? tokens : 0), 0);
  return { title, answers, useful, seconds, ...(await provider.costOf(answers)) };
}
