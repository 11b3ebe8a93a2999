import { of } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { Limiter, Permit } from '../../src/limiter/limiter';
import { rateLimit } from '../../src/limiter/rate-limit';
import { rateLimitEach } from '../../src/limiter/rate-limit-each';
import { RateLimiter } from '../../src/limiter/rate-limiter';
import type { RateLimiterConfig } from '../../src/limiter/rate-limiter-config';
import { perSecond } from '../../src/quota/limits';
import { per } from '../support/limiting';

const make = (config: unknown) => () => new RateLimiter(config as { limits: ReturnType<typeof perSecond> });
const limits = perSecond(1);

describe('RateLimiter: options and types', () => {
  it.each<[string, unknown, ErrorConstructor, RegExp]>([
    ['no config', undefined, TypeError, /RateLimiter: options .* undefined/],
    ['null', null, TypeError, /RateLimiter: options .* null/],
    ['neither limits nor maxConcurrent', {}, TypeError, /limits or maxConcurrent/],
    ['limits that are null', { limits: null }, TypeError, /limits.*null/],
    ['limits without a dimension', { limits: {} }, TypeError, /limits.*\{\}/],
    ['an empty list', { limits: [] }, RangeError, /limits.*\[\]/],
    ['an empty list for a dimension', { limits: { tokens: [] } }, RangeError, /limits\.tokens.*\[\]/],
    ['a number as a limit', { limits: 5 }, TypeError, /limits.*5/],
    ['a maxConcurrent of 0', { maxConcurrent: 0 }, RangeError, /maxConcurrent .*0/],
    ['half a maxConcurrent', { maxConcurrent: 1.5 }, RangeError, /maxConcurrent .*1\.5/],
    ['a negative maxQueue', { limits, maxQueue: -1 }, RangeError, /maxQueue .*-1/],
    ['half a maxQueue', { limits, maxQueue: 0.5 }, RangeError, /maxQueue .*0\.5/],
    ['a maxQueue that is NaN', { limits, maxQueue: Number.NaN }, RangeError, /maxQueue .*NaN/],
    ['a negative maxWait', { limits, maxWait: -5 }, RangeError, /maxWait .*-5/],
    ['a maxWait that is NaN', { limits, maxWait: Number.NaN }, RangeError, /maxWait .*NaN/],
    ['a maxWait in words', { limits, maxWait: '5s' }, TypeError, /maxWait .*5s/],
    ['a negative maxPause', { limits, maxPause: -1 }, RangeError, /maxPause .*-1/],
    ['a scheduler that is none', { limits, scheduler: { now: 5 } }, TypeError, /scheduler .*now/],
    ['an unknown option', { limits, maxWaits: 5 }, TypeError, /maxWaits.*5/],
  ])('C2: refuses %s', (_, config, kind, message) => {
    expect(make(config)).toThrow(kind);
    expect(make(config)).toThrow(message);
  });

  it('C2: takes Infinity for what may be without bound, and undefined for what is not given', () => {
    const infinite = Number.POSITIVE_INFINITY;
    expect(make({ maxConcurrent: infinite, maxQueue: infinite, maxWait: infinite, maxPause: infinite })).not.toThrow();
    expect(make({ limits, maxConcurrent: undefined, maxQueue: undefined, scheduler: undefined })).not.toThrow();
    expect(make({ limits, maxQueue: 0, maxWait: 0, maxPause: 0 })).not.toThrow();
  });

  it.each<[string, unknown, unknown, ErrorConstructor, RegExp]>([
    ['a negative cost', -1, {}, RangeError, /cost .*-1/],
    ['a cost that is NaN', Number.NaN, {}, RangeError, /cost .*NaN/],
    ['an infinite cost', Number.POSITIVE_INFINITY, {}, RangeError, /cost .*Infinity/],
    ['a cost in words', 'much', {}, TypeError, /cost .*much/],
    ['a cost of null', null, {}, TypeError, /cost .*null/],
    ['negative tokens', { tokens: -1 }, {}, RangeError, /cost\.tokens .*-1/],
    ['an unknown dimension', { tokns: 5 }, {}, TypeError, /tokns.*5.*tokens/],
    ['options of null', 1, null, TypeError, /options .*null/],
    ['an unknown option', 1, { prio: 5 }, TypeError, /prio.*5/],
    ['a priority that is NaN', 1, { priority: Number.NaN }, RangeError, /priority .*NaN/],
    ['a negative maxWait', 1, { maxWait: -1 }, RangeError, /maxWait .*-1/],
    ['a retry that is no boolean', 1, { retry: 1 }, TypeError, /retry .*1/],
    ['an onWait that is no function', 1, { onWait: {} }, TypeError, /onWait .*\{\}/],
  ])('C2: acquire refuses %s', (_, cost, options, kind, message) => {
    const limiter = new RateLimiter({ limits: { tokens: limits } });
    const acquire = () => limiter.acquire(cost as number, options as object);
    expect(acquire).toThrow(kind);
    expect(acquire).toThrow(message);
  });

  it('C2: says what to write when it is given a limit for a config', () => {
    expect(() => new RateLimiter(limits as object)).toThrow(/RateLimiter: a limit is no config, write \{ limits: … \}; got \{/);
  });

  it('C2: checks the arguments of tryAcquire and pause', () => {
    const limiter = new RateLimiter({ limits: { tokens: limits } });
    expect(() => limiter.tryAcquire({ tokns: 1 } as object)).toThrow(/tryAcquire.*tokns/);
    expect(() => limiter.pause(-1)).toThrow(/pause: ms .*-1/);
    expect(() => limiter.pause(Number.NaN)).toThrow(/pause: ms .*NaN/);
    expect(() => limiter.pause(Number.POSITIVE_INFINITY)).toThrow(/pause: ms .*Infinity/);
  });

  it('takes the default cost of one request, and one request where units omit it', () => {
    const limiter = new RateLimiter({ limits: { tokens: per(1_000, 50) } });
    expect(limiter.tryAcquire()?.cost).toEqual({ requests: 1 });
    expect(limiter.tryAcquire(3)?.cost).toEqual({ requests: 3 });
    expect(limiter.tryAcquire({ tokens: 2 })?.cost).toEqual({ tokens: 2, requests: 1 });
    expect(limiter.tryAcquire({ tokens: 2, requests: 0 })?.cost).toEqual({ tokens: 2, requests: 0 });
  });

  it('says what it limits and how long it may be paused', () => {
    const limiter = new RateLimiter({ limits: { requests: limits, tokens: [limits, per(5, 5)] } });
    expect(limiter.dimensions).toEqual(['requests', 'tokens']);
    expect(limiter.maxPause).toBe(60_000);
    expect(new RateLimiter({ limits, maxPause: 7 }).maxPause).toBe(7);
  });

  it('knows its dimensions as a type: a typo does not compile, and a bare number is no usage', () => {
    const limiter = new RateLimiter({ limits: { requests: perSecond(5), tokens: perSecond(500) } });
    expectTypeOf(limiter).toEqualTypeOf<RateLimiter<'requests' | 'tokens'>>();
    expectTypeOf(new RateLimiter({ limits })).toEqualTypeOf<RateLimiter<'requests'>>();
    expectTypeOf(new RateLimiter({ limits: [limits] })).toEqualTypeOf<RateLimiter<'requests'>>();
    expectTypeOf(new RateLimiter({ maxConcurrent: 4 })).toEqualTypeOf<RateLimiter<'requests'>>();
    expectTypeOf(limiter).toExtend<Limiter<'requests' | 'tokens'>>();

    const held = limiter.tryAcquire({ tokens: 1 });
    expectTypeOf(held).toEqualTypeOf<Permit<'requests' | 'tokens'> | undefined>();
    held?.settle({ tokens: 2 });
    // @ts-expect-error a typo
    expect(() => limiter.acquire({ tokns: 1 })).toThrow();
    // @ts-expect-error a typo
    expect(() => limiter.tryAcquire({ tokns: 1 })).toThrow();
    // @ts-expect-error a typo
    held?.settle({ tokns: 1 });
    // @ts-expect-error a bare number is no usage
    expect(() => held?.settle(5)).toThrow();
  });

  it('needs no annotations in pipe, and passes its dimensions on to the operators', () => {
    const limiter = new RateLimiter({ limits: { tokens: perSecond(500) } });
    const bare = new RateLimiter({ limits: perSecond(5) });
    const chunks = of({ text: 'a', total: 3 });

    expectTypeOf(chunks.pipe(rateLimit(limiter))).toEqualTypeOf<typeof chunks>();
    const used = chunks.pipe(rateLimit(limiter, { cost: { tokens: 5 }, usage: (chunk) => ({ tokens: chunk.total }) }));
    expectTypeOf(used).toEqualTypeOf<typeof chunks>();
    const priced = chunks.pipe(rateLimitEach(limiter, { cost: (chunk, index) => ({ tokens: chunk.total + index }) }));
    expectTypeOf(priced).toEqualTypeOf<typeof chunks>();
    const own = chunks.pipe(rateLimitEach({ limits: { tokens: perSecond(500) } }, { cost: (chunk) => ({ tokens: chunk.total }) }));
    expectTypeOf(own).toEqualTypeOf<typeof chunks>();
    expectTypeOf(chunks.pipe(rateLimitEach({ limits: perSecond(5) }, { cost: ({ total }) => total }))).toEqualTypeOf<typeof chunks>();

    const config: RateLimiterConfig<'tokens'> = { limits: { tokens: perSecond(500) } };
    expectTypeOf(chunks.pipe(rateLimitEach(config, { cost: () => ({ tokens: 5 }) }))).toEqualTypeOf<typeof chunks>();
    expectTypeOf(chunks.pipe(rateLimitEach({ maxConcurrent: 5 }))).toEqualTypeOf<typeof chunks>();

    // @ts-expect-error a typo in the cost
    expect(() => chunks.pipe(rateLimit(limiter, { cost: { tokns: 5 } }))).toThrow();
    // @ts-expect-error a dimension of another limiter
    expect(() => chunks.pipe(rateLimit(bare, { cost: { tokens: 5 } }))).toThrow();
    // @ts-expect-error a typo in the cost of a call
    chunks.pipe(rateLimit(limiter, { cost: () => ({ tokns: 5 }) }));
    // @ts-expect-error a typo in the usage
    chunks.pipe(rateLimit(limiter, { usage: () => ({ tokns: 5 }) }));
    // @ts-expect-error a bare number is no usage
    chunks.pipe(rateLimit(limiter, { usage: (chunk) => chunk.total }));
    // @ts-expect-error a typo in the cost of a value
    chunks.pipe(rateLimitEach(limiter, { cost: () => ({ tokns: 5 }) }));
    // @ts-expect-error a dimension that the config does not have
    chunks.pipe(rateLimitEach({ limits: perSecond(5) }, { cost: () => ({ tokens: 5 }) }));
    // @ts-expect-error a typo in the cost of a value, with a config
    chunks.pipe(rateLimitEach({ limits: { tokens: perSecond(5) } }, { cost: () => ({ tokns: 5 }) }));
    // @ts-expect-error a config would make a limiter for every call
    expect(() => rateLimit({ limits: perSecond(5) })).toThrow(TypeError);
  });
});
