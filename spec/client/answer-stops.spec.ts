import { config, Observable, of, Subject, take } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type Answer, type CallStatus, ResilientClient } from '../../src/index';
import { VirtualScheduler } from '../../src/testing';

const down = Object.assign(new Error('down'), { status: 503 });
const told = ({ phase, attempt, text, isPartial }: Answer) => `${phase} ${attempt} "${text}"${isPartial ? ' partial' : ''}`;

function rig(options: object = {}) {
  const scheduler = new VirtualScheduler();
  const client = new ResilientClient({ retryBackoff: { baseDelay: 10, jitter: 'none', ...options }, scheduler });
  return { scheduler, client };
}

/** Says `a`, then fails; the second attempt says `b` and is whole. */
function opening() {
  const opened: number[] = [];
  const open = (_signal: AbortSignal, { number }: { number: number }) => {
    opened.push(number);
    return number === 1 ? new Observable<string>((s) => { s.next('a'); s.error(down); }) : of('b');
  };
  return { opened, open };
}

describe('an answer that is stopped by who hears of its next attempt', () => {
  it('C4, U1: opens nothing after it was left at the answer that says that the second attempt connects', () => {
    const { scheduler, client } = rig();
    const { opened, open } = opening();
    const answers = client.answer(open, { afterValues: 'restart' });
    const seen: string[] = [];
    // waiting, connecting 1, streaming 1, waiting for the retry, connecting 2
    answers.pipe(take(5)).subscribe((answer) => seen.push(told(answer)));
    scheduler.flush();
    expect(seen.at(-1)).toBe('connecting 2 ""');
    expect(opened).toEqual([1]);
  });

  it('C4, U1: opens nothing after its signal was aborted at that answer', () => {
    const { scheduler, client } = rig();
    const { opened, open } = opening();
    const controller = new AbortController();
    const seen: string[] = [];
    client.answer(open, { afterValues: 'restart', signal: controller.signal }).subscribe((answer) => {
      seen.push(told(answer));
      if (answer.phase === 'connecting' && answer.attempt === 2) {
        controller.abort();
      }
    });
    scheduler.flush();
    expect(seen.at(-1)).toBe('cancelled 2 "" partial');
    expect(opened).toEqual([1]);
  });

  it.each(['abort', 'throw'])('U2: shows no text of the first attempt as that of the second (%s in onStatus)', (how) => {
    const { scheduler, client } = rig();
    const { open } = opening();
    const controller = new AbortController();
    let last: Answer | undefined;
    const onStatus = (status: CallStatus) => {
      if (status.phase === 'connecting' && status.attempt === 2) {
        if (how === 'throw') {
          throw new Error('mine');
        }
        controller.abort();
      }
    };
    client.answer(open, { afterValues: 'restart', signal: controller.signal, onStatus }).subscribe((answer) => { last = answer; });
    scheduler.flush();
    expect(last?.attempt === 2 && last.text === 'a').toBe(false);
  });
});

describe('an answer whose text is shown at a steady pace', () => {
  it.each(['unsubscribe', 'abort'])('C4: leaves no timer when what reads its text stops it (%s)', (how) => {
    const { scheduler, client } = rig();
    const words = new Subject<string>();
    const controller = new AbortController();
    const stop = () => (how === 'abort' ? controller.abort() : answering.unsubscribe());
    const text = (word: string) => {
      if (word === 'two') {
        stop();
      }
      return word;
    };
    const answering = client.answer(() => words, { smooth: true, text, signal: controller.signal }).subscribe();
    words.next('one');
    words.next('two');
    expect(scheduler.next).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('an answer that goes on with what a function of afterValues returns', () => {
  const goOn = () => {
    const { scheduler, client } = rig({ afterValues: () => of('b', 'c') });
    const statuses: string[] = [];
    const seen: string[] = [];
    const onStatus = (status: CallStatus) => statuses.push(`${status.phase} ${'attempt' in status ? status.attempt : ''}`);
    client.answer(() => new Observable<string>((s) => { s.next('a'); s.error(down); }), { onStatus }).subscribe((answer) => seen.push(told(answer)));
    scheduler.flush();
    return { statuses, seen };
  };

  it('S7: onStatus hears once that it connects', () => {
    expect(goOn().statuses).toEqual(['connecting 1', 'streaming 1', 'waiting 1', 'connecting 2', 'streaming 2', 'done ']);
  });

  it('U1: says that it connects, also where its values come at once', () => {
    expect(goOn().seen).toContain('connecting 2 "a" partial');
  });
});

describe('an answer whose source throws when it is torn down', () => {
  it('U1: says its last word nevertheless when its signal is aborted', () => {
    const { scheduler, client } = rig();
    const controller = new AbortController();
    const seen: string[] = [];
    const open = () => new Observable<string>((s) => { s.next('a'); return () => { throw new Error('teardown'); }; });
    config.onUnhandledError = () => undefined; // who aborts does not hear of it
    client.answer(open, { signal: controller.signal }).subscribe({ next: (answer) => seen.push(told(answer)), complete: () => seen.push('complete') });
    controller.abort();
    scheduler.flush();
    expect(seen.slice(-2)).toEqual(['cancelled 1 "a" partial', 'complete']);
  });
});
