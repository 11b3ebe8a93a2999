import { Observable, type Subscription } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { classifyError, mayHelpElsewhere, ResilientClient, type ResilientClientConfig, ResilientRouter, type ResilientRouterConfig, type ResilientRouterEvent, slidingWindow } from '../../src/index';
import { VirtualTime } from '../circuit/virtual-time';
import { fc, runs } from '../support/property';

const failures = { down: { status: 503 }, throttled: { status: 429, headers: { 'retry-after-ms': '15' } }, locked: { status: 401 }, wrong: { status: 400 } };
type Kind = keyof typeof failures | 'answer';

/** What a provider does with a request, and how long that takes. */
interface Deed { readonly after: number; readonly says: boolean; readonly kind: Kind; readonly rest: number }
interface RoutePlan {
  readonly limit: number;
  readonly window: number;
  readonly maxConcurrent: number;
  readonly hasBreaker: boolean;
  readonly whenOpen: 'error' | 'wait';
  readonly retries: number;
  readonly order: number;
  readonly weight: number;
  readonly deeds: readonly Deed[];
}
interface CallPlan { readonly at: number; readonly maxWait: number; readonly afterValues: 'error' | 'restart' | 'continue'; readonly leavesAt: number; readonly pinned: boolean }
interface Plan { readonly strategy: NonNullable<ResilientRouterConfig['strategy']>; readonly routes: readonly RoutePlan[]; readonly calls: readonly CallPlan[] }

const deed: fc.Arbitrary<Deed> = fc.record({
  after: fc.integer({ min: 0, max: 12 }),
  says: fc.boolean(),
  kind: fc.oneof({ weight: 3, arbitrary: fc.constant('answer' as const) }, { weight: 2, arbitrary: fc.constantFrom('down' as const, 'throttled' as const, 'locked' as const, 'wrong' as const) }),
  rest: fc.integer({ min: 0, max: 12 }),
});
const route: fc.Arbitrary<RoutePlan> = fc.record({
  limit: fc.integer({ min: 1, max: 4 }),
  window: fc.integer({ min: 1, max: 60 }),
  maxConcurrent: fc.constantFrom(1, 2, Number.POSITIVE_INFINITY),
  hasBreaker: fc.boolean(),
  whenOpen: fc.constantFrom('error' as const, 'wait' as const),
  retries: fc.integer({ min: 0, max: 2 }),
  order: fc.integer({ min: 0, max: 1 }),
  weight: fc.integer({ min: 1, max: 3 }),
  deeds: fc.array(deed, { minLength: 1, maxLength: 5 }),
});
const call: fc.Arbitrary<CallPlan> = fc.record({
  at: fc.integer({ min: 0, max: 100 }),
  maxWait: fc.constantFrom(0, 30, 5_000),
  afterValues: fc.constantFrom('error' as const, 'restart' as const, 'continue' as const),
  leavesAt: fc.oneof({ weight: 3, arbitrary: fc.constant(Number.POSITIVE_INFINITY) }, { weight: 1, arbitrary: fc.integer({ min: 0, max: 150 }) }),
  pinned: fc.boolean(),
});
const plan: fc.Arbitrary<Plan> = fc.record({
  strategy: fc.constantFrom('soonest' as const, 'soonest' as const, 'weighted' as const, 'least-in-flight' as const),
  routes: fc.array(route, { minLength: 1, maxLength: 4 }),
  calls: fc.array(call, { minLength: 1, maxLength: 14, size: 'max' }),
});

/** A router that follows a plan, and all that can be seen of it. */
class Rig {
  readonly time = new VirtualTime();
  readonly router: ResilientRouter;
  readonly requests: { readonly route: string; readonly call: number; readonly at: number; readonly delivered: number }[] = [];
  /** By call. */
  readonly heard: { values: number; outcomes: unknown[] }[] = [];
  readonly told: ResilientRouterEvent[] = [];
  readonly open: number[] = [];
  mostOpen = 0;
  private turn = 0;

  constructor(private readonly plan: Plan) {
    const clientOf = ({ limit, window, maxConcurrent, hasBreaker, whenOpen, retries }: RoutePlan) => {
      const breaker: ResilientClientConfig = hasBreaker ? { circuitBreak: { failureThreshold: 2, recoveryTimeout: 40 }, whenOpen } : {};
      return new ResilientClient({ scheduler: this.time, retryBackoff: { maxRetries: retries, baseDelay: 5, jitter: 'none' }, rateLimit: { limits: slidingWindow({ limit, window }), ...(maxConcurrent < 9 ? { maxConcurrent } : {}) }, ...breaker });
    };
    const routes = Object.fromEntries(plan.routes.map((each, index) => [`r${index}`, { client: clientOf(each), order: each.order, weight: each.weight }]));
    this.router = new ResilientRouter({ routes, strategy: plan.strategy, scheduler: this.time, random: () => 0.5 });
    this.router.events$.subscribe((event) => this.told.push(event));
  }

  play(): void {
    this.plan.calls.forEach((call, number) => {
      this.heard.push({ values: 0, outcomes: [] });
      this.open.push(0);
      this.time.schedule(() => this.begin(call, number), call.at);
    });
    this.time.pass(1e5);
  }

  private begin({ maxWait, afterValues, leavesAt, pinned, at }: CallPlan, number: number): void {
    const heard = this.heard[number]!;
    const options = { maxWait, afterValues, ...(pinned ? { route: 'r0' } : {}) };
    const answer = this.router.call((route) => (_, { delivered }) => this.request(route, number, delivered.length), options);
    const subscription: Subscription = answer.subscribe({
      next: () => { heard.values += 1; },
      error: (error) => heard.outcomes.push(error),
      complete: () => heard.outcomes.push('complete'),
    });
    if (leavesAt < 1e5) {
      this.time.schedule(() => {
        if (heard.outcomes.length === 0) { heard.outcomes.push('left'); }
        subscription.unsubscribe();
      }, Math.max(0, leavesAt - at));
    }
  }

  private request(route: string, call: number, delivered: number): Observable<string> {
    return new Observable((subscriber) => {
      const { deeds } = this.plan.routes[Number(route.slice(1))]!;
      const { after, says, kind, rest } = deeds[this.turn % deeds.length]!;
      this.turn += 1;
      this.requests.push({ route, call, at: this.time.frame, delivered });
      expect(this.heard[call]!.outcomes).toEqual([]);
      this.open[call]! += 1;
      this.mostOpen = Math.max(this.mostOpen, ...this.open);
      subscriber.add(this.time.schedule(() => {
        if (says) { subscriber.next(route); }
        subscriber.add(this.time.schedule(() => (kind === 'answer' ? subscriber.complete() : subscriber.error(failures[kind])), rest));
      }, after));
      return () => { this.open[call]! -= 1; };
    });
  }
}

describe('a router with random routes, failures and unsubscriptions', { timeout: runs(60_000) }, () => {
  it('C4, C8, C10, N2, N3: every call has one outcome and asks one provider at a time, and nothing is left behind', () => {
    fc.assert(
      fc.property(plan, (plan) => {
        const rig = new Rig(plan);
        rig.play();
        expect(rig.heard.map(({ outcomes }) => outcomes.length)).toEqual(plan.calls.map(() => 1));
        expect([rig.mostOpen <= 1, rig.open.every((count) => count === 0), rig.time.timers]).toEqual([true, true, 0]);
        for (const { inFlight, calls, limiter } of Object.values(rig.router.state.routes)) {
          expect([inFlight, calls, limiter]).toMatchObject([0, { waiting: 0, connecting: 0, streaming: 0 }, { inFlight: 0, waiting: 0 }]);
        }
        plan.calls.forEach(({ pinned, afterValues }, number) => {
          const { values, outcomes } = rig.heard[number]!;
          const mine = rig.requests.filter(({ call }) => call === number);
          expect(pinned ? mine.filter(({ route }) => route !== 'r0') : []).toEqual([]);
          expect(afterValues === 'error' ? values <= 1 : mine.every(({ delivered }) => afterValues === 'continue' || delivered === 0)).toBe(true);
          // What may help elsewhere passes on only when all were tried, or after content.
          const [outcome] = outcomes;
          if (typeof outcome === 'object' && (mayHelpElsewhere(outcome) || classifyError(outcome) === 'refused') && !pinned && values === 0) {
            const begins = rig.told.filter((event) => event.policy === 'router' && event.type === 'failed-over' && event.call === callNumber(rig, plan, number));
            expect(begins.length).toBe(plan.routes.length - 1);
          }
        });
      }),
      { numRuns: runs(300) },
    );
  });

  it('Q1, N1: no route sends more than its limiter allows, wherever calls come from', () => {
    fc.assert(
      fc.property(plan, (plan) => {
        const rig = new Rig(plan);
        rig.play();
        plan.routes.forEach(({ limit, window }, index) => {
          const times = rig.requests.filter(({ route }) => route === `r${index}`).map(({ at }) => at);
          expect(times.every((at, place) => place < limit || at - times[place - limit]! >= window)).toBe(true);
        });
      }),
      { numRuns: runs(200) },
    );
  });
});

/** The router's number of a call: calls are numbered as they begin, at the same time in the order of the plan. */
function callNumber(_: Rig, { calls }: Plan, number: number): number {
  const order = calls.map(({ at }, index) => ({ at, index })).sort((one, other) => one.at - other.at || one.index - other.index);
  return order.findIndex(({ index }) => index === number) + 1;
}
