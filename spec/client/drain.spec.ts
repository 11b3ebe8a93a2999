import { asyncScheduler, of } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import { keyed, type Limiter, perMinute, RateLimiter, ResilientClient } from '../../src/index';

const run: TestScheduler['run'] = (callback) => new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(callback);
const permit = { cost: {}, settle: () => {}, refund: () => {} };

/** A limiter elsewhere, which knows of everything at `toldAt`. */
const remote = (toldAt: number): Limiter & { readonly isIdle: boolean } => ({
  acquire: () => of(permit),
  get isIdle() {
    return asyncScheduler.now() >= toldAt;
  },
});

describe('S14: drain', () => {
  it('completes when a policy that is elsewhere knows of everything', () => {
    run(({ expectObservable }) => {
      const client = new ResilientClient({ rateLimit: remote(42) });
      expectObservable(client.drain()).toBe('50ms |');
    });
  });

  it('of keys, too', () => {
    run(({ expectObservable }) => {
      const limiters = keyed(() => remote(15));
      limiters.get('a');
      expectObservable(new ResilientClient({ rateLimit: limiters }).drain()).toBe('20ms |');
    });
  });

  it('waits for that 5 s at most, after the last call', () => {
    run(({ cold, expectObservable }) => {
      const client = new ResilientClient({ rateLimit: remote(Number.POSITIVE_INFINITY) });
      client.call(() => cold('100ms a 99ms |')).subscribe();
      expectObservable(client.drain()).toBe('5200ms |');
      expectObservable(client.drain()).toBe('5200ms |');
    });
  });

  it('is not over because calls have ended before it', () => {
    run(({ cold, expectObservable }) => {
      const client = new ResilientClient({});
      client.call(() => of(1)).subscribe();
      client.call(() => cold('---|')).subscribe();
      expectObservable(client.drain()).toBe('---|');
    });
  });

  it('does not wait for the windows of local ones', () => {
    run(({ cold, expectObservable }) => {
      const client = new ResilientClient({ rateLimit: new RateLimiter({ limits: perMinute(5) }) });
      client.call(() => cold('---|')).subscribe();
      expectObservable(client.drain()).toBe('---|');
    });
  });
});
