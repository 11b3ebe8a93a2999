import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { OpenAI } from 'openai';
import {
  auditTime,
  catchError,
  defer,
  EMPTY,
  finalize,
  from,
  map,
  mergeMap,
  Observable,
  of,
  repeat,
  scan,
  takeWhile,
  tap,
} from 'rxjs';
import {
  coalesceTime,
  costOf,
  estimateRequest,
  fromStream,
  inTotal,
  type Price,
  perSecond,
  pricesOf,
  ResilientClient,
  TokenBudget,
  TokenBudgetExceededError,
  tokenBudget,
} from 'rxjs-resilience';
import { connect } from './connect';

// npx tsx examples/batch.ts     1,000 prompts, at most 50 at a time, with live progress
// npx tsx examples/batch.ts --budget 1.00 --state batch.json
//     stops at 1 dollar; called again it goes on where it was, with what is left: say --budget 2.00 to spend more
//     --prices table.json: a table of prices as LiteLLM publishes it; what is not in it costs as `fallback` says

/** Dollars per million tokens, for models that are in no table. */
const fallback: Price = { input: 5, output: 25 };

/** How a batch stands. */
export interface Progress {
  readonly answers: ReadonlyMap<string, string>;
  readonly errors: ReadonlyMap<string, unknown>;
}

/** What a batch may spend, and what is known already. */
export interface BatchOptions {
  /** In dollars; shared by all calls. Default: no limit. */
  readonly budget?: TokenBudget;
  readonly price?: Price;
  /** Of an earlier run: these prompts are not asked again. */
  readonly answers?: Iterable<readonly [prompt: string, answer: string]>;
}

type Outcome = { prompt: string } & ({ text: string } | { error: unknown });

/** Asks all prompts; emits how the batch stands, at most ten times a second. Completes early when the budget is spent. */
export function runBatch(
  openai: OpenAI,
  model: string,
  prompts: readonly string[],
  {
    budget = new TokenBudget({ counts: 'cost', limits: inTotal(1e6) }),
    price = fallback,
    answers: known = [],
  }: BatchOptions = {},
): Observable<Progress> {
  const client = new ResilientClient({
    retryBackoff: { baseDelay: 200 },
    rateLimit: { limits: perSecond(400), maxConcurrent: 50 },
    circuitBreak: {},
    whenOpen: 'wait', // a short outage costs time, not answers
    timeout: { each: 20_000 },
  });
  const answers = new Map(known);
  const errors = new Map<string, unknown>();
  const bodyOf = (content: string) => ({ model, messages: [{ role: 'user' as const, content }], max_tokens: 200 });
  const ask = (content: string) => {
    const body = bodyOf(content);
    const estimate = estimateRequest(body);
    return fromStream((signal) => openai.chat.completions.create(body, { signal })).pipe(
      tokenBudget(budget, { estimate, price }), // inside of the client's guards: every attempt is paid for
      client.guard(),
    );
  };
  const outcomeOf = (prompt: string): Observable<Outcome> =>
    ask(prompt).pipe(
      map(({ choices }) => ({ prompt, text: choices[0]?.message.content ?? '' })),
      catchError((error: unknown) => of({ prompt, error })), // one lost answer does not end the batch
    );
  const isOpen = (prompt: string) => !answers.has(prompt) && !errors.has(prompt);

  /** All that is open, until the budget refuses one. What runs then may cost less than was set aside for it. */
  const round = defer(() => {
    let isRefused = false;
    return from(prompts.filter(isOpen)).pipe(
      takeWhile(() => !isRefused),
      mergeMap(outcomeOf, 50),
      tap((outcome) => {
        if ('text' in outcome) {
          answers.set(outcome.prompt, outcome.text);
        } else if (outcome.error instanceof TokenBudgetExceededError) {
          isRefused = true;
        } else {
          errors.set(outcome.prompt, outcome.error);
        }
      }),
    );
  });
  const isAffordable = () => {
    const next = prompts.find(isOpen);
    return next !== undefined && budget.check(costOf(estimateRequest(bodyOf(next)), price));
  };
  return round.pipe(
    repeat({ delay: () => (isAffordable() ? of(true) : EMPTY) }),
    coalesceTime(100),
    scan((progress: Progress) => progress, { answers, errors }),
  );
}

/** A batch as it is kept in a file. */
interface SavedBatch {
  readonly budget?: unknown;
  readonly answers: readonly (readonly [prompt: string, answer: string])[];
}

/** As `runBatch`, but of at most so many dollars, and kept in a file: called again it goes on where it was. */
export function runSavedBatch(
  openai: OpenAI,
  model: string,
  prompts: readonly string[],
  { dollars, file, price }: { dollars: number; file: string; price?: Price },
): Observable<Progress & { readonly left: number }> {
  return defer(() => {
    const saved = readState(file);
    const budget = new TokenBudget({ counts: 'cost', limits: inTotal(dollars), name: 'batch', initial: saved.budget });
    const answers = new Map(saved.answers);
    let progress: Progress = { answers, errors: new Map() };
    const save = () => writeState(file, { budget: budget.snapshot(), answers: [...progress.answers] });
    return new Observable<Progress & { readonly left: number }>((subscriber) => {
      const steps = runBatch(openai, model, prompts, { budget, answers, ...(price === undefined ? {} : { price }) });
      const shared = steps.pipe(
        tap((step) => {
          progress = step;
        }),
        finalize(save), // also when it is interrupted: what is in flight counts as it was estimated
      );
      subscriber.add(budget.state$.pipe(auditTime(1_000)).subscribe(save)); // for the case that the process dies
      subscriber.add(shared.pipe(map((step) => ({ ...step, left: budget.remaining }))).subscribe(subscriber));
    });
  });
}

function readState(file: string): SavedBatch {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return { answers: [] }; // the first run
    }
    throw error;
  }
}

/** By way of another file: who dies in between leaves the old one. */
function writeState(file: string, state: SavedBatch): void {
  writeFileSync(`${file}.new`, JSON.stringify(state));
  renameSync(`${file}.new`, file);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values } = parseArgs({
    options: {
      budget: { type: 'string' },
      state: { type: 'string', default: 'batch.json' },
      prices: { type: 'string' },
    },
  });
  const { openai, model, stop } = await connect();
  const table = values.prices === undefined ? {} : JSON.parse(readFileSync(values.prices, 'utf8'));
  const price = pricesOf(table, fallback)(model);
  const prompts = Array.from({ length: 1_000 }, (_, index) => `Say something about the number ${index}.`);
  const steps: Observable<Progress & { readonly left?: number }> =
    values.budget === undefined
      ? runBatch(openai, model, prompts, { price })
      : runSavedBatch(openai, model, prompts, { dollars: Number(values.budget), file: values.state, price });
  const running = steps.subscribe({
    next: ({ answers, errors, left }) => {
      const money = left === undefined ? '' : `, ${left.toFixed(4)} dollars left`;
      process.stdout.write(`\r${answers.size} of 1000 answered, ${errors.size} lost${money}   `);
    },
    complete: () => void stop().then(() => console.log()),
  });
  process.once('SIGINT', () => {
    running.unsubscribe();
    void stop().then(() => console.log('\nstopped'));
  });
}
