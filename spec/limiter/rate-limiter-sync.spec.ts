import { map, tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { RateLimiter } from '../../src/limiter/rate-limiter';
import { rateLimitOf } from '../../src/provider';
import { tokenBucket } from '../../src/quota/limits';
import { at, per, permit } from '../support/limiting';
import { run } from '../support/run';

const ms = (count: number, end: string) => `${count}ms ${end}`;

describe('RateLimiter: sync', () => {
  it('L7: lets a cost wait (cost - remaining) * reset / (limit - remaining), by the headers of OpenAI', () => {
    run(({ expectObservable }) => {
      const limiter = new RateLimiter({ limits: { requests: per(60_000, 500), tokens: per(60_000, 200_000) } });
      limiter.sync(
        rateLimitOf({
          'x-ratelimit-limit-requests': '500',
          'x-ratelimit-remaining-requests': '499',
          'x-ratelimit-reset-requests': '120ms',
          'x-ratelimit-limit-tokens': '200000',
          'x-ratelimit-remaining-tokens': '1000',
          'x-ratelimit-reset-tokens': '59.7s',
        }),
      );
      // 59_700 ms for 199_000 tokens: 0.3 ms for each
      expectObservable(permit(limiter, { tokens: 1_000 })).toBe('(p|)');
      expectObservable(permit(limiter, { tokens: 1_000 })).toBe(ms(300, '(p|)'));
      expectObservable(permit(limiter, { tokens: 1_001 })).toBe(ms(601, '(p|)')); // 600.3
    });
  });

  it('L7: reads the headers of Anthropic, where reset is the time of a full refill', () => {
    run(({ expectObservable }) => {
      const limits = { requests: per(60_000, 50), inputTokens: per(60_000, 30_000), outputTokens: per(60_000, 8_000) };
      const limiter = new RateLimiter({ limits });
      const headers = {
        date: 'Mon, 01 Jun 2026 10:00:00 GMT',
        'anthropic-ratelimit-input-tokens-limit': '30000',
        'anthropic-ratelimit-input-tokens-remaining': '10000',
        'anthropic-ratelimit-input-tokens-reset': '2026-06-01T10:00:40Z',
        'anthropic-ratelimit-output-tokens-limit': '8000',
        'anthropic-ratelimit-output-tokens-remaining': '8000',
        'anthropic-ratelimit-output-tokens-reset': '2026-06-01T10:00:00Z',
      };
      limiter.sync(rateLimitOf(headers));
      expectObservable(permit(limiter, { inputTokens: 12_000, outputTokens: 8_000 })).toBe(ms(4_000, '(p|)'));
      expectObservable(permit(limiter, { inputTokens: 5_000 })).toBe(ms(14_000, '(p|)'));
    });
  });

  it('L7: takes the capacity of its own limit, and the own window, where the headers leave them out', () => {
    run(({ expectObservable }) => {
      const limiter = new RateLimiter({ limits: { requests: [per(10, 4), per(40, 10)] } });
      limiter.sync({ requests: { remaining: 2 } });
      expectObservable(permit(limiter, 2)).toBe('(p|)');
      expectObservable(permit(limiter, 1)).toBe('-----(p|)'); // 8 units in 40 ms
    });
  });

  it('L7: takes the time in which its own bucket fills for the window', () => {
    run(({ expectObservable }) => {
      const limiter = new RateLimiter({ limits: tokenBucket({ capacity: 10, refill: 1, interval: 2 }) });
      limiter.sync({ requests: { remaining: 5 } });
      expectObservable(permit(limiter, 6)).toBe('----(p|)');
    });
  });

  it('L7: needs both: the own limit holds back what the headers would allow', () => {
    run(({ expectObservable }) => {
      const limiter = new RateLimiter({ limits: per(20, 2) });
      limiter.sync({ requests: { limit: 100, remaining: 90, resetMs: 5 } });
      expectObservable(permit(limiter, 2)).toBe('(p|)');
      expectObservable(permit(limiter)).toBe('--------------------(p|)');
    });
  });

  it('L7: never changes the own count', () => {
    run(() => {
      const limiter = new RateLimiter({ limits: per(20, 2) });
      limiter.sync({ requests: { remaining: 0, resetMs: 10 } });
      expect(limiter.state.limits.requests[0]).toMatchObject({ used: 0, remaining: 2 });
    });
  });

  it('L7: lets later grants and settlements draw on it too', () => {
    run(({ expectObservable }) => {
      const limiter = new RateLimiter({ limits: { tokens: per(1_000, 1_000) } });
      const early = limiter.tryAcquire({ tokens: 10 })!;
      const refunded = limiter.tryAcquire({ tokens: 50 })!;
      limiter.sync({ tokens: { limit: 100, remaining: 50, resetMs: 50 } }); // a token each ms
      expectObservable(limiter.acquire({ tokens: 40 }).pipe(tap((held) => at(3, () => held.settle({ tokens: 20 }))), map(() => 'p'))).toBe('(p|)');
      at(1, () => early.settle({ tokens: 15 })); // 5 more than when the headers were written
      at(2, () => refunded.refund()); // the provider never counted these
      // 10 left, less 5, plus 20, plus one each ms: 28 after 3 ms
      expectObservable(permit(limiter, { tokens: 30 }), '-^').toBe('-----(p|)');
    });
  });

  it('L7: is replaced by the latest sync, and moves the head either way at once', () => {
    run(({ expectObservable }) => {
      const limiter = new RateLimiter({ limits: per(1_000, 10) });
      limiter.sync({ requests: { limit: 10, remaining: 0, resetMs: 100 } });
      at(2, () => limiter.sync({ requests: { limit: 10, remaining: 0, resetMs: 50 } }));
      at(4, () => limiter.sync({ requests: { limit: 10, remaining: 0, resetMs: 200 } }));
      at(9, () => limiter.sync({ requests: { limit: 10, remaining: 3, resetMs: 70 } }));
      expectObservable(permit(limiter)).toBe('---------(p|)');
      expectObservable(permit(limiter, 3)).toBe('-------------------(p|)');
    });
  });

  it('L7: goes when it is full', () => {
    run(({ expectObservable }) => {
      const limiter = new RateLimiter({ limits: per(1_000, 100) });
      limiter.sync({ requests: { limit: 5, remaining: 0, resetMs: 5 } });
      expectObservable(permit(limiter, 10), '-----^').toBe('-----(p|)');
      expectObservable(permit(limiter, 10), '------^').toBe('------(p|)');
    });
  });

  it('L7: lets a cost above its capacity wait until it is gone, and those behind with it', () => {
    run(({ expectObservable }) => {
      const limiter = new RateLimiter({ limits: per(1_000, 100) });
      limiter.sync({ requests: { limit: 5, remaining: 2, resetMs: 9 } });
      expectObservable(permit(limiter, 6)).toBe('---------(p|)');
      expectObservable(permit(limiter, 1)).toBe('---------(p|)');
    });
  });

  it('L7: ignores dimensions that it does not limit, that report no remaining, `unified` and `policies`', () => {
    run(({ expectObservable }) => {
      const limiter = new RateLimiter({ limits: per(1_000, 100) });
      limiter.sync({
        requests: { limit: 5, resetMs: 9 },
        tokens: { limit: 5, remaining: 0, resetMs: 9 },
        unified: { status: 'rejected', resetMs: 9 },
        policies: { default: { limit: 5, remaining: 0, resetMs: 9 } },
      });
      expectObservable(permit(limiter, 6)).toBe('(p|)');
    });
  });

  it('L7: is lifted by a report that everything remains, or that the reset has come', () => {
    run(({ expectObservable }) => {
      const limiter = new RateLimiter({ limits: { requests: per(1_000, 100), tokens: per(1_000, 100) } });
      limiter.sync({ requests: { limit: 5, remaining: 0, resetMs: 90 }, tokens: { limit: 5, remaining: 0, resetMs: 90 } });
      at(3, () => limiter.sync({ requests: { limit: 5, remaining: 5, resetMs: 90 }, tokens: { limit: 5, remaining: 0, resetMs: 0 } }));
      expectObservable(permit(limiter, { tokens: 1 })).toBe('---(p|)');
    });
  });

  it('L7: is foreseen, so that maxWait refuses at once', () => {
    run(({ expectObservable }) => {
      const limiter = new RateLimiter({ limits: per(1_000, 100), maxWait: 12 });
      limiter.sync({ requests: { limit: 10, remaining: 0, resetMs: 40 } });
      expectObservable(permit(limiter, 3)).toBe('------------(p|)');
      expectObservable(limiter.acquire(1)).toBe('#', {}, expect.objectContaining({ reason: 'wait-too-long', retryAfter: 16 }));
    });
  });
});
