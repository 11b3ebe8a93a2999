import { concat, finalize, lastValueFrom, NEVER, Observable, of, Subject } from 'rxjs';
import { describe, expect, expectTypeOf, it, vi } from 'vitest';
import { type Answer, type AnswerOptions, type Attempt, type CallStatus, initialAnswer, ResilientClient, ResilientRouter } from '../../src/index';
import { down, failing, rig, saying } from './router-rig';

/** What is shown, at its time. */
function shown(routes: Parameters<typeof rig>[0], open: Parameters<ResilientRouter['answer']>[0], options: object = {}) {
  const made = rig(routes);
  const answers: [number, Partial<Answer>][] = [];
  const completed = vi.fn();
  const subscription = made.router.answer(open, options).subscribe({ next: (answer) => answers.push([made.time.frame, answer]), complete: completed });
  return { ...made, answers, last: () => answers.at(-1)![1], completed, subscription };
}

const words = (...all: string[]) => new Observable<string>((subscriber) => { for (const word of all) { subscriber.next(word); } });

describe('answer', () => {
  it('U1: emits at once, then each change of phase, and what the end came to', () => {
    const source = new Subject<string>();
    const { answers, time, completed } = shown({ a: {} }, { a: () => source });
    source.next('one ');
    time.pass(10);
    source.next('two');
    time.pass(40);
    source.complete();
    expect(answers.map(([at, { phase, text }]) => [at, phase, text])).toEqual([[0, 'waiting', ''], [0, 'connecting', ''], [0, 'streaming', 'one '], [50, 'streaming', 'one two'], [50, 'done', 'one two']]);
    expect([answers[0]![1], completed.mock.calls.length]).toEqual([initialAnswer, 1]);
  });

  it('U1: never errors: the error of the last route is in it', () => {
    const { last, completed, way } = shown({ a: {}, b: {} }, () => () => failing());
    expect([last(), completed.mock.calls.length, way.length]).toMatchObject([{ phase: 'failed', error: down, attempt: 2, isPartial: false }, 1, 3]);
  });

  it('U1: that there is no route is told like every error', () => {
    const { last, time } = shown({ a: {} }, {});
    time.pass(0);
    expect(last()).toMatchObject({ phase: 'failed', error: expect.any(TypeError) });
  });

  it('U1: unsubscribing stops the call, and an aborted signal does with a last word', () => {
    const stopped = vi.fn();
    const open = { a: () => concat(words('half'), NEVER).pipe(finalize(stopped)) };
    shown({ a: {} }, open).subscription.unsubscribe();
    expect(stopped).toHaveBeenCalledOnce();
    const controller = new AbortController();
    const { last, completed } = shown({ a: {} }, { a: () => NEVER.pipe(finalize(stopped)) }, { signal: controller.signal });
    controller.abort();
    expect([last(), stopped.mock.calls.length, completed.mock.calls.length]).toMatchObject([{ phase: 'cancelled', isPartial: true }, 2, 1]);
  });

  it('U2: text is emptied when another route starts over, and kept when it goes on; attempts are counted on', () => {
    const open = { a: () => saying('x'), b: (_: AbortSignal, { delivered }: Attempt) => of(`b${delivered.length}`) };
    const over = shown({ a: {}, b: {} }, open, { afterValues: 'restart' });
    const on = shown({ a: {}, b: {} }, open, { afterValues: 'continue' });
    const failed = shown({ a: {}, b: {} }, open);
    expect([over, on, failed].map(({ last }) => last())).toMatchObject([
      { phase: 'done', text: 'b0', attempt: 2, isPartial: false },
      { phase: 'done', text: 'xb1', attempt: 2, isPartial: false },
      { phase: 'failed', text: 'x', attempt: 1, isPartial: true, error: down },
    ]);
    const texts = over.answers.map(([, { text }]) => text);
    expect(texts.lastIndexOf('x')).toBeLessThan(texts.indexOf('b0'));
  });

  it('U1: tells what is waited for, and moves to another route without a word of it', () => {
    const limited = { rateLimit: { maxConcurrent: 1 } };
    const { router, time, call, answers } = shown({ a: limited, b: limited }, { b: () => NEVER });
    const first = new Subject();
    call({ a: () => first });
    const seen: Answer<unknown>[] = [];
    router.answer((route: string) => () => of(route)).subscribe((answer) => seen.push(answer));
    time.pass(10);
    first.complete();
    time.pass(0);
    expect(answers.length).toBe(2);
    expect(seen).toMatchObject([{ phase: 'waiting', attempt: 0 }, { phase: 'waiting', attempt: 1, waiting: { for: 'permit' } }, { phase: 'connecting', attempt: 1 }, { phase: 'streaming', text: 'a' }, { phase: 'done', text: 'a' }]);
  });

  it('options may be a function of the route: usage is read as that route says, and its own listener hears as well', () => {
    const phases: string[] = [];
    const onStatus = ({ phase }: CallStatus) => phases.push(phase);
    const { last } = shown({ a: {}, b: {} }, { a: () => failing(), b: () => of('b') }, (route: string) => ({ usage: () => (route === 'a' ? 1 : 2), onStatus }));
    expect([last(), phases]).toMatchObject([{ text: 'b', usage: { total: 2 } }, ['connecting', 'connecting', 'streaming', 'done']]);
  });

  it('usage is read as the defaults of the route’s client say, unless the call says otherwise', () => {
    const routes = { a: { defaults: { usage: () => 3 } } };
    const open = { a: () => of('a') };
    expect(shown(routes, open).last()).toMatchObject({ usage: { total: 3 } });
    expect(shown(routes, open, { usage: () => 4 }).last()).toMatchObject({ usage: { total: 4 } });
  });

  it('route pins it, interval, text, reasoning and smooth say how it is shown', async () => {
    const { last, way } = shown({ a: {}, b: {} }, (route: string) => () => of(route), { route: 'b', interval: 5, text: (value: string) => `<${value}>`, reasoning: () => '!' });
    expect([last(), way]).toMatchObject([{ text: '<b>', reasoning: '!', value: 'b' }, ['b']]);
    const client = new ResilientClient({});
    const smooth = new ResilientRouter({ routes: { a: { client } } }).answer({ a: () => of('one two') }, { smooth: { interval: 1 } });
    expect(await lastValueFrom(smooth)).toMatchObject({ phase: 'done', text: 'one two' });
  });

  it('C2: says at once what is wrong', () => {
    const { router } = rig({ a: {} });
    expect(() => router.answer({ a: () => of('a') }, { interval: 0 })).toThrow('ResilientRouter.answer: interval must be a finite number above 0, got 0');
    expect(() => router.answer(3 as never)).toThrow('ResilientRouter.call: open must be an object of functions by route');
    expect(() => router.answer({}, { route: 3 as never })).toThrow('ResilientRouter.call: route must be a string, got 3');
  });

  it('infers what is answered', () => {
    const client = new ResilientClient({});
    const router = new ResilientRouter({ routes: { a: { client }, b: { client } } });
    expectTypeOf(router.answer({ a: () => of('a'), b: async () => 3 }, { text: (value) => value.toString() })).toEqualTypeOf<Observable<Answer<string | number>>>();
    expectTypeOf(router.answer((route) => () => of(route), (route) => ({ maxWait: route === 'a' ? 1 : 2 }))).toEqualTypeOf<Observable<Answer<'a' | 'b'>>>();
    expectTypeOf<AnswerOptions<string>>().toHaveProperty('signal');
    // @ts-expect-error: there is no such option
    expect(() => router.answer({ a: () => of('a') }, { intervall: 5 }).subscribe()).not.toThrow();
  });
});
