import { NEVER, of, Subject, Subscriber } from 'rxjs';
import { describe, expect, expectTypeOf, it, vi } from 'vitest';
import { CircuitBreaker, classifyError, KeyLimitError, keyed, perHour, perMinute, RateLimiter, ResilientClient, slidingWindow, TokenBudget } from '../../src/index';
import { VirtualTime } from '../circuit/virtual-time';
import { run } from '../support/run';

const nobody = { error: () => undefined };

/** A policy that is idle as long as the test says so. */
class Fake {
  isIdle = true;
  readonly events$ = new Subject<{ type: string }>();

  constructor(readonly key: string) {}
}

describe('keyed', () => {
  it('S4: makes one policy for each key, once', () => {
    const factory = vi.fn((key: string) => new Fake(key));
    const policies = keyed(factory);
    const ada = policies.get('ada');
    expect(policies.get('ada')).toBe(ada);
    expect(policies.get('bob')).not.toBe(ada);
    expect(policies.size).toBe(2);
    expect(factory.mock.calls).toEqual([['ada'], ['bob']]);
    expect(ada.key).toBe('ada');
  });

  it('S4: takes any string as a key', () => {
    const policies = keyed((key) => new Fake(key));
    const names = ['', '__proto__', 'constructor', 'toString', 'hasOwnProperty', ' ', '\u0000', '🤖'];
    for (const name of names) {
      expect(policies.get(name).key).toBe(name);
    }
    expect(policies.size).toBe(names.length);
    expect(policies.delete('__proto__')).toBe(true);
    expect(policies.size).toBe(names.length - 1);
  });

  it('S4: deletes a key, idle or not, and says whether it was known', () => {
    const policies = keyed((key) => new Fake(key));
    const first = policies.get('ada');
    first.isIdle = false;
    expect(policies.delete('ada')).toBe(true);
    expect(policies.delete('ada')).toBe(false);
    expect(policies.size).toBe(0);
    expect(policies.get('ada')).not.toBe(first);
  });

  it('S4: forgets an idle key when it is full, and keeps those in use', () => {
    const policies = keyed((key) => new Fake(key), { maxKeys: 3 });
    const [a, b, c] = ['a', 'b', 'c'].map((key) => policies.get(key));
    a!.isIdle = false;
    c!.isIdle = false;
    policies.get('d').isIdle = false;
    expect(policies.size).toBe(3);
    expect(policies.get('a')).toBe(a);
    expect(policies.get('c')).toBe(c);
    expect(() => policies.get('b')).toThrow(KeyLimitError);
    expect(b!.isIdle).toBe(true);
  });

  it('S4: throws a KeyLimitError when no idle key is found, and knows all its keys still', () => {
    const policies = keyed((key) => Object.assign(new Fake(key), { isIdle: false }), { maxKeys: 2 });
    const known = [policies.get('a'), policies.get('b')];
    let error: unknown;
    try {
      policies.get('c');
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(KeyLimitError);
    expect(error).toMatchObject({ name: 'KeyLimitError', key: 'c', maxKeys: 2 });
    expect((error as Error).message).toContain('"c"');
    expect(classifyError(error)).toBe('refused');
    expect([policies.get('a'), policies.get('b')]).toEqual(known);
  });

  it('S4: never forgets a policy that does not say that it is idle', () => {
    const policies = keyed((key) => ({ key }), { maxKeys: 1 });
    policies.get('a');
    expect(() => policies.get('b')).toThrow(KeyLimitError);
  });

  it('S4: looks at a bounded number of keys per call, and at others the next time, once it has looked at all', () => {
    let looks = 0;
    const scheduler = new VirtualTime();
    const policies = keyed(
      (key) => ({
        scheduler,
        get isIdle() {
          looks += 1;
          return key === '150' && isDue;
        },
      }),
      { maxKeys: 200 },
    );
    let isDue = false;
    for (let key = 0; key < 200; key += 1) {
      policies.get(String(key));
    }
    expect(looks).toBe(0);
    expect(() => policies.get('new')).toThrow(KeyLimitError);
    expect(looks).toBe(64 + 200);
    isDue = true;
    const attempts: number[] = [];
    for (let attempt = 0; attempt < 2; attempt += 1) {
      looks = 0;
      try {
        policies.get('new');
      } catch {
        // it comes to the idle one by and by
      }
      attempts.push(looks);
    }
    expect(attempts).toEqual([64, 23]);
    expect(policies.size).toBe(200);
    expect(policies.delete('150')).toBe(false);
    expect(policies.delete('new')).toBe(true);
  });

  it('S4: refuses no key while one in ten is idle, wherever these stand', () => {
    const scheduler = new VirtualTime();
    let idle = (_place: number) => false;
    const policies = keyed((key) => ({ scheduler, get isIdle() { return idle(Number(key)); } }), { maxKeys: 1_000 });
    for (let key = 0; key < 1_000; key += 1) {
      policies.get(String(key));
    }
    expect(() => policies.get('1000')).toThrow('1000 keys are in use');
    scheduler.pass(1_000);
    idle = (key) => key >= 900 && key < 1_000;
    for (let key = 1_000; key < 1_100; key += 1) {
      policies.get(String(key)); // none throws, although no time passes
    }
    expect(() => policies.get('2000')).toThrow(KeyLimitError);
    expect([policies.size, policies.delete('899'), policies.delete('900')]).toEqual([1_000, true, false]);
  });

  it('S4: a policy that somebody has kept is the one of its key again, although it was forgotten', () => {
    const policies = keyed((key) => new Fake(key), { maxKeys: 1 });
    const ada = policies.get('ada');
    policies.get('bob');
    expect(policies.get('ada')).toBe(ada);
  });

  it('S4: a policy with which calls run is the one of its key again, although the key was deleted', () => {
    const budgets = keyed(() => new TokenBudget({ limits: perHour(10) }));
    const client = new ResilientClient({ tokenBudget: budgets });
    const running = client.call(() => NEVER, { key: 'ada', tokens: 10 }).subscribe();
    const ada = budgets.get('ada');
    expect([budgets.delete('ada'), budgets.get('ada') === ada]).toEqual([true, true]);
    running.unsubscribe();
    expect([budgets.delete('ada'), budgets.get('ada') === ada]).toEqual([true, false]);
  });

  it('S4: counts the keys for which a factory asks while it makes a policy', () => {
    const policies = keyed((key): Fake => {
      if (key !== 'all') {
        policies.get('all');
      }
      return Object.assign(new Fake(key), { isIdle: false });
    }, { maxKeys: 2 });
    policies.get('ada');
    expect(policies.size).toBe(2);
    expect(() => policies.get('bob')).toThrow(KeyLimitError);
    const small = keyed((key): Fake => (key === 'all' ? Object.assign(new Fake(key), { isIdle: false }) : small.get('all')), { maxKeys: 1 });
    expect(() => small.get('ada')).toThrow(KeyLimitError);
    const self = keyed((key): Fake => (depth++ === 0 ? self.get(key) : new Fake(key)));
    let depth = 0;
    expect(self.get('ada')).toBe(self.get('ada'));
  });

  it('S4: the error says that policies without isIdle are never forgotten', () => {
    const policies = keyed((key) => ({ key }), { maxKeys: 1 });
    policies.get('a');
    expect(() => policies.get('b')).toThrow('No room for the key "b": 1 keys are in use, and their policies, which have no isIdle, are never forgotten');
  });

  it('C2: checks what its keys are for', () => {
    for (const by of ['limiter', 'breaker', 'budget', '']) {
      expect(() => keyed(() => ({}), { by })).toThrow(RangeError);
    }
    expect(() => keyed(() => ({}), { by: 5 as never })).toThrow(new TypeError('keyed: by must be a string, got 5'));
    expect(keyed(() => ({}), { by: 'user' }).by).toBe('user');
  });

  it('S4: flooding with new keys never resets a budget', () => {
    run(({ time }) => {
      const budgets = keyed(() => new TokenBudget({ limits: perHour(100) }), { maxKeys: 10 });
      const ada = budgets.get('ada');
      ada.record(100);
      for (let key = 0; key < 1_000; key += 1) {
        budgets.get(String(key));
      }
      expect(budgets.get('ada')).toBe(ada);
      expect(budgets.get('ada').remaining).toBe(0);
      expect(time('|')).toBe(0);
    });
  });

  it('S4: keeps limiters and breakers that are in use', () => {
    const limiters = keyed(() => new RateLimiter({ limits: perMinute(5) }), { maxKeys: 1 });
    limiters.get('a').tryAcquire();
    expect(() => limiters.get('b')).toThrow(KeyLimitError);
    const breakers = keyed(() => new CircuitBreaker(), { maxKeys: 1 });
    breakers.get('a').admit().fail(new Error('down'));
    expect(() => breakers.get('b')).toThrow(KeyLimitError);
    breakers.get('a').reset();
    expect(breakers.get('b').isIdle).toBe(true);
  });

  it('S4: keeps 100_000 keys by default', () => {
    const policies = keyed(() => ({}));
    for (let key = 0; key < 100_000; key += 1) {
      policies.get(String(key));
    }
    expect(() => policies.get('one more')).toThrow('100000 keys are in use');
  });

  it('S4: tells the events of all policies with their key, and listens only while it is heard', () => {
    const policies = keyed((key) => new Fake(key));
    const ada = policies.get('ada');
    expect(ada.events$.observed).toBe(false);
    const events: unknown[] = [];
    const first = policies.events$.subscribe((event) => events.push(event));
    const second = policies.events$.subscribe();
    const bob = policies.get('bob');
    ada.events$.next({ type: 'granted' });
    bob.events$.next({ type: 'left' });
    expect(events).toEqual([
      { type: 'granted', key: 'ada' },
      { type: 'left', key: 'bob' },
    ]);
    second.unsubscribe();
    expect(ada.events$.observed).toBe(true);
    first.unsubscribe();
    expect([ada.events$.observed, bob.events$.observed]).toEqual([false, false]);
  });

  it('S4: does not listen to a key that was forgotten or deleted', () => {
    const policies = keyed((key) => new Fake(key), { maxKeys: 2 });
    const events: unknown[] = [];
    policies.events$.subscribe((event) => events.push(event));
    const [a, b] = [policies.get('a'), policies.get('b')];
    policies.get('c');
    policies.delete('b');
    expect([a.events$.observed, b.events$.observed]).toEqual([false, false]);
    const again = policies.get('b');
    again.events$.next({ type: 'x' });
    expect(events).toEqual([{ type: 'x', key: 'b' }]);
  });

  it('S4: has events of policies without any', () => {
    const policies = keyed((key) => ({ key }));
    const subscription = policies.events$.subscribe();
    policies.get('a');
    expect(policies.size).toBe(1);
    subscription.unsubscribe();
  });

  it('C2: refuses bad options, naming option and value', () => {
    expect(() => keyed({} as unknown as () => object)).toThrow('keyed: factory must be a function that makes a policy, got object');
    for (const maxKeys of [0, -1, 1.5, Number.NaN]) {
      expect(() => keyed(() => ({}), { maxKeys })).toThrow(RangeError);
      expect(() => keyed(() => ({}), { maxKeys })).toThrow(`maxKeys must be a whole number of at least 1, or Infinity, got ${maxKeys}`);
    }
    expect(() => keyed(() => ({}), { max: 5 } as object)).toThrow(/unknown option max: 5/);
    expect(keyed(() => ({}), { maxKeys: Number.POSITIVE_INFINITY }).size).toBe(0);
  });

  it('keeps nothing of a factory that throws', () => {
    const policies = keyed((): object => {
      throw new Error('no');
    });
    expect(() => policies.get('a')).toThrow('no');
    expect(policies.size).toBe(0);
  });

  it('infers the policy and its events', () => {
    const policies = keyed(() => new TokenBudget({ limits: perHour(5) }));
    expectTypeOf(policies.get).returns.toEqualTypeOf<TokenBudget>();
    policies.events$.subscribe((event) => expectTypeOf(event.key).toEqualTypeOf<string>());
  });

  it.each([undefined, null, 5, 'budget'])('C2: a factory that makes no policy is an error that names the key: %s', (made) => {
    const policies = keyed((() => made) as never);
    expect(() => policies.get('ada')).toThrow(new TypeError(`keyed: factory must return a policy for every key, got ${made === undefined ? 'undefined' : JSON.stringify(made)} for "ada"`));
    expect(policies.size).toBe(0);
  });

  it('C2: a client refuses a call whose policy is of another kind, or whose key is none', () => {
    const seen: string[] = [];
    const call = (client: ResilientClient, key: unknown) => client.call(() => 1, { key: key as string }).subscribe({ next: () => seen.push('called'), error: ({ message }) => seen.push(message) });
    run(({ flush }) => {
      call(new ResilientClient({ tokenBudget: keyed(() => new RateLimiter({ limits: perMinute(1) }) as never) }), 'ada');
      call(new ResilientClient({ rateLimit: keyed(() => undefined as never) }), 'ada');
      call(new ResilientClient({ circuitBreak: keyed(() => new CircuitBreaker()) }), null);
      flush();
    });
    expect(seen).toEqual([
      'ResilientClient: what the keyed budget made is no budget: it has no reserve()',
      'keyed: factory must return a policy for every key, got undefined for "ada"',
      "ResilientClient: the breaker is keyed, so the call needs the option key: '…', got null",
    ]);
  });

  it('C2: a policy in the place of another is told by its name', () => {
    const limiter = new RateLimiter({ limits: perMinute(1) });
    expect(() => new ResilientClient({ tokenBudget: limiter as never })).toThrow(new TypeError('ResilientClient: tokenBudget must be a policy with reserve(), or a config, got a limiter'));
  });

  it('S4: a key is kept while a call of it waits, however many others come', () => {
    const scheduler = new VirtualTime();
    const budgets = keyed(() => new TokenBudget({ limits: perHour(100), scheduler }), { maxKeys: 1 });
    const client = new ResilientClient({ rateLimit: { limits: slidingWindow({ limit: 1, window: 10 }) }, tokenBudget: budgets, scheduler });
    let spent = 0;
    const seen: string[] = [];
    const call = (key: string, tokens: number) =>
      client.call(() => { spent += tokens; return of('x'); }, { key, tokens, usage: () => tokens }).subscribe({ error: ({ name }) => seen.push(`${key} ${name}`) });
    client.limiter.tryAcquire();
    call('ada', 100); // stands in line, and has reserved nothing yet
    call('bob', 0);
    call('ada', 100);
    scheduler.pass(1_000);
    expect([spent, seen]).toEqual([100, ['bob KeyLimitError', 'ada TokenBudgetExceededError']]);
    scheduler.pass(3_600_000);
    call('bob', 0); // nobody needs the budget of ada any more
    expect([seen.length, budgets.size]).toEqual([2, 1]);
  });

  it('S4: of keys that share a policy each is kept while a call of it waits', () => {
    const scheduler = new VirtualTime();
    const shared = new TokenBudget({ limits: perHour(100), scheduler });
    const client = new ResilientClient({ rateLimit: { limits: slidingWindow({ limit: 1, window: 10 }) }, tokenBudget: keyed(() => shared, { maxKeys: 2 }), scheduler });
    const seen: string[] = [];
    client.limiter.tryAcquire();
    for (const key of ['ada', 'bob', 'cyd']) {
      client.call(() => of('x'), { key, tokens: 1 }).subscribe({ next: () => seen.push(key), error: ({ name }) => seen.push(`${key} ${name}`) });
    }
    scheduler.pass(1_000);
    expect(seen).toEqual(['cyd KeyLimitError', 'ada', 'bob']);
  });

  it.each(['a listener that unsubscribes', 'a listener that throws', 'a watcher'])('S4: a call that ends as it connects lets go of its key once: %s', (who) => {
    const scheduler = new VirtualTime();
    const limiters = keyed(() => new RateLimiter({ maxConcurrent: 1, scheduler }), { maxKeys: 1 });
    const client = new ResilientClient({ rateLimit: limiters, scheduler });
    const other = client.call(() => NEVER, { key: 'a' }).subscribe();
    limiters.get('a').pause(50);
    const waiting = client.call(() => NEVER, { key: 'a' }).subscribe(nobody);
    other.unsubscribe();
    const call = new Subscriber<never>(nobody as never);
    const onStatus = ({ phase }: { phase: string }) => {
      if (phase === 'connecting' && who === 'a listener that throws') {
        throw new Error('mine');
      }
      if (phase === 'connecting' && who === 'a listener that unsubscribes') {
        call.unsubscribe();
      }
    };
    if (who === 'a watcher') {
      client.state$.subscribe(({ calls }) => calls.connecting > 0 && call.unsubscribe());
    }
    client.call(() => NEVER, { key: 'a', priority: 1, onStatus }).subscribe(call);
    waiting.unsubscribe();
    scheduler.pass(100);
    expect(() => limiters.get('b')).not.toThrow();
    expect(limiters.size).toBe(1);
  });
});
