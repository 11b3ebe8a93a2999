import { concat, NEVER, type Observable, of, Subject, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type CallOptions, CircuitBreaker, keyed, perMinute, RateLimiter, ResilientClient, type ResilientClientEvent, resilient, slidingWindow, TokenBudget } from '../../src/index';
import { VirtualTime } from '../circuit/virtual-time';

const throttled = Object.assign(new Error('slow down'), { status: 429, headers: { 'retry-after-ms': '400', 'x-ratelimit-limit-requests': '9', 'x-ratelimit-remaining-requests': '3' } });
const used = (tokens: number) => ({ usage: { prompt_tokens: 0, completion_tokens: tokens, total_tokens: tokens }, choices: [{ index: 0, delta: { content: 'a' }, finish_reason: 'stop' }] });

function rig() {
  const scheduler = new VirtualTime();
  const budget = (tokens: number) => new TokenBudget({ limits: perMinute(tokens), scheduler });
  const limiter = (limit: number, config = {}) => new RateLimiter({ limits: slidingWindow({ limit, window: 1_000 }), scheduler, ...config });
  return { scheduler, budget, limiter };
}

function outcomes(calls: readonly Observable<unknown>[]): string[] {
  const seen: string[] = [];
  for (const call of calls) {
    call.subscribe({ complete: () => seen.push('done'), error: ({ name }) => seen.push(name) });
  }
  return seen;
}

describe('lists of budgets', () => {
  it('S10: a refusal of any gives everything back: permits, and what others have reserved', () => {
    const { scheduler, budget, limiter } = rig();
    const users = keyed(() => budget(1_000), { by: 'user' });
    const organisation = budget(150);
    const rateLimit = limiter(5);
    const client = new ResilientClient({ tokenBudget: [users, organisation], rateLimit, scheduler });
    const call = (user: string) => client.call(() => NEVER, { tokens: 100, key: { user } });
    const seen = outcomes([call('ada'), call('bob'), call('ada')]);
    scheduler.pass(0);
    expect(seen).toEqual(['TokenBudgetExceededError', 'TokenBudgetExceededError']);
    expect([users.get('ada').remaining, users.get('bob').remaining, organisation.remaining]).toEqual([900, 1_000, 50]);
    expect(rateLimit.state.limits.requests[0]).toMatchObject({ used: 1 });
  });

  it('S10: reserves all or none also where a list leads to one budget twice', () => {
    const { scheduler, budget } = rig();
    const shared = budget(150);
    const both = [keyed(() => shared, { by: 'user' }), keyed(() => shared, { by: 'org' })] as const;
    const client = new ResilientClient({ tokenBudget: both, scheduler });
    const seen = outcomes([client.call(() => of(used(10)), { tokens: 100, key: { user: 'a', org: 'b' } })]);
    scheduler.pass(0);
    expect([seen, shared.remaining]).toEqual([['TokenBudgetExceededError'], 150]);
  });

  it('S10: refuses none of 20 users of one organisation while it has room', () => {
    const { scheduler, budget } = rig();
    const users = keyed(() => budget(100), { by: 'user' });
    const organisation = budget(1_000);
    const client = new ResilientClient({ tokenBudget: [users, organisation], scheduler });
    const seen = outcomes(Array.from({ length: 20 }, (_, user) => client.call(() => of(used(10)), { tokens: 100, key: { user: String(user) } })));
    expect(seen).toEqual(Array.from({ length: 20 }, () => 'done'));
    expect([organisation.remaining, users.get('7').remaining]).toEqual([800, 90]);
  });

  it('T2: three attempts cost all three in every budget', () => {
    const { scheduler, budget } = rig();
    const budgets = [budget(1_000), budget(1_000)];
    const client = new ResilientClient({ tokenBudget: budgets, retryBackoff: { baseDelay: 0, maxRetries: 2 }, scheduler });
    let attempts = 0;
    const open = () => {
      const chunk = used(10);
      attempts += 1;
      return attempts < 3 ? concat(of(chunk), throwError(() => new Error('cut'))) : of(chunk);
    };
    const seen = outcomes([client.call(open, { tokens: 100, afterValues: 'restart', isFinal: () => false, failure: false, usage: () => ({ input: 0, output: 10, final: true }) })]);
    scheduler.pass(1);
    expect(attempts).toBe(3);
    expect(seen).toHaveLength(1);
    expect(budgets.map(({ remaining }) => remaining)).toEqual([970, 970]);
  });

  it('T4: the first that has no room ends an answer that overruns', () => {
    const { scheduler, budget } = rig();
    const budgets = [budget(1_000), budget(20)];
    const client = new ResilientClient({ tokenBudget: budgets, scheduler });
    const source = new Subject<string>();
    const seen = outcomes([client.call(() => source, { tokens: 10, overrun: 'error', count: () => 15 })]);
    source.next('a');
    source.next('b');
    expect([seen, source.observed]).toEqual([['TokenBudgetExceededError'], false]);
    expect(budgets.map(({ remaining }) => remaining)).toEqual([970, -10]);
  });

  it('resilient: takes lists as well', () => {
    const { scheduler, budget, limiter } = rig();
    const [one, other] = [budget(100), budget(50)];
    const guarded = resilient<number>({ tokenBudget: [one, other], rateLimit: [limiter(5), limiter(1)], scheduler }, { tokens: 40 });
    const seen = outcomes([NEVER.pipe(guarded), NEVER.pipe(guarded)]);
    scheduler.pass(0);
    expect(seen).toEqual(['TokenBudgetExceededError']);
    expect([one.remaining, other.remaining]).toEqual([60, 10]);
  });
});

describe('lists of limiters', () => {
  it('S10: takes permits from the first to the last, each when the one before is held; whoever leaves gives all back', () => {
    const { scheduler, limiter } = rig();
    const [user, provider] = [limiter(2, { maxConcurrent: 5 }), limiter(1)];
    const client = new ResilientClient({ rateLimit: [user, provider], scheduler });
    const running = client.call(() => NEVER).subscribe();
    const waiting = client.call(() => NEVER).subscribe();
    expect([user.state.inFlight, provider.state.inFlight, provider.state.waiting]).toEqual([2, 1, 1]);
    waiting.unsubscribe();
    expect([user.state.limits.requests[0]!.used, user.state.inFlight, provider.state.waiting]).toEqual([1, 1, 0]);
    running.unsubscribe();
  });

  it('S10: only the last hears the provider, unless hearsProvider says otherwise', () => {
    const { scheduler, limiter } = rig();
    const seen = (config: object, last: object) => {
      const [user, provider] = [limiter(9, config), limiter(9, last)];
      const synced = [0, 0];
      for (const [place, { events$ }] of [user, provider].entries()) {
        events$.subscribe(({ type }) => {
          synced[place]! += type === 'synced' ? 1 : 0;
        });
      }
      const client = new ResilientClient({ rateLimit: [user, provider], scheduler });
      client.call((_signal, { sync }) => {
        sync({ 'x-ratelimit-limit-requests': '9', 'x-ratelimit-remaining-requests': '4', 'x-ratelimit-reset-requests': '1s' });
        return throwError(() => throttled);
      }).subscribe({ error: () => undefined });
      return [user, provider].map(({ state }, place) => [state.pausedUntil > 0, synced[place]]);
    };
    expect(seen({}, {})).toEqual([[false, 0], [true, 2]]);
    expect(seen({ hearsProvider: true }, {})).toEqual([[true, 2], [true, 2]]);
    expect(seen({ hearsProvider: true }, { hearsProvider: false })).toEqual([[true, 2], [false, 0]]);
  });
});

describe('the state and the events of lists', () => {
  it('S10: a list of policies is a list of states; what a keyed one does is told with its key', () => {
    const { scheduler, budget, limiter } = rig();
    const users = keyed(() => budget(100), { by: 'user' });
    const client = new ResilientClient({ tokenBudget: [users, budget(500)], rateLimit: [limiter(5)], circuitBreak: new CircuitBreaker({ scheduler }), scheduler });
    const events: ResilientClientEvent[] = [];
    client.events$.subscribe((event) => events.push(event));
    client.call(() => of(used(10)), { tokens: 20, key: { user: 'ada' } }).subscribe();
    expect(client.state).toMatchObject({ limiter: [{ inFlight: 0 }], breaker: { status: 'closed' }, budget: [{ size: 1 }, { remaining: 490 }] });
    expect(events.filter(({ type }) => type === 'reserved').map(({ key }) => key)).toEqual(['ada', undefined]);
    expect(client.budget[0]).toBe(users);
  });
});

describe('keys by what they are for', () => {
  const { scheduler, budget } = rig();
  const users = keyed(() => budget(100), { by: 'user' });
  const organisations = keyed(() => budget(500), { by: 'org' });
  const plain = keyed(() => budget(500));
  const errorOf = (client: { call(open: () => Observable<number>, options: CallOptions<number>): Observable<number> }, key: CallOptions<number>['key']) => {
    let message = 'none';
    client.call(() => of(1), { tokens: 0, key }).subscribe({ error: (error: Error) => (message = error.message) });
    scheduler.pass(0);
    return message;
  };

  it('S10: a key that is missing is named', () => {
    const client = new ResilientClient({ tokenBudget: [users, organisations], scheduler }) as ResilientClient;
    expect(errorOf(client as never, { user: 'ada' })).toBe(`ResilientClient: the budget tokenBudget[1] is keyed by "org", so the call needs the option key: { org: '…' }, got {"user":"ada"}`);
    expect(errorOf(client as never, 'ada')).toContain('keyed by "user"');
    expect(errorOf(client as never, { user: 'ada', org: 'b' })).toBe('none');
  });

  it('S10: one without by takes a key that is a string, or the one for its kind, which is no by', () => {
    const client = new ResilientClient({ tokenBudget: [plain, users], scheduler });
    expect(errorOf(client as never, { budget: 'x', user: 'ada' })).toBe('none');
    expect(errorOf(client as never, { user: 'ada' })).toContain('tokenBudget[0] is keyed, so the call needs the option key');
    expect([...['x', 'ada'].map((key) => plain.delete(key)), users.delete('__proto__')]).toEqual([true, false, false]);
  });

  it('S10: the keys of defaults and of the call are merged', () => {
    const byOrg = new ResilientClient({ tokenBudget: [users, organisations], defaults: { key: { org: 'acme', user: 'nobody' } }, scheduler });
    expect(errorOf(byOrg as never, { user: 'bob' })).toBe('none');
    expect([organisations.delete('acme'), users.delete('bob'), users.delete('nobody')]).toEqual([true, true, false]);
    const mixed = new ResilientClient({ tokenBudget: [plain, users], defaults: { key: 'acme' }, scheduler });
    expect(errorOf(mixed as never, { user: 'bob' })).toBe('none');
    expect([plain.delete('acme'), users.delete('bob')]).toEqual([true, true]);
    const usual = new ResilientClient({ tokenBudget: plain, defaults: { key: 'acme' }, scheduler });
    expect(errorOf(usual as never, 'other')).toBe('none');
    expect([plain.delete('acme'), plain.delete('other')]).toEqual([false, true]);
  });
});

describe('what is no list of policies', () => {
  it.each<[string, () => unknown, RegExp]>([
    ['an empty list', () => new ResilientClient({ rateLimit: [] }), /^rateLimit must hold at least one policy, got \[\]; leave it out for none$/],
    ['one twice', () => resilient({ tokenBudget: Array(2).fill(new TokenBudget({ limits: perMinute(1) })) }), /^resilient: tokenBudget\[1\] stands in the list before/],
    ['something else', () => new ResilientClient({ tokenBudget: [new CircuitBreaker()] as never }), /tokenBudget\[0\] must be a policy with reserve\(\), or a config, got a breaker/],
    ['a config in resilient', () => resilient({ rateLimit: [{ limits: perMinute(1) }] as never }), /resilient: rateLimit\[0\]: limiter must be a RateLimiter that many calls share/],
  ])('C2: %s', (_, make, message) => {
    expect(make).toThrow(message);
  });
});
