import { concat, NEVER, of, Subject, Subscriber, type Subscription, throwError } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { type CallStatus, perHour, ResilientClient, type ResilientClientConfig, type ResilientClientEvent } from '../../src/index';
import { VirtualTime } from '../circuit/virtual-time';

const unavailable = { status: 503 };
const usage = { input: 3, output: 4, final: true };
const nobody = { error: () => undefined };

/** A client, and the events of its calls and retries. */
function watched(config: ResilientClientConfig = {}) {
  const scheduler = new VirtualTime();
  const client = new ResilientClient({ scheduler, ...config });
  const events: ResilientClientEvent[] = [];
  client.events$.subscribe((event) => (event.policy === 'call' || event.policy === 'retry') && events.push(event));
  return { scheduler, client, events };
}

describe('the events of a call', () => {
  it('S15: a call that is answered: began, attempt-began, accepted, ended', () => {
    const { scheduler, client, events } = watched();
    const source = new Subject<number>();
    const meta = { user: 'ada' };
    client.call(() => source, { meta, usage: () => usage }).subscribe();
    scheduler.pass(5);
    source.next(1);
    scheduler.pass(2);
    source.next(2);
    source.complete();
    const call = { policy: 'call', call: 1 };
    expect(events).toEqual([
      { ...call, type: 'began', at: 0, meta },
      { ...call, type: 'attempt-began', at: 0, attempt: 1 },
      { ...call, type: 'accepted', at: 5, attempt: 1, after: 5 },
      { ...call, type: 'ended', at: 7, outcome: 'done', attempts: 1, duration: 7, usage: { ...usage, total: 7 } },
    ]);
    expect(Object.keys(events[0]!)).toContain('meta');
    expect((events[0] as { meta?: object }).meta).toBe(meta);
  });

  it('S15: a call that fails: the retries, then gave-up, then ended with the error', () => {
    const { scheduler, client, events } = watched({ retryBackoff: { maxRetries: 1, baseDelay: 10, jitter: 'none' } });
    client.call(() => throwError(() => unavailable)).subscribe(nobody);
    scheduler.pass(10);
    const call = { call: 1 };
    expect(events).toEqual([
      { ...call, policy: 'call', type: 'began', at: 0 },
      { ...call, policy: 'call', type: 'attempt-began', at: 0, attempt: 1 },
      { ...call, policy: 'retry', type: 'retry', at: 0, attempt: 1, delay: 10, error: unavailable },
      { ...call, policy: 'call', type: 'attempt-began', at: 10, attempt: 2 },
      { ...call, policy: 'retry', type: 'gave-up', at: 10, attempts: 2, error: unavailable },
      { ...call, policy: 'call', type: 'ended', at: 10, outcome: 'failed', attempts: 2, duration: 10, error: unavailable },
    ]);
    expect(events.some((event) => 'meta' in event || 'usage' in event)).toBe(false);
  });

  it('S15: a call that is unsubscribed: cancelled, with what it reported so far', () => {
    const { scheduler, client, events } = watched();
    const partial = { ...usage, final: false };
    const call = client.call(() => concat(of(1), NEVER), { usage: () => partial }).subscribe();
    scheduler.pass(3);
    call.unsubscribe();
    expect(events.at(-1)).toEqual({ policy: 'call', type: 'ended', call: 1, at: 3, outcome: 'cancelled', attempts: 1, duration: 3, usage: partial });
  });

  it('S15: `began` is told within the subscription, and each subscription is a call', () => {
    const { client, events } = watched();
    const call = client.call(() => NEVER);
    expect(events).toEqual([]);
    call.subscribe();
    call.subscribe();
    of(1).pipe(client.guard({ meta: { is: 'guarded' } })).subscribe();
    expect(events.filter(({ type }) => type === 'began').map(({ call }) => call)).toEqual([1, 2, 3]);
    expect(events.find(({ call }) => call === 3)).toMatchObject({ meta: { is: 'guarded' } });
  });

  it('S15: `after` counts from the subscription of the source, not from the wait before', () => {
    const { scheduler, client, events } = watched({ rateLimit: { maxConcurrent: 1 } });
    const [first, second] = [new Subject<number>(), new Subject<number>()];
    client.call(() => first).subscribe();
    client.call(() => second).subscribe();
    scheduler.pass(20);
    first.complete();
    scheduler.pass(3);
    second.next(1);
    second.complete();
    expect(events.filter(({ call }) => call === 2).slice(-2)).toEqual([
      { policy: 'call', type: 'accepted', call: 2, at: 23, attempt: 1, after: 3 },
      { policy: 'call', type: 'ended', call: 2, at: 23, outcome: 'done', attempts: 1, duration: 23 },
    ]);
  });

  it('S15: accepted goes by values, content or not, once an attempt', () => {
    const { client, events } = watched({ retryBackoff: { baseDelay: 0 } });
    const ping = { type: 'ping' };
    const attempts = [concat(of(ping, ping), throwError(() => unavailable)), of(ping, 'a')];
    client.call(() => attempts.shift()!).subscribe();
    expect(events.filter(({ type }) => type === 'accepted')).toMatchObject([{ attempt: 1 }, { attempt: 2 }]);
  });

  it('S15: tells no more of a call that a callback ends while it reads the first value', () => {
    const { scheduler, client, events } = watched({ timeout: { each: 10 } });
    const source = new Subject<number>();
    const usage = (): undefined => call.unsubscribe() as undefined;
    const call: Subscription = client.call(() => source, { usage }).subscribe();
    source.next(1);
    expect(events.map(({ type }) => type)).toEqual(['began', 'attempt-began', 'ended']);
    expect(scheduler.timers).toBe(0);
  });

  it('S15, C4: a call that is ended by who hears that it was accepted leaves no timer', () => {
    const { scheduler, client, events } = watched({ timeout: { each: 10 } });
    const source = new Subject<number>();
    const seen: number[] = [];
    const call = client.call(() => source).subscribe((value) => seen.push(value));
    client.events$.subscribe(({ type }) => type === 'accepted' && call.unsubscribe());
    source.next(1);
    expect(events.map(({ type }) => type)).toEqual(['began', 'attempt-began', 'accepted', 'ended']);
    expect(seen).toEqual([]);
    expect(scheduler.timers).toBe(0);
  });

  it.each([
    ['without retries', {}],
    ['with retries', { retryBackoff: { maxRetries: 3 } }],
    ['with hedges', { hedge: { after: 5 } }],
  ] as const)('S15, C5: a call whose tokens throw at its first attempt has failed, as any other, %s', (_, config) => {
    const { scheduler, client, events } = watched({ ...config, timeout: { total: 50 } });
    const thrown = new Error('no tokenizer');
    const tokens = () => {
      throw thrown;
    };
    const told: unknown[] = [];
    const onStatus = (status: CallStatus) => told.push(status);
    client.call(() => NEVER, { tokens, onStatus }).subscribe({ error: (error) => told.push(error, client.state.calls) });
    client.drain().subscribe({ complete: () => told.push('drained') });
    const calls = { waiting: 0, connecting: 0, streaming: 0 };
    expect(told).toEqual([{ phase: 'failed', error: thrown }, thrown, calls, 'drained']);
    expect(events.map(({ type }) => type)).toEqual(['began', 'attempt-began', 'ended']);
    expect(events.at(-1)).toMatchObject({ outcome: 'failed', attempts: 1, error: thrown });
    expect(scheduler.timers).toBe(0);
  });

  it('S15: a call that is ended by who hears that it gave up has ended once, and was cancelled', () => {
    const { client, events } = watched({ retryBackoff: { maxRetries: 0 } });
    const told: unknown[] = [];
    const call = new Subscriber<number>({ next: () => undefined, error: (error: unknown) => told.push(error), complete: () => undefined });
    client.events$.subscribe(({ type }) => type === 'gave-up' && call.unsubscribe());
    client.call(() => throwError(() => unavailable), { onStatus: ({ phase }) => told.push(phase) }).subscribe(call);
    expect(told).toEqual(['connecting', 'cancelled']);
    expect(events.map(({ type }) => type)).toEqual(['began', 'attempt-began', 'gave-up', 'ended']);
    expect(events.at(-1)).toMatchObject({ outcome: 'cancelled', attempts: 1 });
  });

  it('S15, C4: who hears of a retry and ends the call keeps onRetry and the next attempt from coming', () => {
    const onRetry = vi.fn();
    const { client, events } = watched({ retryBackoff: { baseDelay: 0, jitter: 'none', onRetry } });
    const call = new Subscriber<number>();
    client.events$.subscribe(({ type }) => type === 'retry' && call.unsubscribe());
    client.call(() => throwError(() => unavailable)).subscribe(call);
    expect([onRetry.mock.calls, events.map(({ type }) => type)]).toEqual([[], ['began', 'attempt-began', 'retry', 'ended']]);
  });

  it('L10: the limiter of a client hears of the first value of an attempt', () => {
    const accepted = vi.fn();
    const permit = { cost: { requests: 1 }, settle: () => undefined, refund: () => undefined, accepted };
    const { client } = watched({ rateLimit: { acquire: () => of(permit) } });
    client.call(() => concat(of(1, 2), NEVER)).subscribe();
    expect(accepted).toHaveBeenCalledTimes(1);
  });

  it('S15: a call that is refused has ended as well; nobody gave up who made no attempt', () => {
    const { scheduler, client, events } = watched({ retryBackoff: {}, tokenBudget: { limits: perHour(10) } });
    client.call(() => of(1), { tokens: 20 }).subscribe(nobody);
    client.drain().subscribe();
    client.call(() => of(1), { tokens: 1 }).subscribe(nobody);
    scheduler.pass(0);
    expect(events.map(({ type, call }) => [type, call])).toEqual([
      ['began', 1], ['attempt-began', 1], ['began', 2], ['attempt-began', 2], ['ended', 1], ['ended', 2],
    ]);
    expect(events.at(-1)).toMatchObject({ outcome: 'failed', error: { reason: 'draining' } });
  });

  it('S15: the usage of ended is that of the last attempt', () => {
    const { client, events } = watched({ retryBackoff: { baseDelay: 0 } });
    const attempts = [concat(of(1), throwError(() => unavailable)), of(2)];
    client.call(() => attempts.shift()!, { afterValues: 'restart', usage: (value) => (value === 1 ? { input: 1, final: true } : usage) }).subscribe();
    expect(events.at(-1)).toMatchObject({ type: 'ended', attempts: 2, usage });
  });

  it('S15: nothing is told of what happened before somebody listened', () => {
    const client = new ResilientClient({ scheduler: new VirtualTime() });
    const source = new Subject<number>();
    client.call(() => source).subscribe();
    const events: ResilientClientEvent[] = [];
    client.events$.subscribe((event) => events.push(event));
    source.next(1);
    source.complete();
    expect(events).toEqual([
      { policy: 'call', type: 'accepted', call: 1, at: 0, attempt: 1, after: 0 },
      { policy: 'call', type: 'ended', call: 1, at: 0, outcome: 'done', attempts: 1, duration: 0 },
    ]);
  });
});
