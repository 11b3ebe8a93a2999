import type { Budget } from '../budget/budget';
import { totalOf } from '../budget/token-estimate';
import type { Breaker } from '../circuit/breaker';
import type { CallOptions } from '../client/call-options';
import { Keyed } from '../client/keyed';
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
  private readonly limiters: readonly object[];
  private readonly breakers: readonly object[];
  private readonly budgets: readonly object[];
  /** Whether there is one breaker for all calls. */
  readonly hasOneBreaker: boolean;

  constructor({ limiter, breaker, budget }: Pick<RouteClient, Kind>) {
    this.limiters = listOf(limiter);
    this.breakers = listOf(breaker);
    this.budgets = listOf(budget);
    this.hasOneBreaker = this.breakers.length === 1 && !(this.breakers[0] instanceof Keyed);
  }

  /** @param isTimed Whether it matters how long the call would wait. */
  outlook(options: CallOptions<unknown>, isTimed: boolean): Outlook {
    const { tokens } = options;
    const estimate = typeof tokens === 'function' ? tokens({ number: 1, delivered: [] }) : tokens;
    const total = estimate === undefined ? 0 : totalOf('ResilientRouter', 'tokens', estimate);
    const split = typeof estimate === 'object' ? { inputTokens: estimate.input, outputTokens: estimate.output } : {};
    try {
      const openFor = this.openFor(options);
      const wait = isTimed && openFor === undefined ? this.wait({ requests: 1, tokens: total, ...split }, options) : 0;
      const canTake = openFor === undefined && wait !== 'for ever' && this.hasRoom(total, options);
      return { canTake, wait: wait === 'for ever' ? Number.POSITIVE_INFINITY : wait, openFor };
    } catch {
      return { canTake: false, wait: Number.POSITIVE_INFINITY }; // a policy of this key cannot be made: its client says why
    }
  }

  private openFor(options: CallOptions<unknown>): number | undefined {
    for (const breaker of policiesFor<Breaker>('breaker', this.breakers, options)) {
      const refusal = breaker.check?.();
      if (refusal !== undefined) {
        return refusal.retryAfter ?? Number.POSITIVE_INFINITY;
      }
    }
    return undefined;
  }

  private hasRoom(tokens: number, options: CallOptions<unknown>): boolean {
    for (const budget of policiesFor<Budget>('budget', this.budgets, options)) {
      const isInTokens = (budget as { readonly counts?: string }).counts !== 'cost';
      if (budget.check?.(isInTokens ? tokens : 0) === false) {
        return false;
      }
    }
    return true;
  }

  private wait(cost: Units, options: CallOptions<unknown>): number | 'for ever' {
    let longest = 0;
    const { priority } = options;
    for (const limiter of policiesFor<Limiter>('limiter', this.limiters, options)) {
      if (limiter.waitFor !== undefined) {
        const wait = limiter.waitFor(cost, priority === undefined ? undefined : { priority });
        if (wait === Number.POSITIVE_INFINITY) {
          return 'for ever';
        }
        longest = Math.max(longest, wait ?? Number.POSITIVE_INFINITY);
      }
    }
    return longest;
  }
}

function listOf(policies: unknown): readonly object[] {
  return policies === undefined ? [] : Array.isArray(policies) ? policies : [policies as object];
}

/** The policies that a call would ask; where its key is not known here, none. */
function policiesFor<P extends object>(
  kind: Kind,
  policies: readonly object[],
  { key }: CallOptions<unknown>,
): readonly P[] {
  if (!policies.some((each) => each instanceof Keyed)) {
    return policies as readonly P[];
  }
  return policies.flatMap((each) => {
    if (!(each instanceof Keyed)) {
      return [each as P];
    }
    const { by = kind } = each as { readonly by?: string };
    const own = typeof key === 'object' ? (key as { readonly [by: string]: string | undefined })[by] : key;
    return own === undefined ? [] : [each.get(own) as P];
  });
}
