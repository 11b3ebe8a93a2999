import type { Budget } from '../budget/budget';
import type { Breaker } from '../circuit/breaker';
import type { Limiter } from '../limiter/limiter';
import { brandProgrammingError } from '../provider';
import { AnyKeyed, type UsedKey } from './any-keyed';
import type { CallContext } from './call-context';
import type { PolicyKeys } from './call-options';
import { checkTurns } from './check-turns';
import { type CallPolicies, Guards } from './guards';
import type { Kind, Slot } from './policy-keys';

type Books = Pick<CallContext, 'retry' | 'isRetried' | 'clock' | 'frameOf' | 'registry' | 'hedge' | 'readers'>;

/** What the calls of a client need, by their key. */
export class CallContexts {
  /** For all calls, where nothing is keyed. */
  private readonly usual: CallContext | undefined;
  private readonly find: (key: string | PolicyKeys | undefined) => CallContext;
  /** For calls that are refused because there are no policies for their key. */
  private readonly none: Guards;

  constructor(
    readonly slots: readonly Slot[],
    private readonly books: Books,
    private readonly settings: Omit<CallPolicies, 'limiters' | 'budgets' | 'breaker'>,
  ) {
    const make = (policies: readonly object[], usedKeys: readonly UsedKey[], before?: CallContext) =>
      this.made(policies, usedKeys, before);
    const policies = slots.map(({ policy }) => policy);
    const keyed = policies.find((policy) => policy instanceof AnyKeyed);
    this.none = new Guards({ limiters: [], budgets: [], ...settings });
    this.find = keyed?.finderFor(slots, make) ?? (() => make(policies, []));
    this.usual = keyed === undefined ? this.found(undefined) : undefined;
  }

  of(key: string | PolicyKeys | undefined): CallContext {
    return this.usual ?? this.found(key);
  }

  private found(key: string | PolicyKeys | undefined): CallContext {
    try {
      return this.find(key);
    } catch (thrown) {
      const error = thrown instanceof TypeError ? brandProgrammingError(thrown) : thrown; // a key is missing
      return { ...this.books, guards: this.none, usedKeys: [], refusal: { error } };
    }
  }

  /** @param before Made for the same policies: guards are those of policies, not of keys. */
  private made(
    policies: readonly object[],
    usedKeys: readonly UsedKey[],
    before: CallContext | undefined,
  ): CallContext {
    const { slots, books, settings } = this;
    const of = (kind: Kind) => policies.filter((_, place) => slots[place]!.kind === kind);
    const limiters = of('limiter') as Limiter[];
    const budgets = of('budget') as Budget[];
    const [breaker] = of('breaker') as Breaker[];
    checkTurns('ResilientClient', breaker, settings.whenOpen);
    const guards = before?.guards ?? new Guards({ limiters, budgets, breaker, ...settings });
    return { ...books, guards, usedKeys };
  }
}
