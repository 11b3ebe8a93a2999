import { from, NEVER, Observable, of, Subject, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type Budget, CircuitBreaker, perHour, RateLimiter, ResilientClient, resilient, slidingWindow, TokenBudget, tokenBucket, tokenBudget } from '../../src/index';
import { VirtualTime } from '../circuit/virtual-time';

const nobody = { error: () => undefined };

describe('found by random traces', () => {
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
    expect(inFlight).toEqual([0]);
  });

  it('C8: a call that is unsubscribed by whoever hears of its refusal tells nobody of it', () => {
    const scheduler = new VirtualTime();
    const client = new ResilientClient({ circuitBreak: { failureThreshold: 1, recoveryTimeout: 10 }, rateLimit: { maxConcurrent: 1, maxQueue: 0 }, whenOpen: 'wait', scheduler });
    client.call(() => NEVER).subscribe();
    client.breaker.admit().fail(new Error('down'));
    scheduler.pass(10);
    const seen: unknown[] = [];
    const call = client.call(() => of('a'), {}).subscribe({ error: (error) => seen.push(error) });
    client.breaker.events$.subscribe(() => call.unsubscribe()); // hears that the probe is given back
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
});
