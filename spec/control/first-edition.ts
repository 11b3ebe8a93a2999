import { concat, defer, ignoreElements, type Observable, retry, timer } from 'rxjs';
import { retryAfterOf } from '../../src/index';
import type { Rule } from './crowd';

/**
 * What the first edition did, as a model: a 429 that says for how long pauses all callers, and when the pause ends they
 * all leave in the same ms. One that does not say it is a matter of the retry alone: three, after 1, 2 and 4 s, less up
 * to a half.
 */
export const firstEdition: Rule = {
  name: 'first edition',
  create: ({ scheduler, random }) => {
    let pausedUntil = 0;
    const pause = () => timer(pausedUntil - scheduler.now(), scheduler).pipe(ignoreElements());
    const delayOf = (error: unknown, attempt: number) => {
      const hint = retryAfterOf(error, scheduler.now()) ?? 0;
      pausedUntil = Math.max(pausedUntil, scheduler.now() + Math.min(60_000, hint));
      return timer(Math.max(hint, 500 * 2 ** (attempt - 1) * (1 + random())), scheduler);
    };
    return (open) => {
      const sent: Observable<unknown> = defer(() => (pausedUntil > scheduler.now() ? concat(pause(), sent) : open()));
      return sent.pipe(retry({ count: 3, delay: delayOf }));
    };
  },
};
