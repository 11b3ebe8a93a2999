import { catchError, EMPTY, from, mergeMap, tap } from 'rxjs';
import {
  type CallStatus,
  consecutiveFailures,
  estimateRequest,
  isFinalChunk,
  perHour,
  ResilientClient,
  textOf,
} from 'rxjs-resilience';
import type { Answer } from './answer';
import { requestFor, settings } from './calls';
import { gaugesOf } from './gauges';
import type { Run, Way } from './run';

const { concurrency, retries, baseDelay, maxDelay } = settings;

function newClient(patience: number) {
  return new ResilientClient({
    retryBackoff: { maxRetries: retries, baseDelay, maxDelay },
    // What the server allows in a second it does not say: the limiter finds out.
    rateLimit: { maxConcurrent: concurrency },
    // A provider that begins to answer is up; what becomes of the answer is a matter for the retry.
    circuitBreak: {
      trip: consecutiveFailures(4),
      recoveryTimeout: 500,
      halfOpen: { timeout: patience },
      successOn: 'first-value',
    },
    whenOpen: 'wait',
    tokenBudget: { limits: perHour(30_000), maxTokensPerRequest: 1_000 },
    timeout: { first: patience, each: patience },
    defaults: { isFinal: isFinalChunk, isContent: (chunk) => textOf(chunk) !== '', afterValues: 'restart' },
  });
}

export type Client = ReturnType<typeof newClient>;

/** The same calls through a `ResilientClient`. */
export const guarded: Way = ({ openai, model, patience, answers, note, gauges }) => {
  const client = newClient(patience);
  gauges.push(() => gaugesOf(client));
  client.events$.subscribe((event) => {
    switch (event.type) {
      case 'opened':
        return note(`breaker opens: ${event.reason}`);
      case 'closed':
        return note('breaker closes');
      case 'paused':
        return note(`limiter pauses${event.by === 'hint' ? ': the server said how long' : ''}`);
      case 'paced':
        return note(`limiter finds its pace: ${event.perSecond.toFixed(1)} calls a second`);
    }
  });
  const ask = (answer: Answer) => {
    const request = requestFor(answer.prompt, model);
    const onStatus = (status: CallStatus) => follow(answer, status, note);
    return client
      .call((signal) => openai.chat.completions.create(request, { signal }), {
        tokens: estimateRequest(request),
        onStatus,
      })
      .pipe(
        tap((chunk) => answer.add(chunk)),
        catchError(() => EMPTY), // its status has said so
      );
  };
  const sayCount = () => note(`budget has counted ${client.budget.state.limits[0]?.used} tokens`);
  return from(answers).pipe(mergeMap(ask), tap({ complete: sayCount }));
};

function follow(answer: Answer, status: CallStatus, note: Run['note']): void {
  switch (status.phase) {
    case 'waiting':
      answer.phase = ({ permit: 'queued', breaker: 'breaker', retry: 'retrying' } as const)[status.for];
      if (status.for === 'retry') {
        note(`#${answer.number} retries: ${(status.error as Error).message}`);
      }
      return;
    case 'connecting':
      answer.phase = 'connecting';
      answer.attempt = status.attempt;
      answer.clear();
      return;
    case 'done':
      answer.phase = 'complete';
      return;
    case 'failed':
      answer.phase = 'lost';
      note(`#${answer.number} is lost: ${(status.error as Error).message}`);
  }
}
