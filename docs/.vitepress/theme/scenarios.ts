import { catchError, map, mergeMap, type Observable, of } from 'rxjs';
import {
  CircuitBreaker,
  CircuitOpenError,
  circuitBreak,
  coalesceTime,
  RateLimiter,
  rateLimit,
  retryBackoff,
  slidingWindow,
  TokenBudget,
  tokenBudget,
} from 'rxjs-resilience';

/** An option that can be moved: a slider, or a choice. */
export type Option =
  | { readonly name: string; readonly min: number; readonly max: number; readonly start: number }
  | { readonly name: string; readonly words: readonly string[]; readonly start: string };

export type Values = { readonly [name: string]: number | string };

/** A diagram that can be played with: what goes in, and the operator that is run at each change. */
export interface Playable {
  readonly title: string;
  readonly inputs: { readonly [name: string]: string };
  readonly options: readonly Option[];
  readonly code: (values: Values) => string;
  readonly run: (
    inputs: { readonly [name: string]: Observable<string> },
    values: Values,
  ) => { readonly [name: string]: Observable<unknown> };
}

const number = (values: Values, name: string) => Number(values[name]);

export const playables: { readonly [name: string]: Playable } = {
  retryBackoff: {
    title: 'retryBackoff: subscribes again, later and later',
    inputs: { call: '-#' },
    options: [
      { name: 'maxRetries', min: 0, max: 6, start: 3 },
      { name: 'baseDelay', min: 1, max: 10, start: 2 },
      { name: 'exponentialBase', min: 1, max: 4, start: 2 },
      { name: 'maxDelay', min: 1, max: 40, start: 20 },
      { name: 'jitter', words: ['none', 'equal', 'full'], start: 'none' },
    ],
    code: (v) =>
      `call.pipe(retryBackoff({ maxRetries: ${v.maxRetries}, baseDelay: ${v.baseDelay}, exponentialBase: ${v.exponentialBase}, maxDelay: ${v.maxDelay}, jitter: '${v.jitter}' }))`,
    run: ({ call }, v) => ({
      answer: call!.pipe(
        retryBackoff({
          maxRetries: number(v, 'maxRetries'),
          baseDelay: number(v, 'baseDelay'),
          exponentialBase: number(v, 'exponentialBase'),
          maxDelay: number(v, 'maxDelay'),
          jitter: v.jitter as 'none',
          retryIf: () => true,
          random: () => 0.5,
        }),
      ),
    }),
  },
  rateLimit: {
    title: 'rateLimit: so many calls in any window, the others wait',
    inputs: { prompts: 'xx-xx--x|', call: 'a|' },
    options: [
      { name: 'limit', min: 1, max: 6, start: 2 },
      { name: 'window', min: 2, max: 30, start: 10 },
      { name: 'maxConcurrent', min: 1, max: 6, start: 6 },
    ],
    code: (v) =>
      `const limiter = new RateLimiter({ limits: slidingWindow({ limit: ${v.limit}, window: ${v.window} }), maxConcurrent: ${v.maxConcurrent} });\nprompts.pipe(mergeMap(() => call.pipe(rateLimit(limiter))))`,
    run: ({ prompts, call }, v) => {
      const limits = slidingWindow({ limit: number(v, 'limit'), window: number(v, 'window') });
      const limiter = new RateLimiter({ limits, maxConcurrent: number(v, 'maxConcurrent') });
      return {
        answers: prompts!.pipe(mergeMap(() => call!.pipe(rateLimit(limiter)))),
        waiting: limiter.state$.pipe(map((state) => state.waiting)),
      };
    },
  },
  circuitBreak: {
    title: 'circuitBreak: stops asking a provider that is down',
    inputs: { prompts: 'x-x-x-x-x-x-x-x-x-x|', call: '#' },
    options: [
      { name: 'failureThreshold', min: 1, max: 6, start: 2 },
      { name: 'recoveryTimeout', min: 2, max: 20, start: 7 },
    ],
    code: (v) =>
      `const breaker = new CircuitBreaker({ failureThreshold: ${v.failureThreshold}, recoveryTimeout: ${v.recoveryTimeout} });\nprompts.pipe(mergeMap(() => call.pipe(circuitBreak(breaker), refusedOr('failed'))))`,
    run: ({ prompts, call }, v) => {
      const recoveryTimeout = number(v, 'recoveryTimeout');
      const breaker = new CircuitBreaker({ failureThreshold: number(v, 'failureThreshold'), recoveryTimeout });
      const shown = catchError((error: unknown) => of(error instanceof CircuitOpenError ? 'r' : 'f'));
      return {
        'f: failed, r: refused': prompts!.pipe(mergeMap(() => call!.pipe(circuitBreak(breaker), shown))),
        breaker: breaker.state$.pipe(map(({ status }) => status)),
      };
    },
  },
  coalesceTime: {
    title: 'coalesceTime: few updates of a page out of many tokens',
    inputs: { tokens: 'abc-d-efghi--j-k|' },
    options: [{ name: 'interval', min: 1, max: 12, start: 4 }],
    code: (v) => `tokens.pipe(coalesceTime(${v.interval}))`,
    run: ({ tokens }, v) => ({
      updates: tokens!.pipe(
        coalesceTime(number(v, 'interval')),
        map((all) => all.join('')),
      ),
    }),
  },
  tokenBudget: {
    title: 'tokenBudget: what would cost too much is refused',
    inputs: { call: '--a|' },
    options: [
      { name: 'budget', min: 10, max: 200, start: 100 },
      { name: 'estimate', min: 10, max: 100, start: 60 },
      { name: 'used', min: 0, max: 100, start: 20 },
    ],
    code: (v) =>
      `const budget = new TokenBudget({ limits: slidingWindow({ limit: ${v.budget}, window: 20 }) });\ncall.pipe(tokenBudget(budget, { tokens: ${v.estimate}, usage: () => ${v.used} }))`,
    run: ({ call }, v) => {
      const budget = new TokenBudget({ limits: slidingWindow({ limit: number(v, 'budget'), window: 20 }) });
      const usage = () => ({ total: number(v, 'used'), final: true });
      const guarded = call!.pipe(tokenBudget(budget, { tokens: number(v, 'estimate'), usage }));
      return { first: guarded, second: guarded, remaining: budget.state$.pipe(map((state) => state.remaining)) };
    },
  },
};
