import { of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { Clock } from '../../src/internal/time/clock';
import { providerReaders } from '../../src/provider';
import type { RouteConfig } from '../../src/routing/resilient-router-config';
import { RouterCore } from '../../src/routing/router-core';
import { Wanted } from '../../src/routing/wanted';
import { VirtualTime } from '../circuit/virtual-time';
import { fc, runs } from '../support/property';

interface Plan {
  readonly order: number;
  readonly weight: number;
}

/** What becomes of a route between two calls. */
interface Step {
  readonly route: number;
  readonly deed: 'wait' | 'free' | 'full' | 'answer' | 'fail' | 'open' | 'close';
}

/** What the policies of a route say. */
class Says {
  wait = 0;
  hasRoom = true;
  isOpen = false;
  asked = 0;
  readonly client = {
    call: () => of(1),
    breaker: { check: () => (this.isOpen ? { retryAfter: 50 } : undefined) },
    budget: { check: () => this.hasRoom },
    limiter: {
      waitFor: () => {
        this.asked += 1;
        return this.wait;
      },
    },
  };
}

/** A router of such routes, of which each call stays where it was sent. */
function rig(plans: readonly Plan[], strategy: 'soonest' | 'least-in-flight') {
  const time = new VirtualTime();
  const core = new RouterCore({ strategy, routes: {} }, new Clock(time), providerReaders);
  const says = plans.map(() => new Says());
  plans.forEach((plan, index) => {
    core.add(`route ${index}`, { ...plan, client: says[index]!.client } as unknown as RouteConfig);
  });
  const routes = [...core.routes.values()];
  const does = ({ route: index, deed }: Step) => {
    const [say, route] = [says[index % says.length]!, routes[index % says.length]!];
    switch (deed) {
      case 'answer':
      case 'fail':
        if (route.inFlight > 0) {
          route.ends(deed === 'fail');
        }
        break;
      case 'open':
        route.begins(); // a breaker opens because calls fail
        route.ends(true);
        say.isOpen = true;
        break;
      case 'close':
        say.isOpen = false;
        break;
      case 'full':
        say.hasRoom = !say.hasRoom;
        break;
      default:
        say.wait = deed === 'wait' ? 20 : 0;
    }
  };
  return { core, says, does };
}

const same: Plan[] = [{ order: 0, weight: 1 }, { order: 0, weight: 1 }];
const wanted = new Wanted(() => () => of(1), {});
const plan: fc.Arbitrary<Plan> = fc.record({ order: fc.integer({ min: 0, max: 2 }), weight: fc.integer({ min: 1, max: 3 }) });
const step: fc.Arbitrary<Step> = fc.record({ route: fc.nat(3), deed: fc.constantFrom('wait', 'free', 'full', 'answer', 'fail', 'open', 'close') });

describe('the route that a call goes to', () => {
  it('N3: is the one that it were if the policies of all routes were asked', () => {
    fc.assert(
      fc.property(fc.array(plan, { minLength: 1, maxLength: 4 }), fc.constantFrom('soonest' as const, 'least-in-flight' as const), fc.array(step, { maxLength: 40 }), (plans, strategy, steps) => {
        const [one, all] = [rig(plans, strategy), rig(plans, strategy)];
        for (const each of steps) {
          one.does(each);
          all.does(each);
          const chosen = one.core.choose(wanted, [])!.route;
          const best = all.core.bestOf(all.core.ways(wanted, [])).route;
          expect(chosen.name).toBe(best.name);
          chosen.begins();
          best.begins();
        }
      }),
      { numRuns: runs(500), examples: [[same, 'soonest', [{ route: 1, deed: 'open' }, { route: 1, deed: 'close' }]]] },
    );
  });

  it('is chosen without asking those that can not come before it', () => {
    const { core, says } = rig([{ order: 0, weight: 1 }, { order: 0, weight: 1 }, { order: 1, weight: 1 }], 'soonest');
    expect(core.choose(wanted, [])!.route.name).toBe('route 0');
    expect(says.map(({ asked }) => asked)).toEqual([1, 0, 0]);
  });
});
