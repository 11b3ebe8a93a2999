import { Observable, Subject, takeUntil } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { inTotal, keyed, RateLimiter, ResilientClient, type ResilientClientEvent, slidingWindow, TokenBudget } from '../../src/index';
import { VirtualTime } from '../circuit/virtual-time';
import { fc, runs } from '../support/property';

/** What becomes of the source of a call: after so many ms it reports its cost and completes, or fails, or is silent. */
interface Plan {
  readonly at: number;
  readonly user: string;
  readonly estimate: number;
  readonly lasts: number;
  readonly end: 'reports' | 'refused by the provider' | 'breaks';
  readonly cost: number;
  readonly leaves: { readonly after: number } | { readonly on: string } | undefined;
}

const plan: fc.Arbitrary<Plan> = fc.record({
  at: fc.integer({ min: 0, max: 40 }),
  user: fc.constantFrom('ada', 'bob', 'cyd'),
  estimate: fc.integer({ min: 0, max: 60 }),
  lasts: fc.integer({ min: 0, max: 20 }),
  end: fc.constantFrom('reports', 'reports', 'refused by the provider', 'breaks'),
  cost: fc.integer({ min: 0, max: 90 }),
  leaves: fc.oneof(
    { weight: 3, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.record({ after: fc.integer({ min: 0, max: 30 }) }) },
    { weight: 1, arbitrary: fc.record({ on: fc.constantFrom('granted', 'reserved', 'waiting', 'refused', 'settled', 'refunded') }) },
  ),
});
const stack = fc.record({
  user: fc.integer({ min: 50, max: 300 }),
  organisation: fc.integer({ min: 50, max: 500 }),
  perUser: fc.integer({ min: 1, max: 6 }),
  provider: fc.integer({ min: 1, max: 6 }),
  atOnce: fc.integer({ min: 1, max: 4 }),
  plans: fc.array(plan, { minLength: 1, maxLength: 16, size: 'max' }),
});

describe('a client with lists of limiters and budgets, and random calls', { timeout: runs(60_000) }, () => {
  it('S10, T1, L4: what is refused or left costs nothing anywhere, what is settled costs each budget once', () => {
    fc.assert(
      fc.property(stack, ({ plans, ...limits }) => {
        const scheduler = new VirtualTime();
        const users = keyed(() => new TokenBudget({ limits: inTotal(limits.user), scheduler }), { by: 'user' });
        const organisation = new TokenBudget({ limits: inTotal(limits.organisation), scheduler });
        const limiterOf = (limit: number, config = {}) => new RateLimiter({ limits: slidingWindow({ limit, window: 100_000_000 }), maxWait: 10, scheduler, ...config });
        const perUser = keyed(() => limiterOf(limits.perUser), { by: 'user' });
        const provider = limiterOf(limits.provider, { maxConcurrent: limits.atOnce });
        const client = new ResilientClient({ tokenBudget: [users, organisation], rateLimit: [perUser, provider], scheduler });
        const calls = plans.map((each) => new PlayedCall(each, client, scheduler));
        client.events$.subscribe((event) => {
          for (const call of calls) {
            call.hears(event);
          }
        });
        for (const call of calls) {
          scheduler.schedule(() => call.start(), call.plan.at);
        }
        scheduler.pass(10_000);
        const spent = (user?: string) => calls.filter(({ plan }) => user === undefined || plan.user === user).reduce((sum, { charge }) => sum + charge, 0);
        const began = (user?: string) => calls.filter(({ plan, hasBegun }) => hasBegun && (user === undefined || plan.user === user)).length;
        for (const user of new Set(plans.map((each) => each.user))) {
          expect(limits.user - users.get(user).remaining).toBe(spent(user));
          expect(perUser.get(user).state).toMatchObject({ inFlight: 0, waiting: 0, limits: { requests: [{ used: began(user) }] } });
        }
        expect(limits.organisation - organisation.remaining).toBe(spent());
        expect(organisation.state.limits[0]!.reserved).toBe(0);
        expect(provider.state).toMatchObject({ inFlight: 0, waiting: 0, limits: { requests: [{ used: began() }] } });
        expect([client.state.calls, scheduler.timers]).toEqual([{ waiting: 0, connecting: 0, streaming: 0 }, 0]);
      }),
      { numRuns: runs(400) },
    );
  });
});

/** One call, and what it must have cost by what has become of its source. */
class PlayedCall {
  hasBegun = false;
  charge = 0;
  private readonly left = new Subject<void>();

  constructor(
    readonly plan: Plan,
    private readonly client: { call(open: () => Observable<number>, options: object): Observable<number> },
    private readonly scheduler: VirtualTime,
  ) {}

  start(): void {
    const { estimate, user, leaves } = this.plan;
    this.client
      .call(() => this.source(), { tokens: estimate, key: { user }, usage: (value: number) => value})
      .pipe(takeUntil(this.left))
      .subscribe({ error: () => undefined });
    if (leaves !== undefined && 'after' in leaves) {
      this.scheduler.schedule(() => this.left.next(), leaves.after);
    }
  }

  hears({ type }: ResilientClientEvent): void {
    const { leaves } = this.plan;
    if (leaves !== undefined && 'on' in leaves && leaves.on === type) {
      this.left.next();
    }
  }

  private source(): Observable<number> {
    const { lasts, end, cost, estimate } = this.plan;
    return new Observable((subscriber) => {
      this.hasBegun = true;
      this.charge = estimate; // unless something better is known
      return this.scheduler.schedule(() => {
        if (end === 'reports') {
          this.charge = cost;
          subscriber.next(cost);
          subscriber.complete();
        } else {
          this.charge = end === 'breaks' ? estimate : 0;
          subscriber.error(end === 'breaks' ? new Error('socket hang up') : { status: 400 });
        }
      }, lasts);
    });
  }
}
