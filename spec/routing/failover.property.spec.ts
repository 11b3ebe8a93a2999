import { take } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type Failure, failover } from '../../src/index';
import { VirtualTime } from '../circuit/virtual-time';
import { isContent, Player, part } from '../support/played';
import { fc, runs } from '../support/property';
import { type FailoverPlan, naiveFailover } from './naive-failover';

const plan: fc.Arbitrary<FailoverPlan> = fc.record({
  afterValues: fc.constantFrom('error' as const, 'restart' as const, 'continue' as const),
  maxHeldBack: fc.constantFrom(0, 1, 16, Number.POSITIVE_INFINITY),
  parts: fc.array(part, { minLength: 2, maxLength: 6 }),
});
const ages = 1e5;

function rigOf({ afterValues, maxHeldBack, parts }: FailoverPlan) {
  const player = new Player(parts, new VirtualTime());
  const failures: Failure[] = [];
  const to = parts.slice(1).map(() => (failure: Failure) => {
    failures.push(failure);
    return player.source;
  });
  return { player, failures, call: player.source.pipe(failover({ to, afterValues, maxHeldBack, isContent })) };
}

describe('failover and a naive list of what must happen', { timeout: runs(60_000) }, () => {
  it('V1, V2, R8, R10, C8, C10: every source, value and error is the one of the rules, at its time', () => {
    fc.assert(
      fc.property(plan, (plan) => {
        const { player, failures, call } = rigOf(plan);
        const expected = naiveFailover(plan);
        player.listen(call);
        player.time.pass(ages);
        expect({ subscribedAt: player.subscribedAt, heard: player.heard, failures, hangs: player.active > 0 }).toEqual(expected);
        expect(player.heard.at(-1)?.error).toBe(expected.heard.at(-1)?.error); // the same object
        expect([player.mostActive, player.time.timers]).toEqual([1, 0]);
      }),
      { numRuns: runs(800) },
    );
  });

  it('C4, C5: unsubscribed at any moment or inside next it stops at once, and pulls no source further', () => {
    fc.assert(
      fc.property(plan, fc.integer({ min: 0, max: 2_000 }), fc.integer({ min: 1, max: 5 }), (plan, moment, most) => {
        const whole = naiveFailover(plan);
        const { player, call } = rigOf(plan);
        const subscription = player.listen(call.pipe(take(most)));
        player.time.pass(moment);
        subscription.unsubscribe();
        expect([player.active, player.time.timers]).toEqual([0, 0]);
        player.time.pass(ages);
        const values = whole.heard.filter(({ at, value }) => at <= moment && value !== undefined).slice(0, most);
        const heard = player.heard.filter(({ value }) => value !== undefined);
        expect(heard).toEqual(values);
      }),
      { numRuns: runs(400) },
    );
  });
});
