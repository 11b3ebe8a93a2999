import { asyncScheduler, defer, type Observable, type SchedulerLike, Subject } from 'rxjs';
import {
  CircuitBreaker,
  circuitBreak,
  coalesceTime,
  failureRate,
  fromStream,
  RateLimiter,
  type RetryBackoffConfig,
  RetryBudget,
  rateLimit,
  rateLimitEach,
  retryBackoff,
  slidingWindow,
  slowCallRate,
  tokenBudget,
} from '../../../src/index';
import { clientKinds } from './client-kinds';
import { type Kind, kindOf, left, leftInFlight, leftTogether, made } from './kind';
import { longLivedKinds } from './long-lived-kinds';
import {
  answer,
  closedBreaker,
  failure,
  halfOpenBreaker,
  openBreaker,
  takenLimiter,
  usedUpBudget,
  usedUpLimiter,
  wideBudget,
  wideLimiter,
} from './rig';

/** For calls that no policy guards. */
const nothing = () => ({});
const refusing = () => usedUpLimiter(0);
const someIn2ms = () => new RateLimiter({ limits: slidingWindow({ limit: 500, window: 2 }) });

const limiterKinds: readonly Kind[] = [
  kindOf('rateLimit, completed', 'complete', made, wideLimiter, (limiter) => answer.pipe(rateLimit(limiter))),
  kindOf('rateLimit, completed after waiting', 'complete', made, someIn2ms, (limiter) => answer.pipe(rateLimit(limiter, { maxWait: 60_000 }))),
  kindOf('rateLimit, failed', 'Error', made, wideLimiter, (limiter) => failure.pipe(rateLimit(limiter))),
  kindOf('rateLimit, left while waiting', 'unsubscribed', left, usedUpLimiter, (limiter) => answer.pipe(rateLimit(limiter))),
  kindOf('rateLimit, left a long line', 'unsubscribed', leftTogether, takenLimiter, (limiter) => answer.pipe(rateLimit(limiter, { maxWait: 60_000 }))),
  kindOf('rateLimit, left in flight', 'unsubscribed', leftInFlight, wideLimiter, (limiter, answers) => answers.pipe(rateLimit(limiter))),
  kindOf('rateLimit, refused by a full line', 'PermitRefusedError', made, refusing, (limiter) => answer.pipe(rateLimit(limiter))),
  kindOf('rateLimit, refused after maxWait', 'PermitRefusedError', made, takenLimiter, (limiter) => answer.pipe(rateLimit(limiter, { maxWait: 2 }))),
  kindOf('rateLimitEach, completed', 'complete', made, wideLimiter, (limiter) => answer.pipe(rateLimitEach(limiter))),
  kindOf('rateLimitEach, left while waiting', 'unsubscribed', left, usedUpLimiter, (limiter) => answer.pipe(rateLimitEach(limiter))),
  {
    name: 'rateLimitEach, values of one stream',
    ends: 'value',
    begin: (calls) => {
      const limiter = someIn2ms();
      const values = new Subject<string>();
      calls.parent.add(values.pipe(rateLimitEach(limiter)).subscribe(() => calls.ended('value')));
      return { call: () => values.next('a'), listened: [limiter, values] };
    },
  },
];

const counting = () => new CircuitBreaker({ trip: failureRate({ threshold: 1, minimumCalls: 1e9, window: 10 }) });
const timing = () =>
  new CircuitBreaker({ trip: slowCallRate({ slowerThan: 60_000, threshold: 1, minimumCalls: 100, calls: 100 }) });
const waiting = (maxWait: number) => ({ whenOpen: 'wait', maxWait }) as const;

const circuitKinds: readonly Kind[] = [
  kindOf('circuitBreak, completed', 'complete', made, closedBreaker, (breaker) => answer.pipe(circuitBreak(breaker))),
  kindOf('circuitBreak, failed', 'Error', made, counting, (breaker) => failure.pipe(circuitBreak(breaker))),
  kindOf('circuitBreak, left in flight', 'unsubscribed', leftInFlight, closedBreaker, (breaker, answers) => answers.pipe(circuitBreak(breaker))),
  kindOf('circuitBreak, left before it is slow', 'unsubscribed', leftTogether, timing, (breaker, answers) => answers.pipe(circuitBreak(breaker))),
  kindOf('circuitBreak, left as a probe', 'unsubscribed', left, halfOpenBreaker, (breaker, answers) => answers.pipe(circuitBreak(breaker))),
  kindOf('circuitBreak, left while waiting', 'unsubscribed', leftTogether, openBreaker, (breaker) => answer.pipe(circuitBreak(breaker, waiting(60_000)))),
  kindOf('circuitBreak, refused', 'CircuitOpenError', made, openBreaker, (breaker) => answer.pipe(circuitBreak(breaker))),
  kindOf('circuitBreak, refused after maxWait', 'CircuitOpenError', made, openBreaker, (breaker) => answer.pipe(circuitBreak(breaker, waiting(2)))),
];

const parted = { input: 5, output: 5 };

const budgetKinds: readonly Kind[] = [
  kindOf('tokenBudget, completed', 'complete', made, wideBudget, (budget) => answer.pipe(tokenBudget(budget, { estimate: 10 }))),
  kindOf('tokenBudget, failed', 'Error', made, wideBudget, (budget) => failure.pipe(tokenBudget(budget, { estimate: 10 }))),
  kindOf('tokenBudget, left before a value', 'unsubscribed', left, wideBudget, (budget, answers) => answers.pipe(tokenBudget(budget, { estimate: parted }))),
  kindOf('tokenBudget, left in flight', 'unsubscribed', leftInFlight, wideBudget, (budget, answers) => answers.pipe(tokenBudget(budget, { estimate: 10, overrun: 'error' }))),
  kindOf('tokenBudget, refused', 'TokenBudgetExceededError', made, usedUpBudget, (budget) => answer.pipe(tokenBudget(budget, { estimate: 10 }))),
];

/** Time stands still on it, so that the 10 s of a retry budget are one instant. */
const still: SchedulerLike = { now: () => 0, schedule: asyncScheduler.schedule.bind(asyncScheduler) };
const noRetries = () => new RetryBudget({ ratio: 0, minPerSecond: 0, scheduler: still });
const soon: RetryBackoffConfig<string> = { baseDelay: 1, jitter: 'none', maxRetries: 1 };
const late: RetryBackoffConfig<string> = { baseDelay: 60_000 };
const goingOn = (answers: Observable<string>) => ({ afterValues: () => answers, isContent: () => true });

/** Fails every other time. */
function flaky() {
  let isUp = true;
  return defer(() => {
    isUp = !isUp;
    return isUp ? answer : failure;
  });
}

const retryKinds: readonly Kind[] = [
  kindOf('retryBackoff, completed', 'complete', made, nothing, () => flaky().pipe(retryBackoff({ baseDelay: 0 }))),
  kindOf('retryBackoff, failed in the end', 'Error', made, nothing, () => failure.pipe(retryBackoff(soon))),
  kindOf('retryBackoff, left while waiting', 'unsubscribed', left, nothing, () => failure.pipe(retryBackoff(late))),
  kindOf('retryBackoff, left in flight', 'unsubscribed', leftInFlight, nothing, (_, answers) => answers.pipe(retryBackoff(goingOn(answers)))),
  kindOf('retryBackoff, refused by a retry budget', 'Error', made, noRetries, (retryBudget) => failure.pipe(retryBackoff({ retryBudget }))),
  {
    name: 'retryBackoff, retries of one call',
    ends: 'retry',
    begin: (calls) => {
      const error = new Error('down');
      let attempt = new Subject<string>();
      const attempts = defer(() => {
        attempt = new Subject();
        return attempt;
      });
      const onRetry = () => calls.ended('retry');
      const always = retryBackoff<string>({ maxRetries: Number.POSITIVE_INFINITY, baseDelay: 0, onRetry });
      calls.parent.add(attempts.pipe(always).subscribe());
      return { call: () => attempt.error(error) };
    },
  },
];

async function* tokens() {
  yield 'an';
  yield 'answer';
}

async function* broken() {
  yield 'an';
  throw new Error('down');
}

/** Says nothing until its signal is aborted, like the body of a response. */
function stalled(signal: AbortSignal): AsyncIterable<string> {
  const next = () =>
    new Promise<IteratorResult<string>>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  return { [Symbol.asyncIterator]: () => ({ next }) };
}

function readable() {
  return new ReadableStream<string>({
    start: (controller) => {
      controller.enqueue('an');
      controller.close();
    },
  });
}

const streamKinds: readonly Kind[] = [
  kindOf('fromStream, completed', 'complete', made, nothing, () => fromStream(async () => tokens())),
  kindOf('fromStream, completed with one value', 'complete', made, nothing, () => fromStream(async () => ({ text: 'an answer' }))),
  kindOf('fromStream, completed ReadableStream', 'complete', made, nothing, () => fromStream(readable)),
  kindOf('fromStream, failed', 'Error', made, nothing, () => fromStream(broken)),
  kindOf('fromStream, left while it opens', 'unsubscribed', left, nothing, () => fromStream(async (signal) => stalled(signal))),
  kindOf('fromStream, left in flight', 'unsubscribed', left, nothing, () => fromStream(stalled)),
  kindOf('fromStream, left an Observable', 'unsubscribed', leftInFlight, nothing, (_, answers) => fromStream(() => answers)),
  kindOf('coalesceTime, completed', 'complete', made, nothing, () => answer.pipe(coalesceTime(60_000))),
  kindOf('coalesceTime, failed', 'Error', made, nothing, () => failure.pipe(coalesceTime(60_000))),
  kindOf('coalesceTime, left in flight', 'unsubscribed', leftInFlight, nothing, (_, answers) => answers.pipe(coalesceTime(60_000))),
  {
    name: 'coalesceTime, values of one stream',
    ends: 'value',
    begin: (calls) => {
      const values = new Subject<string>();
      const count = (some: string[]) => some.map(() => calls.ended('value'));
      calls.parent.add(values.pipe(coalesceTime(1)).subscribe(count));
      return { call: () => values.next('a'), listened: [values] };
    },
  },
];

/** All ways in which a call comes and goes. */
export const kinds: readonly Kind[] = [
  ...limiterKinds,
  ...circuitKinds,
  ...budgetKinds,
  ...retryKinds,
  ...streamKinds,
  ...clientKinds,
  ...longLivedKinds,
];
