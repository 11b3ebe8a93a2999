import type { Budget } from '../budget/budget';
import type { Breaker } from '../circuit/breaker';
import type { Clock } from '../internal/time/clock';
import type { Limiter } from '../limiter/limiter';
import { AnyKeyed } from './any-keyed';
import { type CallPolicies, Guards } from './guards';
import type { Kind, Slot } from './policy-keys';

type Known = WeakMap<object, object>;

/** The guards of a client, made once for the policies to which a key leads. */
export class GuardsByPolicies {
  /** For calls that are refused because there are no policies for their key. */
  readonly none: Guards;
  private readonly known: Known = new WeakMap();
  /** Places of keyed policies: these tell the guards of one key from those of another. */
  private readonly keyed: readonly number[];

  constructor(
    private readonly clock: Clock,
    private readonly slots: readonly Slot[],
    private readonly settings: Omit<CallPolicies, 'limiters' | 'budgets' | 'breaker'>,
  ) {
    this.keyed = slots.flatMap(({ policy }, place) => (policy instanceof AnyKeyed ? [place] : []));
    this.none = new Guards({ limiters: [], budgets: [], ...settings }, clock);
  }

  /**
   * @param policies Those of the slots, in that order.
   * @param check Called before guards are made of them: to look at each for every call would cost 80 ns.
   */
  of(policies: readonly object[], check: () => void): Guards {
    let level: object = this.known;
    for (const [depth, place] of this.keyed.entries()) {
      const isLast = depth === this.keyed.length - 1;
      level = found(level as Known, policies[place]!, () => (isLast ? this.made(policies, check) : new WeakMap()));
    }
    return this.keyed.length === 0 ? this.made(policies, check) : (level as Guards);
  }

  private made(policies: readonly object[], check: () => void): Guards {
    check();
    const of = (kind: Kind) => policies.filter((_, place) => this.slots[place]!.kind === kind);
    const limiters = of('limiter') as Limiter[];
    const budgets = of('budget') as Budget[];
    const [breaker] = of('breaker') as Breaker[];
    return new Guards({ limiters, budgets, breaker, ...this.settings }, this.clock);
  }
}

/** What is kept for a policy; made when it is first asked for. */
function found(known: Known, policy: object, make: () => object): object {
  let value = known.get(policy);
  if (value === undefined) {
    value = make();
    known.set(policy, value);
  }
  return value;
}
