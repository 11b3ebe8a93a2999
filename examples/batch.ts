import { pathToFileURL } from 'node:url';
import type { OpenAI } from 'openai';
import { catchError, from, map, mergeMap, type Observable, of, scan } from 'rxjs';
import { coalesceTime, perSecond, ResilientClient } from 'rxjs-resilience';
import { connect } from './connect';

// npx tsx examples/batch.ts     1,000 prompts, at most 50 at a time, with live progress

/** How a batch stands. */
export interface Progress {
  readonly answers: ReadonlyMap<string, string>;
  readonly errors: ReadonlyMap<string, unknown>;
}

/** Asks all prompts; emits how the batch stands, at most ten times a second. */
export function runBatch(openai: OpenAI, model: string, prompts: readonly string[]): Observable<Progress> {
  const client = new ResilientClient({
    retryBackoff: { baseDelay: 200 },
    rateLimit: { limits: perSecond(400), maxConcurrent: 50 },
    circuitBreak: {},
    whenOpen: 'wait', // a short outage costs time, not answers
    timeout: { each: 20_000 },
  });
  const ask = (content: string) =>
    client.call((signal) =>
      openai.chat.completions.create({ model, messages: [{ role: 'user', content }] }, { signal }),
    );
  const outcomeOf = (prompt: string) =>
    ask(prompt).pipe(
      map(({ choices }) => ({ prompt, text: choices[0]?.message.content ?? '' })),
      catchError((error: unknown) => of({ prompt, error })), // one lost answer does not end the batch
    );
  return from(prompts).pipe(
    mergeMap(outcomeOf, 50),
    coalesceTime(100),
    scan(
      ({ answers, errors }, outcomes) => {
        for (const outcome of outcomes) {
          'text' in outcome ? answers.set(outcome.prompt, outcome.text) : errors.set(outcome.prompt, outcome.error);
        }
        return { answers, errors };
      },
      { answers: new Map<string, string>(), errors: new Map<string, unknown>() },
    ),
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { openai, model, stop } = await connect();
  const prompts = Array.from({ length: 1_000 }, (_, index) => `Say something about the number ${index}.`);
  runBatch(openai, model, prompts).subscribe({
    next: ({ answers, errors }) => process.stdout.write(`\r${answers.size} of 1000 answered, ${errors.size} lost`),
    complete: () => void stop().then(() => console.log()),
  });
}
