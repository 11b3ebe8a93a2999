import type { Budget } from '../budget/budget';
import { estimatedCost } from '../budget/cost-of';
import { type TokenEstimate, totalOf } from '../budget/token-estimate';
import type { Breaker } from '../circuit/breaker';
import { AnyKeyed } from '../client/any-keyed';
import type { CallOptions } from '../client/call-options';
import { keyFor } from '../client/policy-keys';
import { stepBegins, stepEnds } from '../internal/time/step';
import type { Limiter } from '../limiter/limiter';
import type { Units } from '../quota/limits';
import type { RouteClient } from './resilient-router-config';

/** What a route would do with a call now. */
export interface Outlook {
  /** Whether its breaker and its budget would let the call in, and its limiter some day. */
  readonly canTake: boolean;
  /** ms until its limiter lets the call begin; `Infinity` if that depends on calls in flight. */
  readonly wait: number;
  /** ms until its breaker may let calls in; absent if it does now, or if that is not known. */
  readonly openFor?: number | undefined;
}

type Kind = 'limiter' | 'breaker' | 'budget';

/** The policies of a route's client, asked for what they would say to a call. Nothing is changed by that. */
export class RoutePolicies {
  private readonly limiters: PoliciesOfKind<Limiter>;
  private readonly breakers: PoliciesOfKind<Breaker>;
  private readonly budgets: PoliciesOfKind<Budget>;
  /** Whether limiters may ask for more than how many requests it is. */
  private readonly limitsTokens: boolean;

  constructor({ limiter, breaker, budget }: Pick<RouteClient, Kind>) {
    this.limiters = new PoliciesOfKind('limiter', limiter);
    this.breakers = new PoliciesOfKind('breaker', breaker);
    this.budgets = new PoliciesOfKind('budget', budget);
    this.limitsTokens = !this.limiters.every(({ dimensions }) => dimensions?.join() === 'requests');
  }

  /** Whether there is one breaker for all calls. */
  get hasOneBreaker(): boolean {
    return this.breakers.isOne;
  }

  /** @param isTimed Whether it matters how long the call would wait. */
  outlook(options: CallOptions<unknown>, isTimed: boolean): Outlook {
    const { tokens } = options;
    const estimate = typeof tokens === 'function' ? tokens({ number: 1, delivered: [] }) : tokens;
    const total = estimate === undefined ? 0 : totalOf('ResilientRouter', 'tokens', estimate);
    stepBegins(); // one reading of the clock for all policies: each costs as much as the rest
    try {
      const openFor = this.openFor(options);
      const cost = this.limitsTokens ? costOf(estimate, total) : undefined;
      const wait = isTimed && openFor === undefined ? this.wait(cost, options) : 0;
      const canTake = openFor === undefined && wait !== forEver && this.hasRoom(total, estimate ?? 0, options);
      if (canTake && wait === 0) {
        return free;
      }
      return { canTake, wait: wait === unknown ? Number.POSITIVE_INFINITY : wait, openFor };
    } catch {
      return { canTake: false, wait: 0 }; // a policy of this key cannot be made: its client says why
    } finally {
      stepEnds();
    }
  }

  private openFor(options: CallOptions<unknown>): number | undefined {
    for (const breaker of this.breakers.of(options)) {
      const refusal = breaker.check?.();
      if (refusal !== undefined) {
        return refusal.retryAfter ?? Number.POSITIVE_INFINITY;
      }
    }
    return undefined;
  }

  private hasRoom(tokens: number, estimate: TokenEstimate, options: CallOptions<unknown>): boolean {
    const cost = options.price === undefined ? 0 : estimatedCost(estimate, options.price);
    for (const budget of this.budgets.of(options)) {
      if (budget.check?.(budget.counts === 'cost' ? cost : tokens) === false) {
        return false;
      }
    }
    return true;
  }

  /** The longest wait at a limiter. */
  private wait(cost: Units | undefined, options: CallOptions<unknown>): number {
    let longest = 0;
    const { priority } = options;
    for (const limiter of this.limiters.of(options)) {
      const wait =
        limiter.waitFor === undefined ? 0 : limiter.waitFor(cost, priority === undefined ? undefined : { priority });
      longest = Math.max(longest, wait ?? unknown);
    }
    return longest;
  }
}

/** Of most routes at most times. */
export const free: Outlook = Object.freeze({ canTake: true, wait: 0 });
/** A wait that depends on calls in flight: longer than all that are known, but not for ever. */
const unknown = Number.MAX_VALUE;
const forEver = Number.POSITIVE_INFINITY;

/** Undefined for one request. */
function costOf(estimate: TokenEstimate | undefined, tokens: number): Units | undefined {
  if (estimate === undefined) {
    return undefined;
  }
  const split =
    typeof estimate === 'object' ? { inputTokens: estimate.input, outputTokens: estimate.output } : undefined;
  return { requests: 1, tokens, ...split };
}

/** The policies of one kind that a client has: one, a list, or such by key. */
class PoliciesOfKind<P extends object> {
  private readonly policies: readonly (P | AnyKeyed<P, string | undefined>)[];
  private readonly isKeyed: boolean;

  constructor(
    private readonly kind: Kind,
    given: unknown,
  ) {
    this.policies = given === undefined ? [] : Array.isArray(given) ? given : [given];
    this.isKeyed = this.policies.some((each) => each instanceof AnyKeyed);
  }

  /** Whether there is one for all calls. */
  get isOne(): boolean {
    return this.policies.length === 1 && !this.isKeyed;
  }

  /** Whether something holds for all of them, as far as they are known. */
  every(holds: (policy: P) => boolean): boolean {
    return this.policies.every((each) => !(each instanceof AnyKeyed) && holds(each));
  }

  /** Those that a call would ask; where its key is not known here, none. */
  of({ key }: CallOptions<unknown>): readonly P[] {
    return this.isKeyed ? this.policies.flatMap((each) => this.policyFor(each, key)) : (this.policies as readonly P[]);
  }

  private policyFor(policy: P | AnyKeyed<P, string | undefined>, key: CallOptions<unknown>['key']): readonly P[] {
    if (!(policy instanceof AnyKeyed)) {
      return [policy];
    }
    const own = keyFor(this.kind, key, policy.by);
    return own === undefined ? [] : [policy.get(own)];
  }
}
