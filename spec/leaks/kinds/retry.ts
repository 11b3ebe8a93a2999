import { asyncScheduler, defer, type SchedulerLike, Subject } from 'rxjs';
import { type RetryBackoffConfig, RetryBudget, retryBackoff } from '../../../src/index';
import { type Kind, left, leftInFlight, made } from '../kind';
import { answer, failure } from './rig';

/** Time stands still on it, so that the 10 s of a retry budget are one instant. */
const still: SchedulerLike = { now: () => 0, schedule: asyncScheduler.schedule.bind(asyncScheduler) };

const soon: RetryBackoffConfig<string> = { baseDelay: 1, jitter: 'none', maxRetries: 1 };
const late: RetryBackoffConfig<string> = { baseDelay: 60_000 };

/** Fails every other time. */
function flaky() {
  let isUp = true;
  return defer(() => {
    isUp = !isUp;
    return isUp ? answer : failure;
  });
}

export const retryKinds: readonly Kind[] = [
  {
    name: 'retryBackoff, completed',
    ends: 'complete',
    begin: (calls) => ({ call: made(calls, flaky().pipe(retryBackoff({ baseDelay: 0 }))) }),
  },
  {
    name: 'retryBackoff, failed in the end',
    ends: 'Error',
    begin: (calls) => ({ call: made(calls, failure.pipe(retryBackoff(soon))) }),
  },
  {
    name: 'retryBackoff, left while waiting',
    ends: 'unsubscribed',
    begin: (calls) => ({ call: left(calls, failure.pipe(retryBackoff(late))) }),
  },
  {
    name: 'retryBackoff, left in flight',
    ends: 'unsubscribed',
    begin: (calls) => {
      const answers = new Subject<string>();
      const source = answers.pipe(retryBackoff({ afterValues: () => answers, isContent: () => true }));
      return { call: leftInFlight(calls, source, answers), listened: [answers] };
    },
  },
  {
    name: 'retryBackoff, refused by a retry budget',
    ends: 'Error',
    begin: (calls) => {
      const retryBudget = new RetryBudget({ ratio: 0, minPerSecond: 0, scheduler: still });
      return { call: made(calls, failure.pipe(retryBackoff({ retryBudget }))), listened: [retryBudget] };
    },
  },
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
