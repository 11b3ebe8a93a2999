import { take } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type Hedge, type HedgeConfig, hedge, RetryBudget } from '../../src/index';
import { VirtualTime } from '../circuit/virtual-time';
import { isContent, Player, part } from '../support/played';
import { fc, runs } from '../support/property';
import { type HedgePlan, naiveHedge } from './naive-hedge';

const plan: fc.Arbitrary<HedgePlan> = fc.record({
  after: fc.oneof(fc.integer({ min: 1, max: 900 }), fc.constant(Number.POSITIVE_INFINITY)),
  max: fc.integer({ min: 0, max: 4 }),
  hasWith: fc.boolean(),
  allowed: fc.integer({ min: 0, max: 5 }),
  parts: fc.array(part, { minLength: 1, maxLength: 5 }),
});
const ages = 1e5;

function rigOf(plan: HedgePlan) {
  const player = new Player(plan.parts, new VirtualTime());
  const hedges: Hedge[] = [];
  let left = plan.allowed;
  const retryBudget = new RetryBudget({ scheduler: player.time });
  retryBudget.tryRetry = () => left-- > 0;
  const config: HedgeConfig<string> = {
    after: plan.after,
    max: plan.max,
    isContent,
    retryBudget,
    onHedge: (each) => hedges.push(each),
    scheduler: player.time,
    ...(plan.hasWith ? { with: () => player.source } : {}),
  };
  return { player, hedges, call: player.source.pipe(hedge(config)) };
}

describe('hedge and a naive list of what must happen', { timeout: runs(60_000) }, () => {
  it('H1, H2, C8, C10: every source, value and error is the one of the rules, at its time', () => {
    fc.assert(
      fc.property(plan, (plan) => {
        const expected = naiveHedge(plan);
        fc.pre(expected !== undefined);
        const { player, hedges, call } = rigOf(plan);
        player.listen(call);
        player.time.pass(ages);
        expect({ subscribedAt: player.subscribedAt, hedges, heard: player.heard, active: player.active }).toEqual(expected);
        expect(player.heard.at(-1)?.error).toBe(expected.heard.at(-1)?.error); // the same object
        expect(player.time.timers).toBe(0);
      }),
      { numRuns: runs(1_000) },
    );
  });

  it('C4, C10: unsubscribed at any moment it stops at once and leaves no timer', () => {
    fc.assert(
      fc.property(plan, fc.integer({ min: 0, max: 2_000 }), (plan, moment) => {
        const expected = naiveHedge(plan);
        fc.pre(expected !== undefined);
        const { player, call } = rigOf(plan);
        const subscription = player.listen(call);
        player.time.pass(moment);
        subscription.unsubscribe();
        expect([player.active, player.time.timers]).toEqual([0, 0]);
        player.time.pass(ages);
        expect(player.heard).toEqual(expected.heard.filter(({ at }) => at <= moment));
        expect(player.subscribedAt).toEqual(expected.subscribedAt.filter((at) => at <= moment));
      }),
      { numRuns: runs(400) },
    );
  });

  it('C4, C5: unsubscribed inside next, no source is pulled further', () => {
    fc.assert(
      fc.property(plan, fc.integer({ min: 1, max: 4 }), (plan, most) => {
        const values = naiveHedge(plan)?.heard.filter(({ value }) => value !== undefined) ?? [];
        fc.pre(values.length >= most);
        const { player, call } = rigOf(plan);
        player.listen(call.pipe(take(most)));
        player.time.pass(ages);
        expect(player.heard).toEqual([...values.slice(0, most), { at: values[most - 1]!.at, isComplete: true }]);
        expect([player.active, player.time.timers]).toEqual([0, 0]);
      }),
      { numRuns: runs(300) },
    );
  });
});
