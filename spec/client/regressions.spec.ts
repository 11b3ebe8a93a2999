import { config, defer, firstValueFrom, from, map, merge, mergeMap, NEVER, Observable, of, queueScheduler, Subject, Subscriber, type Subscription, startWith, switchMap, takeUntil, throwError, timer } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { type Budget, CircuitBreaker, circuitBreak, consecutiveFailures, failureRate, keyed, type Limiter, perHour, RateLimiter, ResilientClient, RetryBudget, rateLimit, resilient, retryBackoff, slidingWindow, slowCallRate, TokenBudget, tokenBucket, tokenBudget } from '../../src/index';
import { VirtualTime } from '../circuit/virtual-time';
import { FakeScheduler } from '../support/fake-scheduler';
import { fc } from '../support/property';

const nobody = { error: () => undefined };

describe('found by random traces and by reviews', () => {
  it('S1: drain lets nobody through who waits behind a call that it refuses', () => {
    const scheduler = new VirtualTime();
    const client = new ResilientClient({ rateLimit: { limits: { tokens: slidingWindow({ limit: 10, window: 1_000 }) } }, scheduler });
    const opened: string[] = [];
    const call = (name: string, tokens: number) => client.call(() => { opened.push(name); return NEVER; }, { tokens }).subscribe(nobody);
    call('in flight', 5);
    call('large', 10); // the head of the line
    call('small', 1); // stands behind it
    client.drain().subscribe();
    expect(opened).toEqual(['in flight']);
  });

  it('S1: drain lets nobody through at the line of a breaker, either', () => {
    const scheduler = new VirtualTime();
    const client = new ResilientClient({
      rateLimit: { limits: { tokens: slidingWindow({ limit: 10, window: 1_000 }) } },
      circuitBreak: { failureThreshold: 1, recoveryTimeout: 10 }, whenOpen: 'wait', scheduler,
    });
    const opened: string[] = [];
    const call = (name: string, tokens: number) => client.call(() => { opened.push(name); return NEVER; }, { tokens }).subscribe(nobody);
    call('in flight', 5);
    client.breaker.admit().fail(new Error('down'));
    scheduler.pass(10);
    call('large', 10); // carries the probe through the line
    call('small', 1); // waits for the breaker
    client.drain().subscribe();
    expect(opened).toEqual(['in flight']);
  });

  it('S1: drain lets nobody through whom a listener lets move up', () => {
    const scheduler = new VirtualTime();
    const client = new ResilientClient({ rateLimit: { maxConcurrent: 1 }, scheduler });
    client.limiter.pause(1_000);
    const seen: string[] = [];
    const call = () => client.call(() => { seen.push('opened'); return NEVER; }).subscribe({ error: ({ reason }) => seen.push(reason) });
    call();
    call();
    client.limiter.events$.subscribe(({ type }) => type === 'left' && client.limiter.resume());
    client.drain().subscribe({ complete: () => seen.push('drained') });
    scheduler.pass(10);
    expect([seen, client.limiter.state.inFlight]).toEqual([['draining', 'draining', 'drained'], 0]);
  });

  it('C11: a probe that its call carries into a refusal is given back before the call hears of it', () => {
    const scheduler = new VirtualTime();
    const rateLimit = new RateLimiter({ limits: { tokens: perHour(10) }, scheduler });
    const circuitBreak = new CircuitBreaker({ failureThreshold: 1, recoveryTimeout: 10, scheduler });
    circuitBreak.admit().fail(new Error('down'));
    scheduler.pass(10);
    const seen: unknown[] = [];
    of('a').pipe(resilient<string>({ rateLimit, circuitBreak, whenOpen: 'wait', scheduler }, { tokens: 11 }))
      .subscribe({ error: (error) => seen.push(error.reason, circuitBreak.check()) });
    scheduler.pass(0);
    expect(seen).toEqual(['cost-too-large', undefined]);
  });

  it('C11: a permit goes back before the call hears that a budget without check() refused it', () => {
    const scheduler = new VirtualTime();
    const rateLimit = new RateLimiter({ limits: perHour(10), scheduler });
    const tokenBudget: Budget = { reserve: () => throwError(() => new Error('no tokens')) };
    const seen: unknown[] = [];
    of('a').pipe(resilient<string>({ rateLimit, tokenBudget, scheduler }))
      .subscribe({ error: () => seen.push(rateLimit.state.inFlight, rateLimit.state.limits.requests[0]!.used) });
    scheduler.pass(0);
    expect(seen).toEqual([0, 0]);
  });

  it('T1: asked again after retryAfter, an estimate of 0 fits, in a fast bucket as well', () => {
    const scheduler = new VirtualTime();
    const budget = new TokenBudget({ limits: tokenBucket({ capacity: 3, refill: 4, interval: 1 }), scheduler });
    budget.record(7); // 0 are left after exactly 1 ms
    const { retryAfter } = budget.exceeded(0);
    scheduler.pass(retryAfter!);
    expect([retryAfter, budget.remaining, budget.check(0)]).toEqual([2, 3, true]);
  });

  it('T2: a value whose success the breaker tells of counts, even if a listener then unsubscribes the call', () => {
    const scheduler = new VirtualTime();
    const circuitBreak = new CircuitBreaker({ successOn: 'first-value', scheduler });
    const tokenBudget = new TokenBudget({ limits: perHour(100), scheduler });
    const source = new Observable<number>((subscriber) => subscriber.next(7));
    const call = new Observable<number>((subscriber) => {
      circuitBreak.events$.subscribe(() => subscriber.unsubscribe());
      return source.pipe(resilient<number>({ circuitBreak, tokenBudget, scheduler }, { usage: (value) => value })).subscribe(subscriber);
    });
    call.subscribe();
    expect(tokenBudget.state.limits[0]!.used).toBe(7);
  });

  it('T2: reports of the output alone are running totals, and leave the input to the estimate', () => {
    const scheduler = new VirtualTime();
    const settled = (...outputs: number[]) => {
      const budget = new TokenBudget({ limits: perHour(1_000), scheduler });
      const usage = (output: number) => ({ output, final: output === outputs.at(-1) });
      from(outputs).pipe(tokenBudget<number>(budget, { estimate: { input: 100, output: 50 }, usage, count: () => 0 })).subscribe();
      return budget.state.limits[0]!.used;
    };
    expect([settled(15), settled(8, 15), settled(1, 8, 15)]).toEqual([115, 115, 115]);
  });

  it('S1: drain completes after everything is settled, though a listener unsubscribes the call while it is settled', () => {
    const scheduler = new VirtualTime();
    const client = new ResilientClient({ rateLimit: { maxConcurrent: 1 }, tokenBudget: { limits: perHour(100) }, scheduler });
    const inFlight: number[] = [];
    const answer = new Subject<string>();
    const call = client.call(() => answer).subscribe();
    client.drain().subscribe({ complete: () => inFlight.push(client.limiter.state.inFlight) });
    client.budget.events$.subscribe(() => call.unsubscribe()); // hears that the reservation is settled: the permit is not yet
    answer.complete();
    expect(inFlight).toEqual([0]);
  });

  it('S1: drain completes after everything is given back, though a listener unsubscribes the call meanwhile', () => {
    const scheduler = new VirtualTime();
    const tokens = slidingWindow({ limit: 10, window: 1_000 });
    const client = new ResilientClient({ rateLimit: { limits: { tokens } }, tokenBudget: { limits: perHour(100) }, scheduler });
    client.call(() => of('a'), { tokens: 5 }).subscribe();
    const large = client.call(() => NEVER, { tokens: 10 }).subscribe(nobody); // the head of the line
    const small = client.call(() => NEVER, { tokens: 1 }).subscribe(nobody); // is granted when the head is refused, and gives back
    client.budget.events$.subscribe(({ type }) => type === 'refunded' && [large, small].map((call) => call.unsubscribe()));
    const inFlight: number[] = [];
    client.drain().subscribe({ complete: () => inFlight.push(client.limiter.state.inFlight) });
    scheduler.pass(0);
    expect(inFlight).toEqual([0]);
  });

  it('C8: a call that is unsubscribed by whoever hears of its refusal tells nobody of it', () => {
    const scheduler = new VirtualTime();
    const client = new ResilientClient({ circuitBreak: { failureThreshold: 1, recoveryTimeout: 10 }, rateLimit: { maxConcurrent: 1, maxQueue: 0 }, whenOpen: 'wait', scheduler });
    client.call(() => NEVER).subscribe();
    client.breaker.admit().fail(new Error('down'));
    scheduler.pass(10);
    const seen: unknown[] = [];
    const call = new Subscriber<string>({ next: () => undefined, error: (error: unknown) => seen.push(error), complete: () => undefined });
    client.breaker.events$.subscribe(() => call.unsubscribe()); // hears that the probe is given back
    client.call(() => of('a'), {}).subscribe(call);
    scheduler.pass(0);
    expect(seen).toEqual([]);
  });

  it('C8: what a limiter of somebody else throws goes to the call, which is then over', () => {
    const thrown = new Error('not connected');
    const seen: unknown[] = [];
    const client = new ResilientClient({ rateLimit: { acquire: () => { throw thrown; } }, scheduler: new VirtualTime() });
    client.call(() => of('a')).subscribe({ error: (error) => seen.push(error) });
    client.drain().subscribe({ complete: () => seen.push('drained') });
    expect(seen).toEqual([thrown, 'drained']);
  });

  it('R7: a value during which its attempt failed is not delivered after the retry was decided', () => {
    const scheduler = new VirtualTime();
    const attempts = [new Subject<string>(), new Subject<string>()];
    const seen: unknown[] = [];
    let opened = 0;
    const usage = (value: string) => { if (value === 'one') attempts[0]!.error(new Error('down')); return undefined; };
    const retryBackoff = { baseDelay: 10, jitter: 'none', onRetry: ({ emitted }: { emitted: number }) => seen.push({ emitted }) } as const;
    defer(() => attempts[opened++]!)
      .pipe(resilient<string>({ tokenBudget: new TokenBudget({ limits: perHour(100), scheduler }), retryBackoff, scheduler }, { usage }))
      .subscribe((value) => seen.push(value));
    attempts[0]!.next('one');
    scheduler.pass(10);
    attempts[1]!.next('one again');
    expect(seen).toEqual([{ emitted: 0 }, 'one again']);
  });

  it('R8: isContent is not asked for a call that is gone', () => {
    const scheduler = new VirtualTime();
    const asked: unknown[] = [];
    const source = new Subject<string>();
    const isContent = (value: string) => asked.push(value) > 0;
    const usage = () => { call.unsubscribe(); return undefined; };
    const guards = { tokenBudget: new TokenBudget({ limits: perHour(100), scheduler }), retryBackoff: {}, scheduler };
    const call: Subscription = source.pipe(resilient<string>(guards, { usage, isContent })).subscribe();
    source.next('a');
    expect(asked).toEqual([]);
  });

  it('R8: without retries isContent holds nothing back', () => {
    const seen: unknown[] = [];
    const source = new Subject<string>();
    source.pipe(resilient<string>({ scheduler: new VirtualTime() }, { isContent: (value) => value !== 'role' }))
      .subscribe({ next: (value) => seen.push(value), error: (error) => seen.push(error.message) });
    source.next('role');
    source.error(new Error('down'));
    expect(seen).toEqual(['role', 'down']);
  });

  it('T2: a budget of somebody else is asked once for a reservation, and only after check', () => {
    const asked: string[] = [];
    let open = 0;
    const tokenBudget: Budget = {
      check: () => asked.push('check') > 0,
      reserve: (tokens) => {
        asked.push('reserve');
        open += tokens;
        return of({ tokens, report: () => true, settle: () => { open -= tokens; }, refund: () => { open -= tokens; } });
      },
    };
    of('a').pipe(resilient<string>({ tokenBudget, scheduler: new VirtualTime() }, { tokens: 10 })).subscribe();
    expect([asked, open]).toEqual([['check', 'reserve'], 0]);
  });

  it.each([{}, { retryBackoff: { maxRetries: 0 } }])('C11: a teardown that throws keeps neither the error nor drain back, with %j', (retries) => {
    const scheduler = new VirtualTime();
    const seen: unknown[] = [];
    const client = new ResilientClient({ rateLimit: { maxConcurrent: 1 }, ...retries, scheduler });
    const source = new Observable<string>((subscriber) => {
      const timer = scheduler.schedule(() => subscriber.error(new Error('down')), 5);
      return () => { timer.unsubscribe(); throw new Error('teardown'); };
    });
    source.pipe(client.guard()).subscribe({ error: (error) => seen.push(error.message) });
    expect(() => scheduler.pass(10)).toThrow('teardown');
    client.drain().subscribe({ complete: () => seen.push('drained') });
    expect(seen).toEqual(['down', 'drained']);
  });

  it('C11: a teardown that throws does not keep back what isContent threw', () => {
    const scheduler = new VirtualTime();
    const seen: unknown[] = [];
    const source = new Observable<string>((subscriber) => {
      const timer = scheduler.schedule(() => subscriber.next('a'), 5);
      return () => { timer.unsubscribe(); throw new Error('teardown'); };
    });
    const isContent = () => { throw new Error('odd'); };
    source.pipe(retryBackoff({ isContent, scheduler })).subscribe({ error: (error) => seen.push(error.message) });
    expect(() => scheduler.pass(10)).toThrow('teardown');
    expect(seen).toEqual(['odd']);
  });

  it('B4: unsubscribed by a listener of the breaker at its first value, a call is a success', () => {
    const scheduler = new VirtualTime();
    const slow = slowCallRate({ slowerThan: 10, threshold: 1, minimumCalls: 10, calls: 10 });
    const breaker = new CircuitBreaker({ trip: [consecutiveFailures(2), slow], scheduler });
    breaker.admit().fail(new Error('x'));
    const source = new Subject<number>();
    const types: string[] = [];
    const call = source.pipe(circuitBreak(breaker)).subscribe();
    breaker.events$.subscribe(({ type }) => types.push(type));
    breaker.state$.subscribe(({ calls }) => calls === 2 && call.unsubscribe());
    scheduler.pass(5);
    source.next(1);
    expect([types, breaker.state.failures]).toEqual([['success'], 0]);
  });

  it('L1: a frozen cost is read anew for every call, for it may have a getter', () => {
    const limiter = new RateLimiter({ limits: { tokens: perHour(100) }, scheduler: new VirtualTime() });
    let tokens = 10;
    const cost = Object.freeze({ get tokens() { return tokens; } });
    limiter.acquire(cost).subscribe();
    tokens = 50;
    limiter.acquire(cost).subscribe();
    expect(limiter.state.limits.tokens[0]!.used).toBe(60);
  });

  it('R10: the failed attempt is torn down before the next begins, also when its permit came late', () => {
    const scheduler = new VirtualTime();
    const log: string[] = [];
    const limiter = new RateLimiter({ limits: slidingWindow({ limit: 10, window: 1_000 }), scheduler });
    limiter.pause(10);
    const source = new Observable<string>((subscriber) => {
      log.push('open');
      subscriber.error(new Error('down'));
      return () => log.push('closed');
    });
    source.pipe(resilient<string>({ rateLimit: limiter, retryBackoff: { maxRetries: 1, baseDelay: 0 }, scheduler })).subscribe(nobody);
    scheduler.pass(10);
    expect(log).toEqual(['open', 'closed', 'open', 'closed']);
  });

  it('C9: a change by time is told of, though somebody arms the timer anew in that very ms: a breaker', () => {
    const scheduler = new VirtualTime();
    const breaker = new CircuitBreaker({ trip: failureRate({ threshold: 1, minimumCalls: 9, window: 30 }), scheduler });
    scheduler.schedule(() => { breaker.admit(); }, 30);
    const calls: number[] = [];
    breaker.state$.subscribe((state) => calls.push(state.calls));
    breaker.admit().fail(new Error('x'));
    scheduler.pass(100);
    expect(calls).toEqual([0, 1, 0]);
  });

  it('C9: a change by time is told of, though somebody arms the timer anew in that very ms: a limiter', () => {
    const scheduler = new VirtualTime();
    const limiter = new RateLimiter({ limits: slidingWindow({ limit: 3, window: 30 }), scheduler });
    scheduler.schedule(() => { limiter.state$.subscribe(); }, 30);
    const used: number[] = [];
    limiter.state$.subscribe((state) => used.push(state.limits.requests[0]!.used));
    limiter.tryAcquire();
    scheduler.pass(100);
    expect(used).toEqual([0, 1, 0]);
  });

  it('C9: a change by time is told of, though somebody arms the timer anew in that very ms: a budget', () => {
    const scheduler = new VirtualTime();
    const budget = new TokenBudget({ limits: slidingWindow({ limit: 3, window: 30 }), scheduler });
    scheduler.schedule(() => { budget.state$.subscribe(); }, 30);
    const used: number[] = [];
    budget.state$.subscribe((state) => used.push(state.limits[0]!.used));
    budget.record(1);
    scheduler.pass(100);
    expect(used).toEqual([0, 1, 0]);
  });

  it('C9: a change by time is told of, though somebody arms the timer anew in that very ms: a retry budget', () => {
    const scheduler = new VirtualTime();
    const retryBudget = new RetryBudget({ scheduler });
    scheduler.schedule(() => { retryBudget.state$.subscribe(); }, 10_000);
    const firstAttempts: number[] = [];
    retryBudget.state$.subscribe((state) => firstAttempts.push(state.firstAttempts));
    retryBudget.attempt();
    scheduler.pass(20_000);
    expect(firstAttempts).toEqual([0, 1, 0]);
  });

  describe('C4: of many that are unsubscribed at once, those who wait are never opened', () => {
    const waiting = { maxConcurrent: 2, limits: perHour(100) };
    const ways: [string, (calls: readonly Observable<never>[], stop: Subject<void>) => Subscription][] = [
      ['one after the other', (calls, stop) => { const all = calls.map((call) => call.subscribe()); return stop.subscribe(() => all.map((each) => each.unsubscribe())); }],
      ['by mergeMap', (calls, stop) => { const all = from(calls).pipe(mergeMap((call) => call)).subscribe(); return stop.subscribe(() => all.unsubscribe()); }],
      ['by switchMap', (calls, stop) => stop.pipe(map(() => NEVER), startWith(from(calls).pipe(mergeMap((call) => call))), switchMap((inner) => inner)).subscribe()],
      ['each by takeUntil', (calls, stop) => from(calls).pipe(mergeMap((call) => call.pipe(takeUntil(stop)))).subscribe()],
    ];

    it.each(ways)('by a client: %s', (_, start) => {
      const scheduler = new VirtualTime();
      const client = new ResilientClient({ rateLimit: waiting, tokenBudget: { limits: perHour(1_000) }, scheduler });
      let opened = 0;
      const stop = new Subject<void>();
      start(Array.from({ length: 9 }, () => client.call(() => { opened += 1; return NEVER; }, { tokens: { input: 10, output: 5 } })), stop);
      stop.next();
      scheduler.pass(10);
      expect(opened).toBe(2);
      expect([client.limiter.state.limits.requests[0]!.used, client.budget.remaining, client.limiter.state.inFlight, scheduler.timers]).toEqual([2, 980, 0, 0]);
    });

    it.each(ways)('by operators: %s', (_, start) => {
      const scheduler = new VirtualTime();
      const limiter = new RateLimiter({ ...waiting, scheduler });
      const budget = new TokenBudget({ limits: perHour(1_000), scheduler });
      let opened = 0;
      const stop = new Subject<void>();
      const call = defer(() => { opened += 1; return NEVER; }).pipe(tokenBudget(budget, { estimate: { input: 10, output: 5 } }), rateLimit(limiter));
      start(Array.from({ length: 9 }, () => call), stop);
      stop.next();
      scheduler.pass(10);
      expect([opened, limiter.state.limits.requests[0]!.used, budget.remaining]).toEqual([2, 2, 980]);
    });

    it.each(ways)('nor while a breaker lets one probe through: %s', (_, start) => {
      const scheduler = new VirtualTime();
      const client = new ResilientClient({ circuitBreak: { failureThreshold: 1, recoveryTimeout: 10 }, whenOpen: 'wait', scheduler });
      client.breaker.admit().fail(new Error('down'));
      let opened = 0;
      const stop = new Subject<void>();
      start(Array.from({ length: 9 }, () => client.call(() => { opened += 1; return NEVER; })), stop);
      scheduler.pass(10);
      stop.next();
      scheduler.pass(10);
      expect([opened, client.state.calls.waiting, scheduler.timers]).toEqual([1, 0, 0]);
    });

    it.each(ways)('nor when the head leaves, which needed more than those behind: %s', (_, start) => {
      const scheduler = new VirtualTime();
      const client = new ResilientClient({ rateLimit: { limits: { tokens: perHour(100) } }, scheduler });
      let opened = 0;
      const stop = new Subject<void>();
      start([60, 60, 10, 10].map((tokens) => client.call(() => { opened += 1; return NEVER; }, { tokens })), stop);
      stop.next();
      scheduler.pass(10);
      expect(opened).toBe(1);
    });

    it.each(ways)('nor asks a budget that takes its time: %s', (_, start) => {
      const scheduler = new VirtualTime();
      let asked = 0;
      const budget: Budget = { reserve: () => { asked += 1; return NEVER; } };
      const client = new ResilientClient({ rateLimit: waiting, tokenBudget: budget, scheduler });
      const stop = new Subject<void>();
      start(Array.from({ length: 9 }, () => client.call(() => NEVER)), stop);
      stop.next();
      scheduler.pass(10);
      expect([asked, client.limiter.state.inFlight]).toEqual([2, 0]);
    });

    it('but whoever waits behind them goes on in the same ms', () => {
      const scheduler = new VirtualTime();
      const client = new ResilientClient({ rateLimit: { maxConcurrent: 1 }, circuitBreak: { failureThreshold: 1, recoveryTimeout: 10 }, whenOpen: 'wait', scheduler });
      const opened: string[] = [];
      const call = (name: string) => client.call(() => { opened.push(`${name} ${scheduler.now()}`); return NEVER; }).subscribe();
      const [a, b] = [call('a'), call('b')];
      call('c');
      a.unsubscribe();
      b.unsubscribe();
      scheduler.pass(0);
      expect(opened).toEqual(['a 0', 'c 0']);
    });
  });

  it('L6: a 429 of a probe quiets those who wait at the breaker as well', () => {
    const scheduler = new VirtualTime();
    const limiter = new RateLimiter({ limits: perHour(100), scheduler });
    const breaker = new CircuitBreaker({ failureThreshold: 1, recoveryTimeout: 10, scheduler });
    breaker.admit().fail(new Error('down'));
    const guarded = resilient<never>({ rateLimit: limiter, circuitBreak: breaker, whenOpen: 'wait', scheduler });
    const probe = new Subject<never>();
    const opened: number[] = [];
    probe.pipe(guarded).subscribe(nobody);
    defer(() => { opened.push(scheduler.now()); return NEVER; }).pipe(guarded).subscribe();
    scheduler.pass(10);
    probe.error({ status: 429, headers: { 'retry-after': '30' } });
    scheduler.pass(60_000);
    expect(opened).toEqual([30_010]);
  });

  const probes: [string, (client: ResilientClient) => Observable<number>, number][] = [
    ['completes', () => of(10), 40],
    ['fails before its first value', () => throwError(() => ({ status: 400 })), 50],
    ['is unsubscribed', () => NEVER, 40],
  ];
  it.each(probes)('T1: whom the breaker lets through finds the budget settled when a probe %s', (_, answer, remaining) => {
    const scheduler = new VirtualTime();
    const client = new ResilientClient({ tokenBudget: { limits: perHour(100) }, circuitBreak: { failureThreshold: 1, recoveryTimeout: 10 }, whenOpen: 'wait', scheduler });
    client.breaker.admit().fail(new Error('down'));
    const seen: unknown[] = [];
    const later = () => timer(5, scheduler).pipe(switchMap(() => answer(client)));
    const probe = client.call(later, { tokens: { input: 10, output: 90 }, usage: (tokens) => tokens }).subscribe(nobody);
    client.call(() => of('b'), { tokens: 50, usage: () => 50 }).subscribe({ next: (value) => seen.push(value), error: (error) => seen.push(error) });
    scheduler.pass(20);
    probe.unsubscribe();
    scheduler.pass(20);
    expect([seen, client.budget.remaining]).toEqual([['b'], remaining]);
  });

  it('S7: what a watcher of the state does to a call comes after what it saw', () => {
    const scheduler = new VirtualTime();
    const client = new ResilientClient({ rateLimit: { maxConcurrent: 1 }, scheduler });
    const seen: string[] = [];
    const call = new Subscriber<never>({} as never);
    client.state$.subscribe(({ calls }) => calls.connecting > 0 && call.unsubscribe());
    client.call(() => NEVER, { onStatus: ({ phase }) => seen.push(phase) }).subscribe(call);
    expect(seen).toEqual(['connecting', 'cancelled']);
    client.limiter.tryAcquire();
    const waiting = new Subscriber<never>({} as never);
    client.state$.subscribe(({ calls }) => calls.waiting > 0 && waiting.unsubscribe());
    client.call(() => NEVER, { onStatus: ({ phase }) => seen.push(phase) }).subscribe(waiting);
    expect(seen.slice(2)).toEqual(['waiting', 'cancelled']);
  });

  it.each([0, 50])('S1: drain ends a call that would be retried for ever, after %d ms', (baseDelay) => {
    const scheduler = new VirtualTime();
    let asked = 0;
    const retryIf = () => { asked += 1; return asked < 1_000; };
    const client = new ResilientClient({ retryBackoff: { maxRetries: Number.POSITIVE_INFINITY, baseDelay, retryIf }, scheduler });
    const seen: unknown[] = [];
    client.drain().subscribe();
    client.call(() => NEVER).subscribe({ error: ({ reason }) => seen.push(reason) });
    scheduler.pass(10);
    expect([seen, asked]).toEqual([['draining'], 1]);
  });

  it('T1: permit and reservation go back, though an admission throws', async () => {
    const unhandled: unknown[] = [];
    config.onUnhandledError = (error) => unhandled.push(error);
    const scheduler = new VirtualTime();
    const limiter = new RateLimiter({ maxConcurrent: 1, scheduler });
    const budget = new TokenBudget({ limits: perHour(10), scheduler });
    const breaker = { admit: () => ({ value() {}, succeed() {}, fail() {}, ignore() { throw new Error('mine'); } }) };
    const call = new Subscriber<number>(nobody as never);
    const onStatus = ({ phase }: { phase: string }) => { phase === 'connecting' && call.unsubscribe(); };
    of(1).pipe(resilient<number>({ rateLimit: limiter, tokenBudget: budget, circuitBreak: breaker, scheduler }, { tokens: 5, onStatus })).subscribe(call);
    expect([limiter.state.inFlight, budget.remaining]).toEqual([0, 10]);
    await new Promise((done) => setTimeout(done));
    config.onUnhandledError = null;
    expect(unhandled).toEqual([new Error('mine')]);
  });

  it('L1: a limiter around ours may ask for more than its caller, and put the caller elsewhere in line', () => {
    const scheduler = new VirtualTime();
    const inner = new RateLimiter({ limits: perHour(3), scheduler });
    const twice: Limiter = { acquire: (_, options) => inner.acquire(2, options), scheduler };
    of(1).pipe(resilient<number>({ rateLimit: twice, scheduler })).subscribe();
    expect(inner.state.limits.requests[0]!.used).toBe(2);
    of(1).pipe(rateLimit(twice, { priority: 1, maxWait: 0 })).subscribe(nobody);
    expect(inner.state.limits.requests[0]!.used).toBe(2);

    const first: Limiter = { acquire: (cost, options) => inner.acquire(cost as never, { ...options, priority: 1 }), scheduler };
    inner.tryAcquire();
    const phases: string[] = [];
    of(1).pipe(resilient<number>({ rateLimit: first, scheduler }, { onStatus: ({ phase }) => phases.push(phase) })).subscribe();
    expect(phases).toEqual(['waiting']);
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

  it('R4: timers that a test had faked keep no later retry from its turn', async () => {
    const guarded = retryBackoff<number>({ jitter: 'none', baseDelay: 5 });
    const once = () => { let attempts = 0; return defer(() => { attempts += 1; return attempts === 1 ? throwError(() => new Error('x')) : of(1); }); };
    vi.useFakeTimers();
    once().pipe(guarded).subscribe();
    vi.useRealTimers();
    expect(await firstValueFrom(once().pipe(guarded))).toBe(1);
  });

  it('C7: whatever passes between two looks at the clock, errors are those that users know', () => {
    const call = fc.record({ tokens: fc.integer({ min: 1, max: 30 }), fails: fc.boolean(), lasts: fc.integer({ min: 1, max: 12 }), maxWait: fc.option(fc.nat(30)), wait: fc.nat(8) });
    fc.assert(
      fc.property(fc.array(call, { minLength: 5, maxLength: 40 }), fc.integer({ min: 1, max: 4 }), (calls, perLook) => {
        let looks = 0;
        const scheduler = new FakeScheduler((elapsed) => { looks += 1; return elapsed + Math.floor((looks * perLook) / 4); });
        const client = new ResilientClient({
          rateLimit: { limits: { requests: slidingWindow({ limit: 4, window: 15 }), tokens: tokenBucket({ capacity: 60, refill: 4, interval: 1 }) }, maxConcurrent: 3 },
          tokenBudget: { limits: [slidingWindow({ limit: 40, window: 25 }), slidingWindow({ limit: 90, window: 60 })], maxTokensPerRequest: 28 },
          circuitBreak: { failureThreshold: 2, recoveryTimeout: 9 },
          retryBackoff: { maxRetries: 2, baseDelay: 3 },
          scheduler,
        });
        const seen = new Set<string>();
        for (const { tokens, fails, lasts, maxWait, wait } of calls) {
          const answer = () => timer(lasts, scheduler).pipe(map(() => { if (fails) { throw Object.assign(new Error('down'), { status: 503 }); } return tokens; }));
          client.call(answer, { tokens, usage: (used) => used + 1, overrun: 'error', ...(maxWait === null ? {} : { maxWait }) })
            .subscribe({ error: (error) => seen.add(`${error.name}: ${error.message}`) });
          scheduler.run(wait);
        }
        scheduler.run();
        expect([...seen].filter((each) => !/^(PermitRefused|CircuitOpen|TokenBudgetExceeded)Error|^Error: down/.test(each))).toEqual([]);
        expect(client.limiter.state.inFlight).toBe(0);
      }),
      { numRuns: 100 },
    );
  });

  describe('B9, C4: whoever waits for the breaker is let through, whoever else leaves with the probe', () => {
    const rig = (answer: () => Observable<unknown>) => {
      const scheduler = new VirtualTime();
      const breaker = new CircuitBreaker({ failureThreshold: 1, recoveryTimeout: 10, scheduler });
      breaker.admit().fail(new Error('down'));
      const begun: string[] = [];
      const call = (name: string) => defer(() => { begun.push(`${name} ${scheduler.now()}`); return answer(); }).pipe(circuitBreak(breaker, { whenOpen: 'wait' })).subscribe();
      const calls = ['probe', 'b', 'c', 'd'].map(call);
      scheduler.pass(10);
      return { scheduler, breaker, begun, calls };
    };

    it.each([[0, 1], [0, 2], [0, 3], [2, 0], [0, 1, 2]])('calls %s, %s, %s', (...which) => {
      const { scheduler, begun, calls } = rig(() => NEVER);
      for (const each of which) {
        calls[each]!.unsubscribe();
      }
      scheduler.pass(1_000);
      const next = ['probe', 'b', 'c', 'd'].find((_, index) => !which.includes(index));
      expect(begun).toEqual(['probe 10', `${next} 10`]);
    });

    it('all of them, if the probe had delivered something', () => {
      const { scheduler, breaker, begun, calls } = rig(() => merge(of(1), NEVER));
      calls[0]!.unsubscribe();
      calls[1]!.unsubscribe();
      scheduler.pass(1_000);
      expect([breaker.state.status, begun]).toEqual(['closed', ['probe 10', 'c 10', 'd 10']]);
    });
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

  it('S1: the breaker has heard of a failure before its headers let the next in line move up', () => {
    const scheduler = new VirtualTime();
    const limiter = new RateLimiter({ limits: perHour(100), scheduler });
    const client = new ResilientClient({ rateLimit: limiter, circuitBreak: { failureThreshold: 1 }, scheduler });
    const first = new Subject<never>();
    const seen: string[] = [];
    client.call(() => first).subscribe(nobody);
    limiter.sync({ requests: { limit: 100, remaining: 0, resetMs: 60_000 } });
    client.call(() => { seen.push('opened'); return NEVER; }).subscribe({ error: ({ name }) => seen.push(name) });
    const headers = { 'x-ratelimit-limit-requests': '100', 'x-ratelimit-remaining-requests': '99', 'x-ratelimit-reset-requests': '1s' };
    first.error({ status: 500, headers });
    scheduler.pass(10);
    expect(seen).toEqual(['CircuitOpenError']);
  });

  it('T1: and the budget has settled it', () => {
    const scheduler = new VirtualTime();
    const limiter = new RateLimiter({ limits: perHour(100), scheduler });
    const client = new ResilientClient({ rateLimit: limiter, tokenBudget: { limits: perHour(100) }, scheduler });
    const first = new Subject<never>();
    const seen: unknown[] = [];
    client.call(() => first, { tokens: 60 }).subscribe(nobody);
    limiter.sync({ requests: { limit: 100, remaining: 0, resetMs: 60_000 } });
    for (const tokens of [40, 30]) {
      client.call(() => { seen.push(tokens); return NEVER; }, { tokens }).subscribe({ error: ({ name }) => seen.push(name) });
    }
    const headers = { 'x-ratelimit-limit-requests': '100', 'x-ratelimit-remaining-requests': '99', 'x-ratelimit-reset-requests': '1s' };
    first.error({ status: 500, headers });
    scheduler.pass(10);
    expect(seen).toEqual([40, 30]);
  });

  it('C10: a scheduler that does at once what has no delay leaves no timer behind', () => {
    vi.useFakeTimers();
    const limiter = new RateLimiter({ limits: slidingWindow({ limit: 2, window: 60_000 }), scheduler: queueScheduler });
    limiter.acquire(1).subscribe((permit) => permit.settle());
    const head = limiter.acquire(2).subscribe();
    const granted = limiter.acquire(1).subscribe();
    const last = limiter.acquire(1).subscribe();
    head.unsubscribe();
    last.unsubscribe();
    granted.unsubscribe();
    const left = vi.getTimerCount();
    vi.useRealTimers();
    expect([limiter.state.waiting, left]).toEqual([0, 0]);
  });

  it('C9: a draining client tells of no retry that will not come', () => {
    const scheduler = new VirtualTime();
    const client = new ResilientClient({ retryBackoff: {}, scheduler });
    const answer = new Subject<never>();
    const told: string[] = [];
    client.events$.subscribe(({ type }) => told.push(type));
    client.call(() => answer).subscribe(nobody);
    client.drain().subscribe();
    answer.error({ status: 503 });
    scheduler.pass(10);
    expect(told).toEqual(['gave-up']);
  });

  it('C2: a dimension that a limiter does not have is refused, also through a limiter around it', () => {
    const inner = new RateLimiter({ limits: { tokens: perHour(3) }, scheduler: new VirtualTime() });
    const around: Limiter = { acquire: (cost, options) => inner.acquire(cost as never, options) };
    const seen: string[] = [];
    of(1).pipe(rateLimit(around, { cost: { tokns: 5 }, priority: 1 })).subscribe({ error: ({ message }) => seen.push(message) });
    expect(seen).toEqual([expect.stringContaining('tokns')]);
  });
});
