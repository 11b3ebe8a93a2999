import { asyncScheduler, concat, EMPTY, firstValueFrom, lastValueFrom, map, NEVER, type Observable, of, Subject, skip, take, takeLast, tap, throwError, timer, VirtualTimeScheduler } from 'rxjs';
import type { RunHelpers } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import { type Answer, type CallStatus, initialAnswer, keyed, perMinute, ResilientClient, slidingWindow, TokenBudget } from '../../src/index';
import { run } from '../support/run';

/** What one looks at in most tests: `phase attempt "text"`, with ` partial` where it is. */
const told = ({ phase, attempt, text, isPartial }: Answer) => `${phase} ${attempt} "${text}"${isPartial ? ' partial' : ''}`;

/** Plays answers in virtual time: what was told, and in which ms. */
function play(answers: (helpers: RunHelpers) => Observable<Answer>, until = '5000ms !'): string[] {
  const all: string[] = [];
  run((helpers) => {
    const { flush, expectObservable } = helpers;
    const seen = answers(helpers).pipe(
      tap({
        next: (answer) => all.push(`${asyncScheduler.now()}: ${told(answer)}`),
        complete: () => all.push(`${asyncScheduler.now()}: complete`),
        error: (error) => all.push(`${asyncScheduler.now()}: error ${error}`),
      }),
    );
    expectObservable(seen, until);
    flush();
  });
  return all;
}

const down = Object.assign(new Error('down'), { status: 503 });
const retryBackoff = { baseDelay: 10, jitter: 'none' } as const;

describe('ResilientClient.answer', () => {
  it('U1: emits at once, at each change of phase, what came at the end, and completes', () => {
    const seen = play(({ cold }) => new ResilientClient({}).answer(() => cold('--a-b-|')));
    expect(seen).toEqual(['0: waiting 0 ""', '0: connecting 1 ""', '2: streaming 1 "a"', '6: done 1 "ab"', '6: complete']);
  });

  it.each([2, 3, 4])('S7: a consumer that has enough after %i answers is told to onStatus last, as cancelled', (enough) => {
    const phases: string[] = [];
    const onStatus = ({ phase }: CallStatus) => phases.push(phase);
    play(({ cold }) => new ResilientClient({}).answer(() => cold('a-b-|'), { onStatus, interval: 1 }).pipe(take(enough)));
    expect(phases).toEqual([...(enough === 2 ? [] : ['connecting', 'streaming']), 'cancelled']);
  });

  it('U1: emits initialAnswer first, which says that nothing has come', async () => {
    const first = await firstValueFrom(new ResilientClient({}).answer(() => NEVER));
    expect(first).toBe(initialAnswer);
    expect(first).toEqual({ phase: 'waiting', text: '', reasoning: '', attempt: 0, isPartial: false });
    expect(Object.isFrozen(initialAnswer)).toBe(true);
  });

  it('U1: emits at most once per interval while the phase stays the same', () => {
    const words = 'ab 29ms c 29ms d 29ms e 200ms f 9ms g 200ms |';
    const seen = play(({ cold }) => new ResilientClient({}).answer(() => cold(words), { interval: 50 }));
    expect(seen.slice(2)).toEqual([
      ...['0: streaming 1 "a"', '50: streaming 1 "abc"', '100: streaming 1 "abcde"', '292: streaming 1 "abcdef"'],
      ...['342: streaming 1 "abcdefg"', '503: done 1 "abcdefg"', '503: complete'],
    ]);
  });

  it('U1: has an interval of 50 ms if none is given', () => {
    const seen = play(({ cold }) => new ResilientClient({}).answer(() => cold('abc 100ms |')));
    expect(seen.slice(2)).toEqual(['0: streaming 1 "a"', '50: streaming 1 "abc"', '103: done 1 "abc"', '103: complete']);
  });

  it('U1: keeps no timer while nothing comes', () => {
    const scheduler = new VirtualTimeScheduler();
    const words = new Subject<string>();
    new ResilientClient({ scheduler }).answer(() => words).subscribe();
    words.next('a');
    words.next('b');
    expect(scheduler.actions).toHaveLength(1);
    scheduler.flush();
    expect(scheduler.frame).toBe(100);
    expect(scheduler.actions).toEqual([]);
  });

  it('U1: never errors: the error is in the last answer', () => {
    const all: Answer[] = [];
    const seen = play(({ cold }) => new ResilientClient({}).answer(() => cold('-a-#', undefined, down)).pipe(tap((answer) => all.push(answer))));
    expect(seen).toEqual(['0: waiting 0 ""', '0: connecting 1 ""', '1: streaming 1 "a"', '3: failed 1 "a" partial', '3: complete']);
    expect(all.at(-1)?.error).toBe(down);
    expect(all.slice(0, -1).every((answer) => !('error' in answer))).toBe(true);
  });

  it('U1: is not partial if it fails before anything came', async () => {
    const last = await lastValueFrom(new ResilientClient({}).answer(() => throwError(() => down)));
    expect(last).toEqual({ phase: 'failed', text: '', reasoning: '', attempt: 1, isPartial: false, error: down });
  });

  it('U1: is the whole answer by its last value, with what it reports', async () => {
    const chunks = [
      { choices: [{ index: 0, delta: { reasoning_content: 'Hm. ' } }] },
      { choices: [{ index: 0, delta: { reasoning_content: 'Ah!' } }] },
      { choices: [{ index: 0, delta: { content: 'Hello ' } }] },
      { choices: [{ index: 0, delta: { content: 'you' }, finish_reason: 'stop' }] },
      { choices: [], usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 } },
    ];
    const last = await lastValueFrom(new ResilientClient({}).answer(() => of(...chunks)));
    expect(last).toEqual({
      ...{ phase: 'done', text: 'Hello you', reasoning: 'Hm. Ah!', attempt: 1, isPartial: false },
      ...{ usage: { input: 3, output: 4, total: 7, final: true }, value: chunks.at(-1) },
    });
  });

  it('U1: completes after an answer without values', () => {
    expect(play(() => new ResilientClient({}).answer(() => EMPTY)).slice(2)).toEqual(['0: done 1 ""', '0: complete']);
  });

  it('U1: stops the request when it is unsubscribed, and says nothing more', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const words = cold('a-b-c-d|');
      const shown = new ResilientClient({}).answer(() => words, { interval: 1 }).pipe(skip(2), map(told));
      expectObservable(shown, '---!').toBe('s-b', { s: 'streaming 1 "a"', b: 'streaming 1 "ab"' });
      expectSubscriptions(words.subscriptions).toBe(['^--!']);
    });
  });

  it.each([[1, 0], [2, 0], [3, 1]])('U1: may be left after answer %i, in the middle of what is synchronous', async (count, opened) => {
    let opens = 0;
    const open = () => {
      opens += 1;
      return of('a', 'b', 'c');
    };
    const seen: string[] = [];
    new ResilientClient({}).answer(open).pipe(take(count)).subscribe((answer) => seen.push(told(answer)));
    expect(seen).toHaveLength(count);
    expect(opens).toBe(opened);
  });

  it('U1: says a last word when its signal is aborted, after the request was stopped', () => {
    run(({ cold, expectSubscriptions, flush }) => {
      const words = cold('a-b-c-d|');
      const controller = new AbortController();
      const seen: string[] = [];
      const answer = new ResilientClient({}).answer(() => words, { signal: controller.signal });
      answer.subscribe({ next: (each) => seen.push(told(each)), complete: () => seen.push('complete') });
      timer(3).subscribe(() => controller.abort());
      flush();
      expect(seen).toEqual(['waiting 0 ""', 'connecting 1 ""', 'streaming 1 "a"', 'cancelled 1 "ab" partial', 'complete']);
      expectSubscriptions(words.subscriptions).toBe(['^--!']);
    });
  });

  it('U1: makes no request if its signal was aborted before', async () => {
    let opens = 0;
    const open = () => {
      opens += 1;
      return of(opens);
    };
    const seen: string[] = [];
    new ResilientClient({}).answer(open, { signal: AbortSignal.abort() }).subscribe((each) => seen.push(told(each)));
    expect(seen).toEqual(['waiting 0 ""', 'cancelled 0 "" partial']);
    expect(opens).toBe(0);
  });

  it('U1: leaves no listener on the signal', () => {
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    signal.addEventListener = ((...args: Parameters<typeof add>) => { listeners += 1; add(...args); }) as typeof add;
    const remove = signal.removeEventListener.bind(signal);
    signal.removeEventListener = ((...args: Parameters<typeof remove>) => { listeners -= 1; remove(...args); }) as typeof remove;
    const client = new ResilientClient({});
    const calls = Array.from({ length: 20 }, () => client.answer(() => NEVER, { signal }).subscribe());
    client.answer(() => of('a'), { signal }).subscribe();
    expect(listeners).toBe(1);
    for (const call of calls) {
      call.unsubscribe();
    }
    expect(listeners).toBe(0);
  });

  it('U1: tells for what it waits, behind how many, and until when', () => {
    const seen: Answer[] = [];
    run(({ cold, expectObservable, flush }) => {
      const client = new ResilientClient({ rateLimit: { limits: slidingWindow({ limit: 1, window: 100 }) } });
      expectObservable(client.call(() => cold('a|')));
      expectObservable(client.answer(() => cold('b|')).pipe(tap((answer) => seen.push(answer))), '1000ms !');
      flush();
    });
    expect(seen.map(told)).toEqual(['waiting 0 ""', 'waiting 1 ""', 'connecting 1 ""', 'streaming 1 "b"', 'done 1 "b"']);
    expect(seen[1]).toStrictEqual({ phase: 'waiting', text: '', reasoning: '', attempt: 1, isPartial: false, waiting: { for: 'permit', ahead: 0, until: 100 } });
    expect(seen[2]).not.toHaveProperty('waiting');
  });

  it('U1: tells what made an attempt fail while it waits for the next one, and forgets it then', () => {
    const seen: Answer[] = [];
    play(({ cold }) => new ResilientClient({ retryBackoff }).answer((_, { number }) => (number === 1 ? cold('-#', undefined, down) : cold('a|'))).pipe(tap((answer) => seen.push(answer))));
    expect(seen.map(told)).toEqual(['waiting 0 ""', 'connecting 1 ""', 'waiting 1 ""', 'connecting 2 ""', 'streaming 2 "a"', 'done 2 "a"']);
    expect(seen[2]).toStrictEqual({ phase: 'waiting', text: '', reasoning: '', attempt: 1, isPartial: false, waiting: { for: 'retry', until: 11 }, error: down });
    expect(seen[3]).not.toHaveProperty('error');
  });

  it('U1: is a call of its own for each subscription', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const words = cold('a-b|');
      const last = new ResilientClient({}).answer(() => words).pipe(takeLast(1), map(({ text }) => text));
      expectObservable(last).toBe('       ---(t|)', { t: 'ab' });
      expectObservable(last, '--^').toBe('-----(t|)', { t: 'ab' });
      expectSubscriptions(words.subscriptions).toBe(['^--!', '--^--!']);
    });
  });

  it('U2: keeps the text while it waits for the next attempt, and has emptied it when that begins (restart)', () => {
    const seen = play(({ cold }) =>
      new ResilientClient({ retryBackoff }).answer((_, { number }) => (number === 1 ? cold('ab-#', undefined, down) : cold('-xyz|')), { afterValues: 'restart' }));
    expect(seen).toEqual([
      ...['0: waiting 0 ""', '0: connecting 1 ""', '0: streaming 1 "a"', '3: waiting 1 "ab" partial', '13: connecting 2 ""'],
      ...['14: streaming 2 "x"', '17: done 2 "xyz"', '17: complete'],
    ]);
  });

  it('U2: says that the next attempt connects, and has emptied the text, also where its words come at once (restart)', () => {
    const seen = play(() =>
      new ResilientClient({ retryBackoff }).answer((_, { number }) => (number === 1 ? concat(of('a'), throwError(() => down)) : of('x')), { afterValues: 'restart' }));
    expect(seen.slice(2)).toEqual(['0: streaming 1 "a"', '0: waiting 1 "a" partial', '10: connecting 2 ""', '10: streaming 2 "x"', '10: done 2 "x"', '10: complete']);
  });

  it('U2: shows text of the attempt that it names, too, while the next one waits for its permit', () => {
    const seen = play(({ cold }) =>
      new ResilientClient({ retryBackoff, rateLimit: { limits: slidingWindow({ limit: 1, window: 40 }) } })
        .answer((_, { number }) => (number === 1 ? cold('a#', undefined, down) : cold('-x|')), { afterValues: 'restart' }));
    expect(seen.slice(2)).toEqual([
      ...['0: streaming 1 "a"', '1: waiting 1 "a" partial', '11: waiting 1 "a" partial', '40: connecting 2 ""'],
      ...['41: streaming 2 "x"', '42: done 2 "x"', '42: complete'],
    ]);
  });

  it('U2: keeps the text when an attempt goes on (continue)', () => {
    const seen = play(({ cold }) =>
      new ResilientClient({ retryBackoff }).answer((_, { delivered }) => (delivered.length === 0 ? cold('ab-#', undefined, down) : cold('-xy|')), { afterValues: 'continue' }));
    expect(seen.slice(3)).toEqual([
      ...['3: waiting 1 "ab" partial', '13: connecting 2 "ab" partial', '14: streaming 2 "abx"', '16: done 2 "abxy"', '16: complete'],
    ]);
  });

  it('U2: keeps the text when a function of afterValues goes on, which opens nothing', () => {
    const seen = play(({ cold }) => {
      const client = new ResilientClient({ retryBackoff: { ...retryBackoff, afterValues: () => cold('--z|') } });
      return client.answer(() => cold('ab-#', undefined, down));
    });
    expect(seen.slice(3)).toEqual(['3: waiting 1 "ab" partial', '13: connecting 2 "ab" partial', '15: streaming 2 "abz"', '16: done 2 "abz"', '16: complete']);
  });

  it('U2: empties thoughts, value and usage as well when an attempt starts over', () => {
    const seen: Answer[] = [];
    const first = { choices: [{ index: 0, delta: { content: 'a', reasoning_content: 'Hm' } }], usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } };
    play(({ cold }) =>
      new ResilientClient({ retryBackoff }).answer((_, { number }): Observable<object> => (number === 1 ? cold('v#', { v: first }, down) : cold<object>('-|')), { afterValues: 'restart', failure: false })
        .pipe(tap((answer) => seen.push(answer))));
    expect(seen[2]).toMatchObject({ reasoning: 'Hm', value: first, usage: { total: 2 } });
    expect(seen.at(-1)).toEqual({ phase: 'done', text: '', reasoning: '', attempt: 2, isPartial: false });
  });

  it('U2: shows no text before validate has accepted it', () => {
    let count = 0;
    const validate = () => {
      count += 1;
      if (count === 1) {
        throw new Error('no');
      }
    };
    const seen = play(({ cold }) => new ResilientClient({ retryBackoff: {} }).answer((_, { number }) => cold(number === 1 ? 'ab|' : 'cd|'), { validate }));
    expect(seen).toEqual(['0: waiting 0 ""', '0: connecting 1 ""', '2: connecting 2 ""', '4: streaming 2 "c"', '4: done 2 "cd"', '4: complete']);
  });

  it('smooth: shows the text at a steady pace, and all that waits when the answer ends', () => {
    const seen = play(({ cold }) =>
      new ResilientClient({}).answer(() => cold('a 99ms |', { a: 'One two three four' }), { smooth: true, interval: 10 }));
    expect(seen.slice(2)).toEqual([
      ...['0: streaming 1 "One"', '20: streaming 1 "One two"', '40: streaming 1 "One two three"'],
      ...['100: done 1 "One two three four"', '100: complete'],
    ]);
  });

  it('smooth: says once what comes after a pause', () => {
    const seen = play(({ cold }) => new ResilientClient({}).answer(() => cold('100ms a 99ms |', { a: 'One two three' }), { smooth: true, interval: 10 }));
    expect(seen.slice(2)).toEqual(['100: streaming 1 "One"', '120: streaming 1 "One two"', '200: done 1 "One two three"', '200: complete']);
  });

  it('smooth: shows all that waits when the answer fails, and nothing of it in the next attempt', () => {
    const words = { a: 'One two three four', b: 'Five' };
    const failed = play(({ cold }) => new ResilientClient({}).answer(() => cold('a-#', words, down), { smooth: { by: 'word', interval: 30 } }));
    expect(failed.slice(2)).toEqual(['0: streaming 1 "One"', '2: failed 1 "One two three four" partial', '2: complete']);
    const again = play(({ cold }) =>
      new ResilientClient({ retryBackoff }).answer((_, { number }) => cold(number === 1 ? 'a-#' : '- b 200ms |', words, down), { smooth: true, interval: 1, afterValues: 'restart' }));
    expect(again.slice(2, 6)).toEqual(['0: streaming 1 "One"', '2: waiting 1 "One" partial', '12: connecting 2 ""', '13: streaming 2 ""']);
    expect(again.at(-2)).toBe('214: done 2 "Five"');
    expect(again.slice(4).some((line) => line.includes('One') || line.includes('two'))).toBe(false);
  });

  it('smooth: stops with the call when it is left', () => {
    const scheduler = new VirtualTimeScheduler();
    const words = new Subject<string>();
    const seen: string[] = [];
    const call = new ResilientClient({ scheduler }).answer(() => words, { smooth: true }).subscribe((answer) => seen.push(told(answer)));
    words.next('One two three four');
    call.unsubscribe();
    scheduler.flush();
    expect(seen.at(-1)).toBe('streaming 1 "One"');
    expect(words.observed).toBe(false);
  });

  it('text, reasoning, usage: reads values as it is told', async () => {
    const answer = new ResilientClient({}).answer(() => of({ say: 'a', think: 'x', cost: 2 }, { say: 'b', think: 'y', cost: 5 }), {
      text: ({ say }) => say.toUpperCase(),
      reasoning: ({ think }) => think,
      usage: ({ cost }) => cost,
    });
    expect(await lastValueFrom(answer)).toMatchObject({ text: 'AB', reasoning: 'xy', usage: { total: 5, final: false } });
    const none = new ResilientClient({}).answer(() => of('a'), { usage: () => undefined });
    expect(await lastValueFrom(none)).not.toHaveProperty('usage');
    const once = new ResilientClient({}).answer(() => of(3, 0), { usage: (output) => (output === 0 ? (null as never) : { output, final: false }) });
    expect(await lastValueFrom(once)).toMatchObject({ usage: { output: 3 } });
  });

  it('text: what it throws fails the answer, and stops the request', () => {
    run(({ cold, expectSubscriptions, flush, expectObservable }) => {
      const words = cold('a-b-|');
      const thrown = new Error('cannot read');
      const seen: Answer[] = [];
      const text = () => {
        throw thrown;
      };
      expectObservable(new ResilientClient({}).answer(() => words, { text }).pipe(tap((answer) => seen.push(answer)), map(({ phase }) => phase[0]))).toBe('(wcf|)');
      flush();
      expect(seen.at(-1)).toMatchObject({ phase: 'failed', error: thrown, text: '' });
      expectSubscriptions(words.subscriptions).toBe(['(^!)']);
    });
  });

  it('text: must return a string', async () => {
    const answer = new ResilientClient({}).answer(() => of('a'), { text: (() => 1) as never });
    expect(await lastValueFrom(answer)).toMatchObject({ error: new TypeError('answer: text must return a string, got 1') });
  });

  it('onStatus: is told as well, of the call or of the defaults', async () => {
    const phases: string[] = [];
    const onStatus = ({ phase }: CallStatus) => phases.push(phase);
    await lastValueFrom(new ResilientClient({}).answer(() => of('a'), { onStatus }));
    await lastValueFrom(new ResilientClient({ defaults: { onStatus } }).answer(() => of('a')));
    expect(phases).toEqual(['connecting', 'streaming', 'done', 'connecting', 'streaming', 'done']);
  });

  it('onStatus: what it throws fails the answer', async () => {
    const thrown = new Error('mine');
    const onStatus = ({ phase }: CallStatus) => {
      if (phase === 'streaming') {
        throw thrown;
      }
    };
    expect(await lastValueFrom(new ResilientClient({}).answer(() => of('a'), { onStatus }))).toMatchObject({ phase: 'failed', error: thrown });
  });

  it('has the error of a call that could not begin', async () => {
    const client = new ResilientClient({ tokenBudget: keyed(() => new TokenBudget({ limits: perMinute(10) }), { maxKeys: 1 }) });
    const busy = client.call(() => NEVER, { key: 'ada', tokens: 1 }).subscribe();
    const last = await lastValueFrom(client.answer(() => of('a'), { key: 'bob', tokens: 1 }));
    expect(last).toMatchObject({ phase: 'failed', error: { name: 'KeyLimitError' } });
    busy.unsubscribe();
  });

  it('throws at once for options that are wrong, and names them', () => {
    const client = new ResilientClient({});
    const answer = (options: object) => () => client.answer(() => of('a'), options);
    expect(answer({ interval: 0 })).toThrow('ResilientClient.answer: interval must be a finite number above 0, got 0');
    expect(answer({ text: 1 })).toThrow('ResilientClient.answer: text must be a function, got 1');
    expect(answer({ reasoning: 1 })).toThrow('ResilientClient.answer: reasoning must be a function, got 1');
    expect(answer({ smooth: 'yes' })).toThrow('ResilientClient.answer: smooth must be a boolean, got "yes"');
    expect(answer({ smooth: { by: 'page' } })).toThrow('smoothText: by must be one of');
    expect(answer({ signal: {} })).toThrow('ResilientClient.answer: signal must be an AbortSignal, got {}');
    expect(answer({ maxWait: -1 })).toThrow('maxWait');
    expect(answer({ nonsense: 1 })).toThrow('nonsense');
    expect(answer({ abortSignal: 1 })).toThrow(/known are tokens, .*, signal, interval, text, reasoning, smooth$/);
    expect(answer({ signl: 1 })).toThrow(/did you mean signal\?$/);
    expect(() => client.answer('open' as never)).toThrow('open must be a function');
  });

  it('hands on nothing after it was left from within a change of phase', () => {
    const words = new Subject<string>();
    const seen: string[] = [];
    const call = new ResilientClient({}).answer(() => words).subscribe((answer) => {
      seen.push(told(answer));
      if (answer.phase === 'streaming') {
        call.unsubscribe();
      }
    });
    words.next('a');
    words.next('b');
    expect(words.observed).toBe(false);
    expect(seen.at(-1)).toBe('streaming 1 "a"');
  });

  it('keeps no timer when it is left by what reads its text', () => {
    const scheduler = new VirtualTimeScheduler();
    const words = new Subject<string>();
    const call = new ResilientClient({ scheduler }).answer(() => words, { text: (word) => { call.unsubscribe(); return word; } }).subscribe();
    scheduler.flush();
    words.next('a');
    expect(scheduler.actions).toEqual([]);
    expect(words.observed).toBe(false);
  });

  it('smooth: is not begun by what has no text', async () => {
    expect(await lastValueFrom(new ResilientClient({}).answer(() => of('', 'a'), { smooth: true }))).toMatchObject({ text: 'a' });
  });
});
