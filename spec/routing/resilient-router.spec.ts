import { concat, finalize, NEVER, Observable, of, config as rxjs, Subject, takeUntil } from 'rxjs';
import { describe, expect, expectTypeOf, it, vi } from 'vitest';
import { type Attempt, type CallStatus, keyed, type Limiter, perDay, RateLimiter, ResilientClient, ResilientRouter, slidingWindow, TokenBudget } from '../../src/index';
import { down, failing, locked, one, rig, saying } from './router-rig';

describe('the way of a call', () => {
  it('N2: goes to the next best route when it fails, and each is tried once', () => {
    const { way, call } = rig({ a: {}, b: {}, c: {} });
    const { heard } = call({ a: () => failing(), b: () => failing(locked), c: () => of('c') });
    expect([heard, way]).toEqual([[[0, 'c'], [0, 'complete']], ['a', ['a', 'b', down], 'b', ['b', 'c', locked], 'c']]);
  });

  it('N2: the last error passes on unchanged when all have failed', () => {
    const { call } = rig({ a: {}, b: {} });
    expect(call({ a: () => failing(), b: () => failing(locked) }).heard).toEqual([[0, locked]]);
  });

  it('N2: a request that is wrong everywhere goes nowhere else', () => {
    const { call, way } = rig({ a: {}, b: {} });
    expect(call({ a: () => failing({ status: 400 }), b: () => of('b') }).heard).toEqual([[0, { status: 400 }]]);
    expect(way).toEqual(['a']);
  });

  it('N2: when says which errors are worth another route; a refusal by a route’s own guards always is', () => {
    const { time, call } = rig({ a: { tokenBudget: { limits: perDay(5) } }, b: {} }, { when: () => false });
    expect(call({ a: () => failing(), b: () => of('b') }, { tokens: 1 }).heard).toEqual([[0, down]]);
    const refused = call({ a: () => of('a'), b: () => of('b') }, { tokens: 50 });
    time.pass(0);
    expect(refused.heard).toEqual([[0, 'b'], [0, 'complete']]);
  });

  it('N2: goes on after a refusal that no outlook foresaw', () => {
    const limiter = new RateLimiter({ limits: perDay(5), maxQueue: 0 });
    const { time, call, way } = rig({ a: { rateLimit: { acquire: limiter.acquire.bind(limiter) } }, b: {} });
    limiter.acquire(5).subscribe();
    const { heard } = call({ a: () => of('a'), b: () => of('b') });
    time.pass(0);
    limiter.reset();
    expect([way[0], heard.length]).toEqual(['a', 0]);
  });

  it('N2: each client keeps its own retries, which come first', () => {
    const { time, call, way } = rig({ a: { retryBackoff: { maxRetries: 2, baseDelay: 10, jitter: 'none', exponentialBase: 1 } }, b: {} });
    const open = vi.fn(() => failing());
    const { heard } = call({ a: open, b: () => of('b') });
    time.pass(20);
    expect([open.mock.calls.length, heard, way]).toEqual([3, [[20, 'b'], [20, 'complete']], ['a', ['a', 'b', down], 'b']]);
  });

  it('N2: goes over after a role header alone, of which nothing is seen, also where a client holds nothing back', () => {
    const head = { choices: [{ index: 0, delta: { role: 'assistant', content: '' } }] };
    const { call } = rig({ a: {}, b: {} });
    expect(call({ a: () => saying(head), b: () => of('b') }).heard).toEqual([[0, 'b'], [0, 'complete']]);
    expect(call({ a: () => saying('head'), b: () => of('b') }, { isContent: (value: unknown) => value !== 'head' }).heard).toEqual([[0, 'b'], [0, 'complete']]);
  });

  it('N2, V2: after content the error passes on, or it starts over, or goes on with what was delivered', () => {
    for (const [afterValues, expected] of [[undefined, [[0, 'x'], [0, down]]], ['restart', [[0, 'x'], [0, 'b0'], [0, 'complete']]], ['continue', [[0, 'x'], [0, 'b1'], [0, 'complete']]]] as const) {
      const { call } = rig({ a: {}, b: {} });
      const { heard } = call({ a: () => saying('x'), b: (_: AbortSignal, { delivered }: Attempt) => of(`b${delivered.length}`) }, { afterValues });
      expect(heard).toEqual(expected);
    }
  });

  it('N2: the next route is told what others delivered and what made them fail; its own attempts add to that', () => {
    const opened: unknown[] = [];
    const asked: unknown[] = [];
    const open = (_: AbortSignal, attempt: Attempt) => {
      opened.push([attempt.number, attempt.delivered, attempt.error]);
      return attempt.number === 1 ? saying('y') : of('z');
    };
    const { call } = rig({ a: {}, b: { retryBackoff: { baseDelay: 0 }, tokenBudget: { limits: perDay(1e6) } } });
    const tokens = ({ delivered }: { delivered: readonly unknown[] }) => { asked.push(delivered); return 10; };
    const { heard } = call({ a: () => saying('x'), b: open }, { afterValues: 'continue', tokens });
    expect(heard.map((each) => (each as unknown[])[1])).toEqual(['x', 'y', 'z', 'complete']);
    expect(opened).toEqual([[1, ['x'], down], [2, ['x', 'y'], down]]);
    expect(asked.filter((each) => (each as unknown[]).length > 0)).toEqual([['x'], ['x', 'y']]);
  });

  it('N2: a route without an open is no candidate', () => {
    const { call, way } = rig({ a: {}, b: {} });
    expect(call({ b: () => failing() }).heard).toEqual([[0, down]]);
    expect(call((route: string) => (route === 'b' ? () => of('b') : undefined)).heard).toEqual([[0, 'b'], [0, 'complete']]);
    expect(way).toEqual(['b', 'b']);
  });

  it('N2: none at all is a TypeError, not told synchronously', () => {
    const { call, time } = rig({ a: {}, b: {} });
    const calls = [call({}), call({ toString: () => of('a') }), call({ a: () => of('a') }, { route: 'b' }), call({ a: () => of('a') }, { route: 'x' })];
    expect(calls.map(({ heard }) => heard)).toEqual([[], [], [], []]);
    time.pass(0);
    const errors = calls.map(({ heard }) => (heard[0] as [number, Error])[1]);
    expect(errors.every((error) => error instanceof TypeError)).toBe(true);
    expect(errors.map(({ message }) => message)).toEqual([
      'ResilientRouter.call: no route has an open for this call; routes are a, b',
      'ResilientRouter.call: no route has an open for this call; routes are a, b',
      'ResilientRouter.call: route must be one with an open for this call, got "b"; routes are a, b',
      'ResilientRouter.call: route must be one with an open for this call, got "x"; routes are a, b',
    ]);
  });

  it('N3: route pins a call, which then goes nowhere else', () => {
    const { call, way } = rig({ a: {}, b: {} });
    expect(call({ a: () => of('a'), b: () => failing() }, { route: 'b' }).heard).toEqual([[0, down]]);
    expect(way).toEqual(['b']);
  });

  it.each(['soonest', 'weighted'] as const)('C5: options that the client of the first route refuses are the error of the call, strategy %s', (strategy) => {
    const { time, router, call, way } = rig({ a: {}, b: {} }, { strategy });
    const phases: string[] = [];
    const onStatus = ({ phase }: CallStatus) => phases.push(phase);
    for (const options of [{ maxWait: -1, onStatus }, { maxWait: -1 }]) {
      const { heard } = call({ a: () => of('a'), b: () => of('b') }, options);
      expect(heard).toEqual([[0, expect.objectContaining({ name: 'RangeError', message: expect.stringContaining('maxWait') })]]);
    }
    expect([phases, way]).toEqual([['failed'], []]);
    expect(Object.values(router.state.routes).map(({ inFlight }) => inFlight)).toEqual([0, 0]);
    expect(time.timers).toBe(0);
  });

  it.each(['soonest', 'weighted'] as const)('S7, C5: a call whose isContent throws has failed, and is not told as cancelled before, strategy %s', (strategy) => {
    const { call } = rig({ a: {}, b: {} }, { strategy });
    const phases: string[] = [];
    let asked = 0;
    const isContent = () => {
      asked += 1;
      if (asked > 1) {
        throw locked; // the client has asked first, then the router does
      }
      return true;
    };
    const { heard } = call({ a: () => of('a'), b: () => of('b') }, { isContent, onStatus: ({ phase }: CallStatus) => phases.push(phase) });
    expect([heard, phases]).toEqual([[[0, locked]], ['connecting', 'streaming', 'failed']]);
  });

  it('S7: an abort is told as cancelled, of a run and of an answer', async () => {
    const { router } = rig({ a: {} });
    const [told, aborts] = [[] as string[], new AbortController()];
    const options = { onStatus: ({ phase }: CallStatus) => told.push(phase), signal: aborts.signal };
    router.answer({ a: () => NEVER }, options).subscribe();
    const run = router.run({ a: () => NEVER }, options).catch(() => 'rejected');
    aborts.abort();
    expect(await run).toBe('rejected');
    expect(told).toEqual(['connecting', 'connecting', 'cancelled', 'cancelled']);
  });

  it.each(['soonest', 'weighted'] as const)('S7: a listener that only the second route has is told of that route, and the failure once, strategy %s', (strategy) => {
    const { call } = rig({ a: {}, b: { order: 1 }, c: { order: 2 } }, { strategy });
    const phases: string[] = [];
    const onStatus = ({ phase }: CallStatus) => phases.push(phase);
    const { heard } = call({ a: () => failing(), b: () => failing(), c: () => failing(locked) }, (route: string) => (route === 'a' ? {} : { onStatus }));
    expect([heard, phases]).toEqual([[[0, locked]], ['connecting', 'connecting', 'failed']]);
  });

  it('each route has its own options, where they are a function', () => {
    const budgets = { a: new TokenBudget({ limits: perDay(100) }), b: new TokenBudget({ limits: perDay(100) }) };
    const { call } = rig({ a: { tokenBudget: budgets.a }, b: { tokenBudget: budgets.b } });
    call({ a: () => failing({ status: 500 }), b: () => of('b') }, (route: string) => ({ tokens: route === 'a' ? 10 : 20, usage: () => (route === 'a' ? 1 : 7) }));
    expect([budgets.a.remaining, budgets.b.remaining]).toEqual([100, 93]);
  });
});

describe('prices', () => {
  const dollars = () => new TokenBudget({ limits: perDay(100), counts: 'cost' });
  const usage = () => ({ input: 1e6, output: 1e6, final: true });

  it('T6: are those of each route, from the defaults of its client or from the options for it', () => {
    const [cheap, dear] = [dollars(), dollars()];
    const { call } = rig({ a: { tokenBudget: cheap, defaults: { price: { input: 1, output: 2 } } }, b: { tokenBudget: dear, defaults: { price: { input: 10, output: 20 } } } });
    const open = (route: string) => () => concat(of(route), route === 'a' ? failing() : NEVER);
    call(open, { tokens: 10, usage, afterValues: 'restart' }).subscription.unsubscribe();
    expect([cheap.remaining, dear.remaining]).toEqual([97, 70]);
    call(() => () => of('x'), (route: string) => ({ tokens: 10, usage, price: { input: 0, output: route === 'a' ? 5 : 6 } }));
    expect([cheap.remaining, dear.remaining]).toEqual([97, 64]);
  });

  it('N1: a route whose money is spent comes last', () => {
    const spent = dollars();
    spent.record(99.5);
    const price = { input: 1, output: 1 };
    const { call, way } = rig({ a: { tokenBudget: spent, defaults: { price } }, b: {} });
    call(() => () => NEVER, { tokens: { input: 6e5, output: 0 }, price });
    call(() => () => NEVER, { tokens: { input: 4e5, output: 0 }, price });
    expect(way).toEqual(['b', 'a']);
  });
});

describe('what the client of a route has for every call', () => {
  const dollars = (left: number) => {
    const budget = new TokenBudget({ limits: perDay(100), counts: 'cost' });
    budget.record(100 - left);
    return budget;
  };

  it('N1, T6: its price and its tokens say whether its budget has room', () => {
    const defaults = { price: { input: 1, output: 1 }, tokens: { input: 2e6, output: 0 } };
    const { call, way } = rig({ a: { tokenBudget: dollars(1.5), defaults }, b: { tokenBudget: dollars(1.5), defaults: { ...defaults, price: { input: 0.5, output: 1 } } } });
    call(() => () => NEVER);
    call(() => () => NEVER, { tokens: 1 });
    expect(way).toEqual(['b', 'a']);
  });

  it('N1: its tokens and its priority say how long a call would wait', () => {
    const limits = { tokens: slidingWindow({ limit: 100, window: 1_000 }) };
    const { call, way, time } = rig({ a: { rateLimit: { limits }, defaults: { tokens: 80 } }, b: { rateLimit: one(3_000), defaults: { tokens: 1 } } });
    call(() => () => of('x'));
    call(() => () => of('x'));
    call(() => () => of('x')); // 1 s at a, 3 s at b
    time.pass(1_000);
    call(() => () => of('x'), { tokens: 20 });
    expect(way.slice(0, 4)).toEqual(['a', 'b', 'a', 'a']);
  });

  it('N1, S10: its key is merged with that of the call', () => {
    const budgets = keyed(() => new TokenBudget({ limits: perDay(10) }), { by: 'org' });
    const perUser = keyed(() => new TokenBudget({ limits: perDay(10) }), { by: 'user' });
    const { call, way } = rig({ a: { tokenBudget: [perUser, budgets], defaults: { key: { org: 'acme' } } }, b: {} });
    budgets.get('acme').record(8);
    call(() => () => of('x'), { tokens: 2, key: { user: 'ada' } });
    call(() => () => of('x'), { tokens: 5, key: { user: 'ada' } });
    expect([way, perUser.get('ada').remaining]).toEqual([['a', 'b'], 8]);
  });

  it('V2, S7: its afterValues and its onStatus hold for the whole call, unless the call says otherwise', () => {
    const phases: string[] = [];
    const defaults = { afterValues: 'continue', onStatus: ({ phase }: CallStatus) => phases.push(phase) } as const;
    const { call } = rig({ a: { defaults }, b: {} });
    const another = rig({ a: { defaults }, b: {} });
    const open = { a: () => saying('x'), b: (_: AbortSignal, { delivered }: Attempt) => of(`b${delivered.length}`) };
    expect(call(open).heard).toEqual([[0, 'x'], [0, 'b1'], [0, 'complete']]);
    expect(another.call(open, { afterValues: 'error', onStatus: () => undefined }).heard).toEqual([[0, 'x'], [0, down]]);
    expect(phases).toEqual(['connecting', 'streaming']);
  });
});

describe('which route', () => {
  const open = (route: string) => () => concat(of(route), NEVER);

  it('N1: the lowest order that can take it, else the next', () => {
    const { call, way, time } = rig({ spare: { order: 2 }, main: { order: 1, circuitBreak: { failureThreshold: 1, recoveryTimeout: 100 } } });
    call((route: string) => () => (route === 'main' ? failing() : of('spare')));
    call(open);
    time.pass(100);
    call(open);
    expect(way).toEqual(['main', ['main', 'spare', down], 'spare', 'spare', 'main']);
  });

  it.each(['soonest', 'weighted', 'least-in-flight'] as const)('N1: with %s one comes last whose breaker is open or whose budget has no room', (strategy) => {
    const { call, way } = rig({ a: { circuitBreak: { failureThreshold: 1 } }, b: { tokenBudget: { limits: perDay(5) } }, c: { order: 1 } }, { strategy, random: () => 0 });
    call({ a: () => failing() }, { tokens: 1 });
    call(open, { tokens: 50 });
    call(open, { tokens: 1 });
    expect(way).toEqual(['a', 'c', 'b']);
  });

  it('N1: those that can not take it are asked when there is no other', () => {
    const { call, way, time } = rig({ a: { circuitBreak: { failureThreshold: 1, name: 'a' } }, b: { tokenBudget: { limits: perDay(5) } } });
    call({ a: () => failing() }, { tokens: 1 });
    const { heard } = call(open, { tokens: 50 });
    time.pass(0);
    expect(heard).toMatchObject([[0, { name: 'CircuitOpenError', policyName: 'a' }]]);
    expect(way).toMatchObject(['a', 'b', ['b', 'a', { name: 'TokenBudgetExceededError' }], 'a']);
  });

  it('N1: soonest takes the one that could begin first', () => {
    const { call, way, time } = rig({ a: { rateLimit: one(100) }, b: { rateLimit: one(60) } });
    for (const ms of [0, 10, 0]) {
      time.pass(ms);
      call((route: string) => () => of(route));
    }
    expect(way).toEqual(['a', 'b', 'b']);
  });

  it('N1: soonest goes by each dimension of a limit', () => {
    const { call, way } = rig({ a: { rateLimit: { limits: { tokens: perDay(100) } } }, b: { rateLimit: { limits: { tokens: perDay(1_000) } } } });
    call(open, { tokens: 60 });
    call(open, { tokens: { input: 40, output: 10 } });
    call(open, { tokens: 2_000 });
    expect(way).toMatchObject(['a', 'b', 'a']);
  });

  it('N1: among those that could begin now soonest takes the one with the fewest in flight for its weight', () => {
    const { call, way } = rig({ a: {}, b: { weight: 3 } });
    for (let count = 0; count < 8; count += 1) {
      call(open);
    }
    expect(way).toEqual(['a', 'b', 'b', 'b', 'a', 'b', 'b', 'b']);
  });

  it('N1: one that depends on calls in flight comes after one whose wait is known', () => {
    const { call, way } = rig({ a: { rateLimit: { maxConcurrent: 1 } }, b: { rateLimit: one(1_000) } });
    call(open);
    call(open);
    call(open);
    expect(way).toEqual(['a', 'b', 'b']);
  });

  it('N1: weighted draws by weight, least-in-flight counts calls for their weight', () => {
    const shares = [0, 0.24, 0.26, 0.99, 1];
    const weighted = rig({ a: {}, b: { weight: 3 } }, { strategy: 'weighted', random: () => shares.shift()! });
    const least = rig({ a: { rateLimit: one(1_000) }, b: {} }, { strategy: 'least-in-flight' });
    for (let count = 0; count < 5; count += 1) {
      weighted.call(open);
      least.call(open);
    }
    expect([weighted.way, least.way]).toEqual([['a', 'a', 'b', 'b', 'b'], ['a', 'b', 'a', 'b', 'a']]);
  });

  it('N1: a route that fails counts as slower by up to 10 s, which is forgotten by half every 30 s', () => {
    const { call, way, time } = rig({ a: {}, b: { rateLimit: one(1e6) } });
    call({ a: () => failing(locked) });
    call({ b: () => of('b') }); // from now on b can begin at 1e6
    call((route: string) => () => of(route));
    time.pass(1e6 - 4_000);
    expect(way.at(-1)).toBe('a');
    const again = rig({ a: {}, b: { rateLimit: one(6_000) } });
    again.call({ a: () => failing(locked) });
    again.call({ b: () => of('b') });
    again.call((route: string) => () => of(route)); // 10 s for a, 6 s for b
    again.time.pass(30_000);
    again.call({ b: () => of('b') });
    again.call((route: string) => () => of(route)); // 5 s for a, 6 s for b
    expect(again.way).toEqual(['a', 'b', 'b', 'b', 'a']);
  });

  it('N1: throttled and unknown errors count as failures, refusals, wrong requests and what is unsubscribed do not', () => {
    for (const [error, isFailure] of [[{ status: 429 }, true], ['what?', true], [{ status: 400 }, false]] as const) {
      const { call, way } = rig({ a: {}, b: {} });
      call({ a: () => failing(error) });
      call({ a: () => NEVER }).subscription.unsubscribe();
      call(open);
      expect(way.at(-1)).toBe(isFailure ? 'b' : 'a');
    }
  });

  it('N1: a route that was away takes a call as soon as its breaker lets it, and has its whole share after 60 s', () => {
    const { call, way, time } = rig({ a: { circuitBreak: { failureThreshold: 1, recoveryTimeout: 5_000 } }, b: {} });
    const answer = (route: string) => () => of(route);
    call({ a: () => failing() });
    call(answer);
    time.pass(5_000);
    call(answer); // the probe
    call(answer); // it has closed, but has failed lately
    time.pass(59_000);
    call(answer);
    time.pass(1_000);
    call(answer);
    expect(way).toEqual(['a', 'b', 'a', 'b', 'b', 'a']);
  });

  it('N1: keyed policies are asked by the key of the call', () => {
    const budgets = keyed(() => new TokenBudget({ limits: perDay(10) }));
    const { call, way } = rig({ a: { tokenBudget: budgets, rateLimit: { limits: perDay(9) } }, b: {} });
    budgets.get('ada').record(10);
    call(open, { tokens: 5, key: 'ada' });
    call(open, { tokens: 5, key: { budget: 'bob' } });
    call(open, { tokens: 5 });
    expect(way.slice(0, 3)).toEqual(['b', 'a', 'a']);
  });

  it('N1: a policy that can not be made for the key comes last', () => {
    const budgets = keyed(() => new TokenBudget({ limits: perDay(10) }), { maxKeys: 1 });
    budgets.get('ada').record(10);
    const { call, way } = rig({ a: { tokenBudget: budgets }, b: {} });
    call(open, { tokens: 5, key: 'bob' });
    expect(way).toEqual(['b']);
  });
});

describe('a call that waits', () => {
  const limited = { rateLimit: { maxConcurrent: 1 } };
  const statuses = (into: unknown[]) => (status: CallStatus) => into.push(status);

  it('N1: moves when another route could take it now, and is told nothing of the place that it leaves', () => {
    const { call, way, time, router } = rig({ a: limited, b: limited });
    const [first, second] = [new Subject(), new Subject()];
    call({ a: () => first });
    call({ b: () => second });
    const seen: unknown[] = [];
    const { heard } = call((route: string) => () => of(route), { onStatus: statuses(seen) });
    time.pass(10);
    second.complete();
    expect(heard).toEqual([]); // not synchronously
    time.pass(0);
    expect([heard, way]).toEqual([[[10, 'b'], [10, 'complete']], ['a', 'b', 'a', 'b']]);
    expect(seen).toMatchObject([{ phase: 'waiting', attempt: 1 }, { phase: 'connecting', attempt: 1 }, { phase: 'streaming', attempt: 1 }, { phase: 'done' }]);
    expect(router.state.routes).toMatchObject({ a: { inFlight: 1, limiter: { waiting: 0 } }, b: { inFlight: 0 } });
  });

  it('N1: moves when the other one’s time has come, no later', () => {
    const { call, way, time } = rig({ a: limited, b: { rateLimit: one(50) } });
    call({ a: () => NEVER });
    call({ b: () => of('b') });
    const { heard } = call({ a: () => of('a') , b: () => of('b') });
    expect(way.at(-1)).toBe('b'); // a known wait is better
    call((route: string) => () => of(route), { route: 'a' });
    time.pass(50);
    expect([heard, way, time.timers]).toEqual([[[50, 'b'], [50, 'complete']], ['a', 'b', 'b', 'a'], 0]);
  });

  it('N1: moves to a route that is added', () => {
    const { call, router, time, routeOf } = rig({ a: limited });
    call({ a: () => NEVER });
    const { heard } = call((route: string) => () => of(route));
    router.add('b', routeOf({}));
    time.pass(0);
    expect(heard).toEqual([[0, 'b'], [0, 'complete']]);
  });

  it('N1: moves to no route of a higher order, unless its own can not take it any more', () => {
    const { call, time, clientOf } = rig({ a: { ...limited, circuitBreak: { failureThreshold: 1 } }, b: { order: 1 } });
    const source = new Subject();
    call({ a: () => source });
    const { heard } = call((route: string) => () => of(route));
    time.pass(10);
    expect([heard, clientOf({})]).toMatchObject([[], {}]);
    source.error(down);
    time.pass(0);
    expect(heard).toEqual([[10, 'b'], [10, 'complete']]);
  });

  it('N1: does not move to a route that fails, if its own place is better', () => {
    const { call, way, time } = rig({ a: {}, b: { rateLimit: one(6_000) } });
    call({ a: () => failing(locked) });
    call({ b: () => of('b') });
    const { heard } = call((route: string) => () => of(route));
    time.pass(6_000);
    expect([heard, way]).toEqual([[[6_000, 'b'], [6_000, 'complete']], ['a', 'b', 'b']]);
  });

  it('N1: moves when a breaker has closed with the first content of its probe', () => {
    const { call, way, time } = rig({ a: { circuitBreak: { failureThreshold: 1, recoveryTimeout: 10 } }, b: limited });
    call({ a: () => failing() });
    call({ b: () => NEVER });
    time.pass(10);
    const probe = new Subject();
    call({ a: () => probe });
    const { heard } = call((route: string) => () => of(route));
    time.pass(5);
    probe.next('back');
    time.pass(0);
    expect([heard, way]).toEqual([[[15, 'a'], [15, 'complete']], ['a', 'b', 'a', 'b', 'a']]);
  });

  it('N1: moves from a breaker at which it waits', () => {
    const { call, time } = rig({ a: { circuitBreak: { failureThreshold: 1, recoveryTimeout: 1_000 }, whenOpen: 'wait' }, b: limited });
    const source = new Subject();
    call({ a: () => failing() });
    call({ b: () => source });
    const { heard } = call({ a: () => of('a'), b: () => of('b') }, { route: 'a' });
    const moving = call({ a: () => of('a') });
    time.pass(5);
    source.complete();
    time.pass(0);
    expect([heard, moving.heard]).toEqual([[], []]);
  });

  it('N1: does not move once its route has delivered something of the answer', () => {
    const { call, time, way } = rig({ a: { rateLimit: one(100), retryBackoff: { baseDelay: 0 } }, b: limited });
    const source = new Subject();
    call({ b: () => source });
    const attempts = [saying('x'), of('y')];
    const { heard } = call({ a: () => attempts.shift(), b: () => of('b') }, { afterValues: 'restart' });
    time.pass(5);
    source.complete();
    time.pass(95);
    expect([heard, way]).toEqual([[[0, 'x'], [100, 'y'], [100, 'complete']], ['b', 'a']]);
  });

  it('N1: does not go to and fro between limiters that foresee wrongly', () => {
    const acquire: Limiter['acquire'] = (_, { onWait } = {}) => new Observable(() => onWait?.({ ahead: 0, until: 1_000 }));
    const { call, time, way } = rig({ a: { rateLimit: { acquire, waitFor: () => 0 } as Limiter }, b: { rateLimit: { acquire, waitFor: () => 0 } as Limiter } });
    const { heard } = call((route: string) => () => of(route));
    time.pass(500);
    expect([heard, way.length < 4]).toEqual([[], true]);
  });

  it('C5: what a callback throws while it is looked at is the error of the call', () => {
    const { call, time } = rig({ a: limited, b: limited });
    const source = new Subject();
    call({ a: () => NEVER });
    call({ b: () => source });
    let isBroken = false;
    const { heard } = call((route: string) => { if (isBroken) { throw new RangeError('mine'); } return () => of(route); });
    time.pass(5);
    isBroken = true;
    source.complete();
    time.pass(0);
    expect(heard).toEqual([[5, new RangeError('mine')]]);
  });

  it('C4, C10: leaves no timer and no place when it is unsubscribed', () => {
    const { call, time, router } = rig({ a: { rateLimit: one(100) }, b: { rateLimit: one(200) } });
    call({ a: () => of('a') });
    call({ b: () => of('b') });
    const { subscription } = call((route: string) => () => of(route));
    time.pass(1);
    subscription.unsubscribe();
    expect([time.timers, router.state.routes]).toMatchObject([0, { a: { inFlight: 0, limiter: { waiting: 0 } } }]);
  });

  it('many that wait move one by one, as there is room', () => {
    const { call, time, router, routeOf } = rig({ a: limited });
    call({ a: () => NEVER });
    const calls = Array.from({ length: 40 }, () => call((route: string) => () => timerOf(route)));
    router.add('b', routeOf({ rateLimit: { maxConcurrent: 30 } }));
    time.pass(0);
    const inFlight = () => (router.state.routes.b as { inFlight: number }).inFlight;
    expect(inFlight()).toBeLessThanOrEqual(30);
    time.pass(100);
    expect(calls.filter(({ heard }) => heard.length > 0).length).toBe(40);

    function timerOf(route: string) {
      return new Observable((subscriber) => time.schedule(() => { subscriber.next(route); subscriber.complete(); }, 10));
    }
  });
});

describe('what is told', () => {
  it('N3: events of the router and of all its clients, with their route, also of those that are added', () => {
    const { router, routeOf, call } = rig({ a: {} });
    const log: unknown[] = [];
    const listening = router.events$.subscribe((event) => log.push([event.policy, event.type, 'route' in event ? event.route : undefined, event.call]));
    router.add('b', routeOf({ order: -1 }));
    call((route: string) => () => (route === 'b' ? failing() : of(route)));
    listening.unsubscribe();
    call(() => () => of('a'));
    expect(log).toEqual([
      ['router', 'routed', 'b', 1],
      ['call', 'began', 'b', 1],
      ['call', 'attempt-began', 'b', 1],
      ['call', 'ended', 'b', 1],
      ['router', 'failed-over', undefined, 1],
      ['router', 'routed', 'a', 1],
      ['call', 'began', 'a', 1],
      ['call', 'attempt-began', 'a', 1],
      ['call', 'accepted', 'a', 1],
      ['call', 'ended', 'a', 1],
    ]);
  });

  it('N3: a removed route is heard until its calls have ended, which go on', () => {
    const { router, call } = rig({ a: {}, b: { order: 1 } });
    const source = new Subject();
    const log: unknown[] = [];
    const { heard } = call({ a: () => source });
    router.events$.subscribe((event) => event.policy === 'call' && log.push([event.type, event.route]));
    const client = new ResilientClient({});
    expect([router.remove('a'), router.remove('a'), router.remove('x')]).toEqual([true, false, false]);
    call((route: string) => () => of(route));
    source.next('x');
    source.complete();
    client.call(() => of('y')).subscribe();
    expect(heard).toEqual([[0, 'x'], [0, 'complete']]);
    expect(log.filter((each) => (each as string[])[1] === 'a')).toEqual([['accepted', 'a'], ['ended', 'a']]);
    expect(Object.keys(router.state.routes)).toEqual(['b']);
  });

  it('C9: the state is plain JSON, and told at once and after every change', () => {
    const { router, call, routeOf } = rig({ a: { weight: 2, rateLimit: { maxConcurrent: 3 } } });
    const states: unknown[] = [];
    router.state$.subscribe(({ routes }) => states.push(Object.entries(routes).map(([name, { inFlight }]) => `${name}${inFlight}`).join(' ')));
    const { subscription } = call({ a: () => NEVER });
    subscription.unsubscribe();
    router.add('b', routeOf({ order: 1 }));
    router.remove('b');
    expect([...new Set(states)]).toEqual(['a0', 'a1', 'a0 b0']);
    expect(JSON.parse(JSON.stringify(router.state))).toEqual(router.state);
    expect(router.state.routes).toMatchObject({ a: { weight: 2, order: 0, inFlight: 0, calls: { waiting: 0 }, limiter: { inFlight: 0 } } });
  });

  it('C9: a listener that asks at once gets the new state, and may end the call', () => {
    const { router, call, time } = rig({ a: {}, b: {} });
    const seen: unknown[] = [];
    const open = vi.fn(() => of('a'));
    const stop = new Subject<void>();
    router.events$.subscribe((event) => {
      if (event.policy === 'router') {
        seen.push(Object.values(router.state.routes).map(({ inFlight }) => inFlight));
        stop.next();
      }
    });
    router.call({ a: open }).pipe(takeUntil(stop)).subscribe();
    expect([seen, open.mock.calls, time.timers, router.state.routes]).toMatchObject([[[1, 0]], [], 0, { a: { inFlight: 0 } }]);
    call({ a: () => failing(), b: open });
    expect(seen).toEqual([[1, 0], [1, 0], [0, 0], [0, 1]]);
  });

  it('a call goes its way without anybody who listens', () => {
    const router = new ResilientRouter({ routes: { a: { client: new ResilientClient({}) }, b: { client: new ResilientClient({}) } } });
    const heard: unknown[] = [];
    router.call({ a: () => failing(), b: () => of('b') }).subscribe((value) => heard.push(value));
    expect(heard).toEqual(['b']);
  });

  it('S7: a status is told as of one call: attempts are counted on, and failed is told once, at the end', () => {
    const seen: unknown[] = [];
    const { call } = rig({ a: { retryBackoff: { maxRetries: 1, baseDelay: 0 } }, b: {}, c: {} });
    call(() => () => failing(), { onStatus: ({ phase, ...status }: CallStatus) => seen.push([phase, 'attempt' in status ? status.attempt : 0]) });
    expect(seen).toEqual([['connecting', 1], ['connecting', 2], ['connecting', 3], ['connecting', 4], ['failed', 0]]);
  });

  it('S7: what onStatus throws is the error of the call', () => {
    const { call, way } = rig({ a: {}, b: {} });
    const onStatus = ({ phase }: CallStatus) => { if (phase !== 'failed') { throw new RangeError('mine'); } };
    expect([call((route: string) => () => of(route), { onStatus }).heard, way]).toEqual([[[0, new RangeError('mine')]], ['a']]);
  });

  it('S7: what it throws at its last word goes to the unhandled errors of rxjs', async () => {
    const unhandled: unknown[] = [];
    rxjs.onUnhandledError = (error) => unhandled.push(error);
    const { call } = rig({ a: {} });
    const onStatus = ({ phase }: CallStatus) => { if (phase === 'failed') { throw new RangeError('mine'); } };
    expect(call({ a: () => failing() }, { onStatus }).heard).toEqual([[0, down]]);
    await new Promise((resolve) => setTimeout(resolve));
    rxjs.onUnhandledError = null;
    expect(unhandled).toEqual([new RangeError('mine')]);
  });

  it('S7: cancelled is told when it is unsubscribed', () => {
    const seen: unknown[] = [];
    const { call } = rig({ a: {} });
    call({ a: () => NEVER }, { onStatus: ({ phase }: CallStatus) => seen.push(phase) }).subscription.unsubscribe();
    expect(seen).toEqual(['connecting', 'cancelled']);
  });
});

describe('run', () => {
  it('resolves with the last value, or with what validate returned, at once or later', async () => {
    const { router } = rig({ a: {}, b: {} });
    const open = { a: () => failing(), b: () => of('x', 'y') };
    expect(await router.run(open)).toBe('y');
    expect(await router.run(open, { validate: (values: readonly unknown[]) => values.length })).toBe(2);
    expect(await router.run(open, () => ({ validate: async (values: readonly unknown[]) => values.length }))).toBe(2);
  });

  it('rejects with the error of the call, and with the reason of an aborted signal, which stops it', async () => {
    const { router } = rig({ a: {} });
    await expect(router.run({ a: () => failing() })).rejects.toBe(down);
    const stopped = vi.fn();
    const controller = new AbortController();
    const running = router.run({ a: () => NEVER.pipe(finalize(stopped)) }, { signal: controller.signal });
    controller.abort('mine');
    await expect(running).rejects.toBe('mine');
    expect(stopped).toHaveBeenCalledOnce();
    await expect(router.run({ a: () => NEVER }, { signal: 3 as never })).rejects.toThrow('ResilientRouter.run: signal must be an AbortSignal');
  });
});

describe('drain', () => {
  it('refuses new and waiting calls at all routes, and completes when those in flight have ended', () => {
    const { router, call, time } = rig({ a: { rateLimit: { maxConcurrent: 1 } }, b: {} });
    const source = new Subject();
    const running = call({ a: () => source });
    const waiting = call({ a: () => of('a'), b: () => of('b') }, { route: 'a' });
    const drained = vi.fn();
    router.drain().subscribe({ complete: drained });
    const late = call((route: string) => () => of(route));
    time.pass(0);
    expect([waiting.heard, late.heard]).toMatchObject([[[0, { reason: 'draining' }]], [[0, { reason: 'draining' }]]]);
    expect(drained).not.toHaveBeenCalled();
    source.complete();
    expect([running.heard, drained.mock.calls.length]).toEqual([[[0, 'complete']], 1]);
  });

  it('lets no call move that waits', () => {
    const { router, call, time } = rig({ a: { rateLimit: { maxConcurrent: 1 } }, b: { rateLimit: { maxConcurrent: 1 } } });
    const source = new Subject();
    call({ a: () => NEVER });
    call({ b: () => source });
    const { heard } = call((route: string) => () => of(route));
    router.drain().subscribe();
    source.complete();
    time.pass(0);
    expect(heard).toMatchObject([[0, { reason: 'draining' }]]);
  });
});

describe('mistakes', () => {
  const client = new ResilientClient({});
  it('C2: says which option is wrong, and shows its value', () => {
    const made = (config: object) => () => new ResilientRouter(config as never);
    expect(made({})).toThrow('ResilientRouter: routes must be given');
    for (const [routes, shown] of [[3, '3'], [null, 'null'], [[{ client }], '']] as const) {
      expect(made({ routes })).toThrow(TypeError);
      expect(made({ routes })).toThrow(`ResilientRouter: routes must be an object of routes by name, { name: { client } }, got ${shown}`);
    }
    expect(made({ routes: {} })).toThrow(new RangeError('ResilientRouter: routes must have at least one route, { name: { client } }, got {}'));
    expect(made({ routes: { a: { client, weight: -1 } } })).toThrow(new RangeError('ResilientRouter: routes.a: weight must be a finite number above 0, got -1'));
    expect(made({ routes: { a: {} } })).toThrow('ResilientRouter: routes.a: client must be given');
    expect(made({ routes: { a: { client: 3 } } })).toThrow('ResilientRouter: routes.a: client must be a ResilientClient, got 3');
    expect(made({ routes: { a: { client, weight: 0 } } })).toThrow('ResilientRouter: routes.a: weight must be a finite number above 0, got 0');
    expect(made({ routes: { a: { client, order: Number.NaN } } })).toThrow('ResilientRouter: routes.a: order must be a finite number');
    expect(made({ routes: { a: { client, price: 1 } } })).toThrow('ResilientRouter: routes.a: unknown option price');
    expect(made({ routes: { a: { client } }, strategy: 'best' })).toThrow("ResilientRouter: strategy must be one of 'soonest', 'weighted', 'least-in-flight', got \"best\"");
    expect(made({ routes: { a: { client } }, scheduler: 3 })).toThrow('ResilientRouter: scheduler must be');
  });

  it('C2: says what is wrong with a call', () => {
    const router = new ResilientRouter({ routes: { a: { client } }, random: () => 3, strategy: 'weighted' });
    router.add('b', { client });
    expect(() => router.add('a', { client })).toThrow('ResilientRouter.add: there is a route "a" already; remove it first');
    expect(() => router.call(3 as never)).toThrow('ResilientRouter.call: open must be an object of functions by route, or a function of the route, got 3');
    expect(() => router.call({}, { route: 3 as never })).toThrow('ResilientRouter.call: route must be a string, got 3');
    const errors: unknown[] = [];
    const empty = rig({ a: {} });
    empty.router.remove('a');
    const { heard } = empty.call({});
    empty.time.pass(0);
    expect(String(heard)).toContain('routes are none');
    router.call({ a: 3 as never }).subscribe({ error: (error) => errors.push(error) });
    router.call(() => () => of('a')).subscribe({ error: (error) => errors.push(error) });
    new ResilientRouter({ routes: { a: { client } } }).call({ a: () => of('a') }, { wait: 3 } as never).subscribe({ error: (error) => errors.push(error) });
    expect(errors.map((error) => (error as Error).message)).toEqual([
      'ResilientRouter.call: open.a must be a function that makes the call, got 3',
      'ResilientRouter: random must be from 0 to 1, got 3',
      expect.stringContaining('ResilientClient: unknown option wait: 3'),
    ]);
  });

  it('infers the routes and what is emitted', () => {
    const router = new ResilientRouter({ routes: { a: { client }, b: { client: new ResilientClient({ rateLimit: { limits: { tokens: perDay(5) } }, circuitBreak: {} }) } } });
    expectTypeOf(router.call({ a: () => of('a'), b: async () => 3 })).toEqualTypeOf<Observable<string | number>>();
    expectTypeOf(router.call((route) => (_signal, { delivered }) => of(route, delivered.length > 0))).toEqualTypeOf<Observable<'a' | 'b' | boolean>>();
    expectTypeOf(router.run({ a: () => [1] }, { validate: (values) => values.length > 1 })).toEqualTypeOf<Promise<boolean>>();
    // @ts-expect-error: there is no route of that name
    router.call({ c: () => of('c') }, { route: 'a' });
    // @ts-expect-error: there is no route of that name
    router.call({ a: () => of('c') }, { route: 'c' });
    expect(router.remove('a')).toBe(true);
  });
});
