import { type Observable, type SchedulerLike, tap } from 'rxjs';
import {
  fromStream,
  isFinalChunk,
  perDay,
  type RetryBackoffConfig,
  type RetryContext,
  retryBackoff,
  TokenBudget,
  type TokenBudgetEvent,
  textOf,
  tokenBudget,
} from 'rxjs-resilience';
import type { FaultServer } from './fault-server';
import { LeapingScheduler } from './leaping-scheduler';
import type { OpenStream } from './peer';

/** What became of a call that was retried, on a budget of 1000 tokens. */
export interface Outcome {
  readonly values: unknown[];
  readonly text: string;
  /** Undefined if the call completed. */
  readonly error: unknown;
  readonly retries: RetryContext[];
  /** When each attempt began: ms of virtual time since the first. */
  readonly attemptsAt: number[];
  /** What the budget told, without times: one reservation and its end for each attempt. */
  readonly budgetEvents: string[];
  readonly used: number;
}

export interface OutcomeOptions extends RetryBackoffConfig<unknown> {
  readonly scheduler?: SchedulerLike;
  /** What stands between the SDK's stream and the budget, such as a timeout. */
  readonly guard?: (source: Observable<unknown>) => Observable<unknown>;
  /** Called with how many values the attempt that runs has brought. */
  readonly onValue?: (count: number) => void;
}

/** The estimate of every call here. */
export const estimate = { input: 4, output: 100 };

/** Makes a call of an SDK as an application would, retried at most once, after 5 ms unless the server asks for more. */
export function outcomeOf(open: OpenStream, options: OutcomeOptions = {}): Promise<Outcome> {
  const { scheduler = new LeapingScheduler(), guard = (source) => source, onValue, ...retry } = options;
  const budget = new TokenBudget({ limits: perDay(1_000), scheduler });
  const outcome = { values: [] as unknown[], retries: [] as RetryContext[], attemptsAt: [] as number[] };
  const budgetEvents: string[] = [];
  budget.events$.subscribe((event) => budgetEvents.push(told(event)));
  const startedAt = scheduler.now();
  let count = 0;

  const attempt = fromStream(
    (signal) => {
      outcome.attemptsAt.push(scheduler.now() - startedAt);
      count = 0;
      return open(signal);
    },
    { isFinal: isFinalChunk },
  );
  const call = attempt.pipe(
    guard,
    tokenBudget(budget, { estimate }),
    tap(() => {
      count += 1;
      onValue?.(count);
    }),
    retryBackoff<unknown>({
      maxRetries: 1,
      baseDelay: 5,
      jitter: 'none',
      random: () => 0,
      ...retry,
      scheduler,
      onRetry: (context) => outcome.retries.push(context),
    }),
  );
  return new Promise((resolve) => {
    const end = (error?: unknown) =>
      resolve({
        ...outcome,
        text: outcome.values.map(textOf).join(''),
        error,
        budgetEvents,
        used: 1_000 - budget.remaining,
      });
    call.subscribe({ next: (value) => outcome.values.push(value), error: end, complete: end });
  });
}

/** Kills the connection of the attempt that runs as soon as it has brought so many values. */
export const dyingAfter =
  (values: number, server: FaultServer): ((count: number) => void) =>
  (count) => {
    if (count === values) {
      server.exchanges.at(-1)?.die();
    }
  };

function told(event: TokenBudgetEvent): string {
  switch (event.type) {
    case 'reserved':
    case 'refunded':
      return `${event.type} ${event.tokens}`;
    case 'settled':
      return `settled ${event.reserved} to ${event.actual}`;
    case 'refused':
      return `refused ${event.requested}`;
  }
}
