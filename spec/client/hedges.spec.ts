import { concat, NEVER, Observable, of, Subscriber, throwError, timer } from 'rxjs';
import { map } from 'rxjs/operators';
import { describe, expect, it, vi } from 'vitest';
import { type CallStatus, CircuitBreaker, perMinute, RateLimiter, ResilientClient, type ResilientClientConfig, type ResilientClientEvent, RetryBudget, resilient, TokenBudget } from '../../src/index';
import { VirtualTime } from '../circuit/virtual-time';

const free = () => new RetryBudget({ ratio: 1, minPerSecond: 1_000 });
const role = { choices: [{ index: 0, delta: { role: 'assistant', content: '' } }] };
const after = (ms: number, text = 'answer') => timer(ms).pipe(map(() => text));

/** A client, and one call of which every attempt is one of the sources. */
function rig(sources: readonly ((scheduler: VirtualTime) => Observable<unknown>)[], config: ResilientClientConfig = {}, options: object = {}) {
  const scheduler = (config.scheduler as VirtualTime | undefined) ?? new VirtualTime();
  const client = new ResilientClient({ hedge: { after: 100, retryBudget: free() }, scheduler, ...config });
  const seen = { values: [] as unknown[], end: [] as unknown[], status: [] as unknown[], events: [] as string[], numbers: [] as number[], ended: [] as number[] };
  client.events$.subscribe((event: ResilientClientEvent) => {
    if (event.policy === 'call') {
      seen.events.push('attempt' in event ? `${event.type} ${event.attempt} at ${scheduler.now()}` : event.type);
    }
  });
  const call = client.call((_signal, { number }) => {
    seen.numbers.push(number);
    const source = sources[Math.min(seen.numbers.length, sources.length) - 1]!(scheduler);
    return new Observable((subscriber) => {
      subscriber.add(source.subscribe(subscriber));
      subscriber.add(() => seen.ended.push(number));
    });
  }, { tokens: 10, onStatus: (status: CallStatus) => seen.status.push(status.phase === 'waiting' ? status.for : 'attempt' in status ? `${status.phase} ${status.attempt}` : status.phase), ...options } as never);
  const subscription = call.subscribe({ next: (value) => seen.values.push(value), error: (error) => seen.end.push(error?.name ?? error), complete: () => seen.end.push('done') });
  return { scheduler, client, seen, subscription };
}

/** In virtual time. */
const late = (ms: number, text = 'late') => (scheduler: VirtualTime) => timer(ms, scheduler).pipe(map(() => text));
const silent = () => NEVER;

describe('a client that hedges', () => {
  it('C4, H3: a call that is unsubscribed while its tokens are counted asks for nothing', () => {
    const scheduler = new VirtualTime();
    const limiter = new RateLimiter({ maxConcurrent: 2, scheduler });
    const client = new ResilientClient({ rateLimit: limiter, hedge: { after: 100 }, scheduler });
    const call = new Subscriber();
    const tokens = vi.fn(() => {
      call.unsubscribe();
      return 10;
    });
    client.call(silent, { tokens }).subscribe(call);
    scheduler.pass(200);
    expect([tokens.mock.calls.length, limiter.state.inFlight, scheduler.timers]).toEqual([1, 0, 0]);
  });

  it('H1: asks once more when no content has come, and the first that has content wins; the loser is ended first', () => {
    const { scheduler, seen } = rig([late(500, 'first'), late(50, 'second')]);
    scheduler.pass(99);
    expect(seen.numbers).toEqual([1]);
    scheduler.pass(1);
    expect([seen.numbers, seen.status]).toEqual([[1, 2], ['connecting 1']]);
    scheduler.pass(50);
    expect([seen.values, seen.end, seen.ended]).toEqual([['second'], ['done'], [1, 2]]);
    expect(seen.status).toEqual(['connecting 1', 'streaming 2', 'done']);
    expect(seen.events).toEqual(['began', 'attempt-began 1 at 0', 'hedged 2 at 100', 'attempt-began 2 at 100', 'accepted 2 at 150', 'ended']);
    expect(scheduler.timers).toBe(0);
  });

  it('H1: a role header is no content; what was held back of the winner comes first', () => {
    const header = (rest: (scheduler: VirtualTime) => Observable<unknown>) => (scheduler: VirtualTime) => concat(of(role), rest(scheduler));
    const { scheduler, seen } = rig([header(late(500)), header(late(300, 'won'))]);
    scheduler.pass(399);
    expect(seen.values).toEqual([]);
    scheduler.pass(1);
    expect([seen.values, seen.end]).toEqual([[role, 'won'], ['done']]);
  });

  it('H1: the time begins when the guards are passed', () => {
    const rateLimit = new RateLimiter({ limits: perMinute(2), scheduler: new VirtualTime() });
    const scheduler = rateLimit.scheduler as VirtualTime;
    rateLimit.pause(1_000);
    const { seen } = rig([(time) => late(500)(time)], { rateLimit, scheduler });
    scheduler.pass(1_099);
    expect(seen.numbers).toEqual([1]);
    scheduler.pass(1);
    expect(seen.numbers).toEqual([1, 2]);
    scheduler.pass(400);
    expect(seen.end).toEqual(['done']);
  });

  it('H3: every hedge has a permit, a reservation and an admission of its own, all settled', () => {
    const scheduler = new VirtualTime();
    const [rateLimit, circuitBreak, tokenBudget] = [new RateLimiter({ limits: perMinute(5), scheduler }), new CircuitBreaker({ scheduler }), new TokenBudget({ limits: perMinute(100), scheduler })];
    const { seen } = rig([silent, late(50)], { rateLimit, circuitBreak, tokenBudget, scheduler }, { usage: () => ({ total: 3, final: true }) });
    scheduler.pass(100);
    expect([rateLimit.state.inFlight, tokenBudget.remaining, circuitBreak.isIdle]).toEqual([2, 80, false]);
    scheduler.pass(50);
    expect(seen.end).toEqual(['done']);
    expect([rateLimit.state.inFlight, rateLimit.state.limits.requests[0]!.used, circuitBreak.isIdle]).toEqual([0, 2, true]);
    expect(tokenBudget.remaining).toBe(100 - 3 - 10); // nobody knows what the loser has cost
  });

  it('H3: a hedge asks for what is free at once, never waits, and its refusal is no failure of the call', () => {
    for (const taken of ['permit', 'tokens'] as const) {
      const scheduler = new VirtualTime();
      const rateLimit = new RateLimiter({ limits: perMinute(taken === 'permit' ? 1 : 5), scheduler });
      const tokenBudget = new TokenBudget({ limits: perMinute(taken === 'tokens' ? 10 : 50), scheduler });
      const { seen } = rig([(time) => concat(late(500)(time))], { rateLimit, tokenBudget, scheduler });
      scheduler.pass(499);
      expect([rateLimit.state.waiting, rateLimit.state.inFlight, seen.numbers, seen.end]).toEqual([0, 1, [1], []]);
      scheduler.pass(1);
      expect([seen.values, seen.end, rateLimit.state.inFlight]).toEqual([['late'], ['done'], 0]);
    }
  });

  it('H3: the error of the first is told, not the refusal of its hedge', () => {
    const scheduler = new VirtualTime();
    const rateLimit = new RateLimiter({ limits: perMinute(1), scheduler });
    const fails = (time: VirtualTime) => concat(timer(100, time).pipe(map(() => role)), throwError(() => new Error('cut')));
    const { seen } = rig([fails], { rateLimit, scheduler });
    scheduler.pass(200);
    expect(seen.end).toEqual(['Error']);
  });

  it('H2: a failure before content starts no hedge early; it passes on to the retry when nobody else runs', () => {
    const failing = (time: VirtualTime) => concat(timer(20, time).pipe(map(() => role)), throwError(() => new Error('cut')));
    const { scheduler, seen } = rig([failing, late(10, 'retried')], { retryBackoff: { baseDelay: 30, jitter: 'none' } });
    scheduler.pass(60);
    expect([seen.numbers, seen.values, seen.end]).toEqual([[1, 2], [role, 'retried'].slice(1), ['done']]);
    expect(seen.events.filter((event) => event.startsWith('hedged'))).toEqual([]);
  });

  it('H2: a failure while others run is dropped; a fatal error ends all', () => {
    const failAt = (ms: number, error: unknown) => (time: VirtualTime) => concat(timer(ms, time).pipe(map(() => role)), throwError(() => error));
    const dropped = rig([failAt(150, new Error('cut')), late(200, 'second')]);
    dropped.scheduler.pass(400);
    expect([dropped.seen.values, dropped.seen.end]).toEqual([['second'], ['done']]);
    const fatal = rig([late(500), failAt(10, { status: 400, name: 'bad request' })]);
    fatal.scheduler.pass(150);
    expect([fatal.seen.end, fatal.seen.ended.sort(), fatal.scheduler.timers]).toEqual([['bad request'], [1, 2], 0]);
  });

  it('H2: as many as max says, each after the last one was subscribed', () => {
    const { scheduler, seen } = rig([silent, silent, late(20, 'third')], { hedge: { after: 100, max: 2, retryBudget: free() } });
    scheduler.pass(199);
    expect(seen.numbers).toEqual([1, 2]);
    scheduler.pass(21);
    expect([seen.values, seen.end, seen.ended.sort()]).toEqual([['third'], ['done'], [1, 2, 3]]);
  });

  it('H3: by default hedges are 5 % of the calls, or one in 10 s', () => {
    const scheduler = new VirtualTime();
    const client = new ResilientClient({ hedge: { after: 10 }, scheduler });
    let requests = 0;
    for (let call = 0; call < 100; call += 1) {
      client.call(() => {
        requests += 1;
        return timer(50, scheduler);
      }).subscribe();
    }
    scheduler.pass(100);
    expect(requests - 100).toBeGreaterThanOrEqual(5);
    expect(requests - 100).toBeLessThanOrEqual(6);
  });

  it('C4: unsubscribing ends all', () => {
    const { scheduler, seen, subscription, client } = rig([silent, silent]);
    scheduler.pass(120);
    subscription.unsubscribe();
    expect([seen.ended.sort(), scheduler.timers, client.state.calls]).toEqual([[1, 2], 0, { waiting: 0, connecting: 0, streaming: 0 }]);
  });

  it('S1: a total timeout ends all, and is the outcome of each', () => {
    const circuitBreak = new CircuitBreaker({ failureThreshold: 2, scheduler: new VirtualTime() });
    const scheduler = circuitBreak.scheduler as VirtualTime;
    const { seen } = rig([silent, silent], { circuitBreak, scheduler, timeout: { total: 300 } });
    scheduler.pass(300);
    expect([seen.end, circuitBreak.state.status]).toEqual([['TimeoutError'], 'open']);
  });

  it('S9: hedges are decided before an answer is validated', () => {
    const { scheduler, seen } = rig([late(500), late(50, 'second')], {}, { validate: (values: readonly unknown[]) => values.length });
    scheduler.pass(150);
    expect([seen.values, seen.end]).toEqual([['second'], ['done']]);
  });

  it('S1: one that had to wait for a breaker goes on when its turn has come', () => {
    const scheduler = new VirtualTime();
    const circuitBreak = new CircuitBreaker({ failureThreshold: 1, recoveryTimeout: 1_000, scheduler });
    circuitBreak.admit().fail();
    const { seen } = rig([late(10)], { circuitBreak, whenOpen: 'wait', scheduler });
    expect(seen.status).toEqual(['breaker']);
    scheduler.pass(1_010);
    expect([seen.values, seen.end]).toEqual([['late'], ['done']]);
  });

  it('H3: resilient hedges as well', () => {
    const scheduler = new VirtualTime();
    let subscribed = 0;
    const source = new Observable<string>((subscriber) => {
      subscribed += 1;
      return (subscribed === 1 ? NEVER : after(0)).subscribe(subscriber as never);
    });
    source.pipe(resilient({ hedge: { after: 100 }, scheduler })).subscribe();
    scheduler.pass(100);
    expect(subscribed).toBe(2);
  });

  it.each([
    [{}, /ResilientClient: hedge: after/],
    [{ after: -1 }, /hedge.*after.*got -1/],
    [{ after: 5, max: 0.5 }, /max/],
    [{ after: 5, with: () => NEVER }, /unknown option with/],
    [{ after: 5, retryBudget: {} }, /retryBudget/],
  ])('C2: checks its options: %o', (hedge, message) => {
    expect(() => new ResilientClient({ hedge: hedge as never })).toThrow(message);
  });
});
