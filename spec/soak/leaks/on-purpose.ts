import { Subject } from 'rxjs';
import { type Calls, type Kind, type Listened, made } from './kind';
import { answer, failure, wideLimiter } from './rig';

/** A leak that is made on purpose, and how it is to be found. */
interface Leak extends Kind {
  readonly foundBy: RegExp;
}

/** A check that does not find all of these finds nothing. Listened to is what each of them fills, if it can be. */
export const onPurpose: readonly Leak[] = [
  leak('a number that stays in a set', /bytes/, () => {
    const numbers = new Set<number>();
    return { each: () => numbers.add(numbers.size) };
  }),
  leak('a number that stays in an array', /bytes/, () => {
    const numbers: number[] = [];
    return { each: () => numbers.push(1) };
  }),
  leak('one timer that stays', /^1 timer/, () => ({ once: () => setTimeout(() => undefined, 60_000) })),
  leak('one listener that stays on a signal', /^1 listener/, () => {
    const { signal } = new AbortController();
    return { once: () => signal.addEventListener('abort', () => undefined), listened: signal };
  }),
  leak('one subscriber that stays with a subject', /^1 listener/, () => {
    const answers = new Subject<string>();
    return { once: () => answers.subscribe(), listened: answers };
  }),
  leak('one watcher that stays with a policy', /^1 listener/, () => {
    const limiter = wideLimiter();
    return { once: () => limiter.events$.subscribe(), listened: limiter };
  }),
  leak('one finalizer that stays with the parent', /^1 listener/, ({ parent }) => ({
    once: () => parent.add(() => undefined),
  })),
  leak('one call that ends in another way', /^calls did not end as meant/, (calls) => ({
    once: () => calls.subscribe(failure),
  })),
];

/** What leaks with the first call, or with each, and what can be listened to. */
interface Leaking {
  readonly once?: () => unknown;
  readonly each?: () => unknown;
  readonly listened?: Listened;
}

function leak(name: string, foundBy: RegExp, begin: (calls: Calls) => Leaking): Leak {
  const run = (calls: Calls) => {
    const { once, each, listened } = begin(calls);
    const call = made(calls, answer);
    let isFirst = true;
    return {
      call: () => {
        call();
        each?.();
        if (isFirst) {
          isFirst = false;
          once?.();
        }
      },
      listened: listened === undefined ? [] : [listened],
    };
  };
  return { name, ends: 'complete', foundBy, begin: run };
}
