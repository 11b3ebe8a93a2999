import { config, NEVER, Observable, of, Subject, Subscription, throwError } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import type { Asking } from '../../src/guard/guard';
import { chainOfOne } from '../../src/guard/guard-chain';
import { guarded } from '../../src/guard/guarded';
import {
  type Breaker,
  CircuitBreaker,
  CircuitOpenError,
  circuitBreak,
  type Limiter,
  type Permit,
  RateLimiter,
  ResilientClient,
  rateLimit,
  resilient,
} from '../../src/index';
import { VirtualTime } from '../circuit/virtual-time';

const open = (scheduler: VirtualTime) => {
  const breaker = new CircuitBreaker({ failureThreshold: 1, recoveryTimeout: 10, scheduler });
  breaker.admit().fail(new Error('down'));
  return breaker;
};

/** What a subscriber hears, in words. */
function heard<T>(call: Observable<T>): string[] {
  const seen: string[] = [];
  call.subscribe({
    next: (value) => seen.push(`${value}`),
    error: (error: Error) => seen.push(error.name),
    complete: () => seen.push('complete'),
  });
  return seen;
}

/** A source that can not be subscribed. */
function dead(): Subject<never> {
  const subject = new Subject<never>();
  subject.unsubscribe();
  return subject;
}

afterEach(() => {
  config.onUnhandledError = null;
});

describe('the settlement of an attempt', () => {
  it.each([{ maxQueue: 0 }, { maxWait: 0 }])('unblocks all policies before one of them lets a waiting call go: limiter with %j', (options) => {
    const scheduler = new VirtualTime();
    const limiter = new RateLimiter({ maxConcurrent: 5, ...options, scheduler });
    const guards = { rateLimit: limiter, circuitBreak: open(scheduler), whenOpen: 'wait' as const, scheduler };
    const probe = new Subject<string>();
    heard(probe.pipe(resilient(guards)));
    const waiting = heard(of('waited').pipe(resilient(guards)));
    scheduler.pass(10);
    probe.complete();
    scheduler.pass(0);
    expect(waiting).toEqual(['waited', 'complete']);
    expect(limiter.state.inFlight).toBe(0);
  });

  it('B9: a listener that asks while a probe is given back does not overtake those who wait', () => {
    const scheduler = new VirtualTime();
    const breaker = open(scheduler);
    const wait = circuitBreak<string>(breaker, { whenOpen: 'wait' });
    const order: string[] = [];
    const call = (name: string) => new Observable<string>(() => void order.push(name));
    const probe = call('probe').pipe(wait).subscribe();
    call('waiting').pipe(wait).subscribe();
    scheduler.pass(10);
    const listener = breaker.events$.subscribe(({ type }) => {
      if (type === 'ignored') {
        listener.unsubscribe();
        call('listener').pipe(circuitBreak(breaker)).subscribe({ error: ({ name }: Error) => order.push(name) });
      }
    });
    probe.unsubscribe();
    scheduler.pass(0);
    expect(order).toEqual(['probe', 'waiting', 'CircuitOpenError']);
  });

  it('a listener that asks a limiter without a wait while a permit is settled is granted when that is over', () => {
    const limiter = new RateLimiter({ maxConcurrent: 2, scheduler: new VirtualTime() });
    let seen: string[] = [];
    const listener = limiter.events$.subscribe(({ type }) => {
      if (type === 'settled') {
        listener.unsubscribe();
        seen = heard(of('asked').pipe(rateLimit(limiter, { maxWait: 0 })));
        expect(seen).toEqual([]);
      }
    });
    of('a').pipe(rateLimit(limiter)).subscribe();
    expect(seen).toEqual(['asked', 'complete']);
  });

  it('ends a hold once, though a listener ends the call while the holds go back for another start', () => {
    const scheduler = new VirtualTime();
    const limiter = new RateLimiter({ maxConcurrent: 1, scheduler });
    const held = limiter.tryAcquire()!;
    const ends: string[] = [];
    let checks = 0;
    const budget = (name: string) => ({ tokens: 1, report: () => true, settle: () => ends.push(`${name} settle`), refund: () => ends.push(`${name} refund`) });
    const tokenBudget = {
      check: () => {
        checks += 1;
        return checks === 1;
      },
      reserve: () => of(budget('first')),
    };
    const subscription = new Subscription();
    subscription.add(NEVER.pipe(resilient({ rateLimit: limiter, tokenBudget, scheduler }, { tokens: 1 })).subscribe());
    limiter.events$.subscribe(({ type }) => type === 'settled' && checks > 1 && subscription.unsubscribe());
    held.settle();
    scheduler.pass(0);
    expect(ends.length).toBeLessThanOrEqual(1);
    expect(limiter.state).toMatchObject({ inFlight: 0, waiting: 0 });
  });
});

describe('a source whose subscribe throws', () => {
  it('C5: fails its own call, and the next one goes', () => {
    const limiter = new RateLimiter({ maxConcurrent: 1, scheduler: new VirtualTime() });
    const first = new Subject<string>();
    const one = heard(first.pipe(rateLimit(limiter)));
    const two = heard(dead().pipe(rateLimit(limiter)));
    const three = heard(of('c').pipe(rateLimit(limiter)));
    first.complete();
    expect([one, two, three]).toEqual([['complete'], ['ObjectUnsubscribedError'], ['c', 'complete']]);
    expect(limiter.state.inFlight).toBe(0);
  });

  it('B9: does not stop those who wait at a breaker', () => {
    const scheduler = new VirtualTime();
    const breaker = open(scheduler);
    const wait = <T>() => circuitBreak<T>(breaker, { whenOpen: 'wait' });
    const probe = heard(dead().pipe(wait()));
    const next = heard(of('b').pipe(wait()));
    scheduler.pass(10);
    scheduler.pass(10);
    expect([probe, next]).toEqual([['ObjectUnsubscribedError'], ['b', 'complete']]);
  });

  it('R10: is retried, counted and told like any failure, and drain completes', () => {
    const scheduler = new VirtualTime();
    const client = new ResilientClient({ retryBackoff: { maxRetries: 1, baseDelay: 0 }, circuitBreak: { failureThreshold: 2 }, scheduler });
    let begun = 0;
    const seen = heard(client.call(() => {
      begun += 1;
      return dead();
    }, { afterValues: 'error' }));
    scheduler.pass(0);
    let isDrained = false;
    client.drain().subscribe({ complete: () => { isDrained = true; } });
    expect([begun, seen.length, isDrained, client.state.calls]).toEqual([begun, 1, true, { waiting: 0, connecting: 0, streaming: 0 }]);
  });
});

describe('a policy of somebody else', () => {
  it('C4: whose teardown throws does not keep the holds from going back', async () => {
    const unhandled = new Promise((resolve) => {
      config.onUnhandledError = resolve;
    });
    const scheduler = new VirtualTime();
    const limiter = new RateLimiter({ maxConcurrent: 1, scheduler });
    const tokenBudget = {
      reserve: () => new Observable<never>(() => () => {
        throw new Error('teardown');
      }),
    };
    NEVER.pipe(resilient({ rateLimit: limiter, tokenBudget, scheduler }, { tokens: 1 })).subscribe().unsubscribe();
    expect(limiter.state.inFlight).toBe(0);
    expect(await unhandled).toMatchObject({ errors: [new Error('teardown')] });
  });

  it('that grants undefined lets no call in', () => {
    const limiter = { acquire: () => of(undefined) } as unknown as Limiter;
    expect(heard(of('a').pipe(rateLimit(limiter)))).toEqual(['TypeError']);
  });

  it('B2: each call is refused with the error that its breaker gives', () => {
    let checks = 0;
    const refusal = new CircuitOpenError({ openUntil: 5 });
    const scheduler = new VirtualTime();
    const circuitBreak: Breaker = {
      scheduler,
      check: () => {
        checks += 1;
        return refusal;
      },
      admit: () => {
        throw refusal;
      },
    };
    const errors: unknown[] = [];
    for (let index = 0; index < 2; index += 1) {
      throwError(() => 'unused').pipe(resilient({ circuitBreak, scheduler })).subscribe({ error: (error) => errors.push(error) });
    }
    scheduler.pass(0);
    expect([errors, checks > 0]).toEqual([[refusal, refusal], true]);
  });
});

describe('what throws where nothing can be told', () => {
  const unhandledError = () =>
    new Promise((resolve) => {
      config.onUnhandledError = resolve;
    });
  const guard = { enter: (): unknown => 'hold', end: () => undefined, release: () => undefined };
  const passing = (own: object) => guarded<string, object>(chainOfOne({ ...guard, ...own }), () => ({}));

  it('a policy that throws while it lets others go is reported', async () => {
    const unhandled = unhandledError();
    const thrown = new Error('grant');
    expect(heard(of('a').pipe(passing({ block: () => undefined, unblock: () => true, grant: () => { throw thrown; } })))).toEqual(['a', 'complete']);
    expect(await unhandled).toBe(thrown);
  });

  it('a hold that comes late and can not be given back is reported', async () => {
    const unhandled = unhandledError();
    const thrown = new Error('release');
    let asking: Asking | undefined;
    const enter = (attempt: Asking) => {
      asking = attempt;
      return undefined;
    };
    of('a').pipe(passing({ enter, release: () => { throw thrown; } })).subscribe().unsubscribe();
    asking!.granted('late');
    expect(await unhandled).toBe(thrown);
  });

  it('the teardown of a source that has completed is reported', async () => {
    const unhandled = unhandledError();
    const source = new Observable<string>((subscriber) => {
      subscriber.complete();
      return () => {
        throw new Error('teardown');
      };
    });
    expect(heard(source.pipe(passing({})))).toEqual(['complete']);
    expect(await unhandled).toBeInstanceOf(Error);
  });

  it('C5: what a permit throws when it goes back for another start is the error of the call', () => {
    const scheduler = new VirtualTime();
    const permits = new Subject<Permit>();
    let checks = 0;
    const tokenBudget = {
      check: () => {
        checks += 1;
        return checks === 1;
      },
      reserve: () => NEVER,
    };
    const errors: unknown[] = [];
    const limiter = { acquire: () => permits, dimensions: [] } as unknown as Limiter;
    of('a').pipe(resilient({ rateLimit: limiter, tokenBudget, scheduler }, { tokens: 1 })).subscribe({ error: (error) => errors.push(error) });
    const thrown = new Error('refund');
    permits.next({ cost: { requests: 1 }, settle: () => undefined, refund: () => { throw thrown; } });
    expect(errors).toEqual([thrown]);
  });
});
