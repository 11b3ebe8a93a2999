import { defer, from, map, mergeMap, NEVER, type Observable, type Observer, Subject, type Subscription, startWith, switchMap, takeUntil, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type Budget, CircuitBreaker, type CircuitBreakerEvent, perHour, RateLimiter, ResilientClient, rateLimit, TokenBudget, tokenBudget } from '../../src/index';
import { VirtualTime } from '../circuit/virtual-time';
import { FakeScheduler } from '../support/fake-scheduler';

const down = new Error('down');
const nobody: Partial<Observer<unknown>> = { error: () => undefined };

/** Everything that a call can hold on to, on one scheduler that counts its timers. */
class Rig {
  readonly scheduler = new FakeScheduler();
  readonly limiter = new RateLimiter({
    limits: { requests: perHour(100), tokens: perHour(100) },
    maxConcurrent: 1,
    scheduler: this.scheduler,
  });
  readonly breaker = new CircuitBreaker({
    failureThreshold: 1,
    recoveryTimeout: 100,
    outcome: () => 'failure',
    scheduler: this.scheduler,
  });
  readonly budget = new TokenBudget({ limits: perHour(100), scheduler: this.scheduler });
  readonly signals: AbortSignal[] = [];
  readonly phases: string[] = [];
  readonly client: ResilientClient;

  constructor(whenOpen: 'error' | 'wait' = 'error', baseDelay = 50) {
    this.client = new ResilientClient({
      retryBackoff: { baseDelay, jitter: 'none' },
      rateLimit: this.limiter,
      circuitBreak: this.breaker,
      tokenBudget: this.budget,
      timeout: { first: 1_000, each: 1_000, total: 10_000 },
      whenOpen,
      scheduler: this.scheduler,
    });
  }

  call(answer: Observable<unknown>, until: Observable<unknown> = NEVER) {
    return this.client
      .call(
        (signal) => {
          this.signals.push(signal);
          return answer;
        },
        { tokens: 10, maxWait: 5_000, onStatus: ({ phase }) => this.phases.push(phase) },
      )
      .pipe(takeUntil(until))
      .subscribe(nobody);
  }

  /** Opens the breaker, and lets its recovery time pass if wanted. */
  trip(recovers: boolean): void {
    this.breaker.admit().fail(down);
    this.scheduler.run(recovers ? 100 : 1);
  }

  expectNothingLeft(requests: number, tokens: number): void {
    expect(this.scheduler.pending).toBe(0);
    expect(this.limiter.state).toMatchObject({ inFlight: 0, waiting: 0 });
    expect(this.limiter.state.limits.requests[0]!.used).toBe(requests);
    expect(this.limiter.state.limits.tokens[0]!.used).toBe(tokens);
    expect(this.budget.state.limits[0]).toMatchObject({ used: tokens, reserved: 0 });
    expect(this.signals.every(({ aborted }) => aborted)).toBe(true);
    expect(this.phases.at(-1)).toBe('cancelled');
  }
}

describe('unsubscribing a guarded call leaves nothing behind', () => {
  it('C4: while a refusal is on its way', () => {
    const rig = new Rig();
    rig.trip(false);
    rig.call(NEVER).unsubscribe();
    rig.expectNothingLeft(0, 0);
    expect(rig.signals).toEqual([]);
  });

  it('C4: while it waits for the breaker', () => {
    const rig = new Rig('wait');
    rig.trip(false);
    const call = rig.call(NEVER);
    expect(rig.phases).toEqual(['waiting']);
    expect(rig.scheduler.pending).toBeGreaterThan(0);
    call.unsubscribe();
    rig.expectNothingLeft(0, 0);
    rig.scheduler.run(100);
    expect(rig.breaker.check()).toBeUndefined();
  });

  it('C4: while it waits for the permit', () => {
    const rig = new Rig();
    const held = rig.limiter.tryAcquire({ requests: 0 })!;
    const call = rig.call(NEVER);
    expect(rig.limiter.state.waiting).toBe(1);
    call.unsubscribe();
    held.refund();
    rig.expectNothingLeft(0, 0);
    expect(rig.signals).toEqual([]);
  });

  it('C4: in the line, to which it brings no probe', () => {
    const rig = new Rig('wait');
    rig.trip(true);
    const held = rig.limiter.tryAcquire({ requests: 0 })!;
    const call = rig.call(NEVER);
    expect(rig.breaker.state.calls).toBe(0);
    call.unsubscribe();
    held.refund();
    rig.expectNothingLeft(0, 0);
    expect(rig.breaker.state).toMatchObject({ status: 'half-open', calls: 0 });
  });

  it('C4: before the first value, also as a probe', () => {
    const rig = new Rig();
    rig.trip(true);
    const events: CircuitBreakerEvent['type'][] = [];
    rig.breaker.events$.subscribe(({ type }) => events.push(type));
    rig.call(NEVER).unsubscribe();
    rig.expectNothingLeft(1, 10);
    expect(rig.breaker.state).toMatchObject({ status: 'half-open', calls: 0 });
    expect(events).toEqual(['half-opened', 'ignored']);
  });

  it('C4: in the middle of the stream, which is a success', () => {
    const rig = new Rig();
    rig.trip(true);
    const answer = new Subject<string>();
    const call = rig.call(answer);
    answer.next('a');
    call.unsubscribe();
    rig.expectNothingLeft(1, 10);
    expect(answer.observed).toBe(false);
    expect(rig.breaker.state.status).toBe('closed');
  });

  it('C4: inside next', () => {
    const rig = new Rig();
    const answer = new Subject<string>();
    const call = rig.call(answer);
    answer.subscribe(() => call.unsubscribe());
    answer.next('a');
    rig.expectNothingLeft(1, 10);
    expect(answer.observers).toHaveLength(1);
  });

  it('C4: in the delay before a retry', () => {
    const rig = new Rig('error', 150); // the breaker is open no longer
    const call = rig.call(throwError(() => ({ status: 429 })));
    expect(rig.phases.at(-1)).toBe('waiting');
    expect(rig.scheduler.pending).toBeGreaterThan(0);
    call.unsubscribe();
    rig.expectNothingLeft(1, 0);
    rig.scheduler.run();
    expect(rig.signals).toHaveLength(1);
  });

  it('C4: while a listener of the policies hears of what it was given', () => {
    for (const type of ['granted', 'reserved', 'half-opened']) {
      const rig = new Rig();
      rig.trip(true);
      const stop = new Subject<void>();
      for (const { events$ } of [rig.limiter, rig.budget, rig.breaker] as { events$: Observable<{ type: string }> }[]) {
        events$.subscribe((event) => {
          if (event.type === type) {
            stop.next();
          }
        });
      }
      rig.call(NEVER, stop);
      rig.expectNothingLeft(0, 0);
      expect(rig.breaker.check()).toBeUndefined();
      expect(rig.signals).toEqual([]);
    }
  });

  it('C4: while a listener of the client hears that it began', () => {
    const rig = new Rig();
    const stop = new Subject<void>();
    rig.client.events$.subscribe(({ type }) => type === 'began' && stop.next());
    rig.call(NEVER, stop);
    rig.expectNothingLeft(0, 0);
    expect(rig.signals).toEqual([]);
  });

  it('C10: holds no timer once a call has ended, and none before it begins', () => {
    for (const end of [(answer: Subject<string>) => answer.complete(), (answer: Subject<string>) => answer.error({ status: 400 })]) {
      const rig = new Rig();
      const answer = new Subject<string>();
      expect(rig.scheduler.pending).toBe(0);
      rig.call(answer);
      answer.next('a');
      expect(rig.scheduler.pending).toBeGreaterThan(0);
      end(answer);
      expect(rig.scheduler.pending).toBe(0);
    }
  });
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
    start(Array.from({ length: 9 }, () => client.call(() => NEVER, { tokens: 1 })), stop);
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
