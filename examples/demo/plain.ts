import { catchError, defer, EMPTY, from, mergeMap, retry, tap, timeout, timer } from 'rxjs';
import type { Answer } from './answer';
import { requestFor, settings } from './calls';
import type { Way } from './run';

const { concurrency, retries, baseDelay, maxDelay } = settings;

/** What one writes today: the operators of RxJS around the stream of the SDK. */
export const plain: Way = ({ openai, model, patience, answers, note }) => {
  const ask = (answer: Answer) =>
    defer(() => {
      answer.attempt += 1;
      answer.phase = 'connecting';
      return openai.chat.completions.create(requestFor(answer.prompt, model));
    }).pipe(
      mergeMap((stream) => from(stream)),
      timeout({ each: patience }),
      tap({ next: (chunk) => answer.add(chunk) }),
      retry({
        count: retries,
        delay: (error: Error, attempt) => {
          answer.phase = 'retrying';
          note(`#${answer.number} retries: ${error.message}`);
          return timer(Math.min(maxDelay, baseDelay * 2 ** (attempt - 1)));
        },
      }),
      tap({ complete: () => (answer.phase = 'complete') }),
      catchError((error: Error) => {
        answer.phase = 'lost';
        note(`#${answer.number} is lost: ${error.message}`);
        return EMPTY;
      }),
    );
  return from(answers).pipe(mergeMap(ask, concurrency));
};
