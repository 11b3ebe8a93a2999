import { Subject } from 'rxjs';
import { coalesceTime, fromStream } from '../../../src/index';
import { type Kind, left, leftInFlight, made } from '../kind';
import { answer, failure } from './rig';

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

export const streamKinds: readonly Kind[] = [
  {
    name: 'fromStream, completed',
    ends: 'complete',
    begin: (calls) => ({
      call: made(
        calls,
        fromStream(async () => tokens()),
      ),
    }),
  },
  {
    name: 'fromStream, completed with one value',
    ends: 'complete',
    begin: (calls) => ({
      call: made(
        calls,
        fromStream(async () => ({ text: 'an answer' })),
      ),
    }),
  },
  {
    name: 'fromStream, completed ReadableStream',
    ends: 'complete',
    begin: (calls) => ({ call: made(calls, fromStream(readable)) }),
  },
  {
    name: 'fromStream, failed',
    ends: 'Error',
    begin: (calls) => ({ call: made(calls, fromStream(broken)) }),
  },
  {
    name: 'fromStream, left while it opens',
    ends: 'unsubscribed',
    begin: (calls) => ({
      call: left(
        calls,
        fromStream(async (signal) => stalled(signal)),
      ),
    }),
  },
  {
    name: 'fromStream, left in flight',
    ends: 'unsubscribed',
    begin: (calls) => ({ call: left(calls, fromStream(stalled)) }),
  },
  {
    name: 'fromStream, left an Observable',
    ends: 'unsubscribed',
    begin: (calls) => {
      const answers = new Subject<string>();
      return {
        call: leftInFlight(
          calls,
          fromStream(() => answers),
          answers,
        ),
        listened: [answers],
      };
    },
  },
  {
    name: 'coalesceTime, completed',
    ends: 'complete',
    begin: (calls) => ({ call: made(calls, answer.pipe(coalesceTime(60_000))) }),
  },
  {
    name: 'coalesceTime, failed',
    ends: 'Error',
    begin: (calls) => ({ call: made(calls, failure.pipe(coalesceTime(60_000))) }),
  },
  {
    name: 'coalesceTime, left in flight',
    ends: 'unsubscribed',
    begin: (calls) => {
      const answers = new Subject<string>();
      return { call: leftInFlight(calls, answers.pipe(coalesceTime(60_000)), answers), listened: [answers] };
    },
  },
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
