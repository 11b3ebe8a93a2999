import { Subject } from 'rxjs';
import { type Calls, type Kind, made } from './kind';
import { answer, failure, wideLimiter } from './kinds/rig';

/** Leaks that are made on purpose, by what they are found by: a check that finds none of them finds nothing. */
export const onPurpose: readonly (Kind & { readonly foundBy: RegExp })[] = [
  {
    name: 'a number that stays in a set',
    ends: 'complete',
    foundBy: /bytes/,
    begin: (calls) => {
      const numbers = new Set<number>();
      return { call: andThen(calls, () => numbers.add(numbers.size)), listened: [] };
    },
  },
  {
    name: 'a number that stays in an array',
    ends: 'complete',
    foundBy: /bytes/,
    begin: (calls) => {
      const numbers: number[] = [];
      return { call: andThen(calls, () => numbers.push(1)) };
    },
  },
  {
    name: 'one timer that stays',
    ends: 'complete',
    foundBy: /^1 timer/,
    begin: (calls) => ({
      call: andThen(
        calls,
        once(() => setTimeout(() => undefined, 60_000)),
      ),
    }),
  },
  {
    name: 'one listener that stays on a signal',
    ends: 'complete',
    foundBy: /^1 listener/,
    begin: (calls) => {
      const { signal } = new AbortController();
      return {
        call: andThen(
          calls,
          once(() => signal.addEventListener('abort', () => undefined)),
        ),
        listened: [signal],
      };
    },
  },
  {
    name: 'one subscriber that stays with a subject',
    ends: 'complete',
    foundBy: /^1 listener/,
    begin: (calls) => {
      const answers = new Subject<string>();
      return {
        call: andThen(
          calls,
          once(() => answers.subscribe()),
        ),
        listened: [answers],
      };
    },
  },
  {
    name: 'one watcher that stays with a policy',
    ends: 'complete',
    foundBy: /^1 listener/,
    begin: (calls) => {
      const limiter = wideLimiter();
      return {
        call: andThen(
          calls,
          once(() => limiter.events$.subscribe()),
        ),
        listened: [limiter],
      };
    },
  },
  {
    name: 'one finalizer that stays with the parent',
    ends: 'complete',
    foundBy: /^1 listener/,
    begin: (calls) => ({
      call: andThen(
        calls,
        once(() => calls.parent.add(() => undefined)),
      ),
    }),
  },
  {
    name: 'one call that ends in another way',
    ends: 'complete',
    foundBy: /^calls did not end as meant/,
    begin: (calls) => ({
      call: andThen(
        calls,
        once(() => calls.subscribe(failure)),
      ),
    }),
  },
];

function andThen(calls: Calls, leak: () => unknown): () => void {
  const call = made(calls, answer);
  return () => {
    call();
    leak();
  };
}

function once(leak: () => unknown): () => void {
  let isDone = false;
  return () => {
    if (!isDone) {
      isDone = true;
      leak();
    }
  };
}
