import { brandProgrammingError } from '../provider';
import { AnyKeyed } from './any-keyed';
import type { CallContext } from './call-context';
import type { PolicyKeys } from './call-options';
import { checkTurns } from './check-turns';
import type { CallPolicies, Guards } from './guards';
import { GuardsByPolicies } from './guards-by-policies';
import { checkMade, type KeyedSlot, keyFor, policyFor, type Slot, usedKeys } from './policy-keys';

type Books = Pick<CallContext, 'retry' | 'isRetried' | 'clock' | 'registry' | 'hedge' | 'readers'>;

/** What the calls of a client need, by their key. */
export class CallContexts {
  private readonly guards: GuardsByPolicies;
  /** Where the breaker stands in `slots`; -1 if there is none. */
  private readonly breakerPlace: number;
  /** For all calls, where nothing is keyed. */
  private readonly usual: CallContext | undefined;
  /** Those of keys, by their guards: to make one costs more than a call that is let through. */
  private readonly known = new WeakMap<Guards, CallContext>();
  private readonly keyed: readonly KeyedSlot[];

  constructor(
    readonly slots: readonly Slot[],
    private readonly books: Books,
    private readonly settings: Omit<CallPolicies, 'limiters' | 'budgets' | 'breaker'>,
  ) {
    this.guards = new GuardsByPolicies(books.clock, slots, settings);
    this.breakerPlace = slots.findIndex(({ kind }) => kind === 'breaker');
    this.keyed = slots.filter((slot): slot is KeyedSlot => slot.policy instanceof AnyKeyed);
    this.usual = this.keyed.length > 0 ? undefined : this.found(undefined);
  }

  of(key: string | PolicyKeys | undefined): CallContext {
    return this.usual ?? this.found(key);
  }

  private found(key: string | PolicyKeys | undefined): CallContext {
    const { slots, books, guards } = this;
    try {
      const policies = slots.map((slot) => policyFor(slot, key));
      const found = guards.of(policies, () => {
        slots.forEach((slot, place) => {
          checkMade(slot, policies[place]!, key);
        });
      });
      const known = this.known.get(found);
      if (known !== undefined && this.isOf(known, key)) {
        return known;
      }
      checkTurns('ResilientClient', policies[this.breakerPlace], this.settings.whenOpen);
      const context = { ...books, guards: found, usedKeys: usedKeys(this.keyed, key) };
      this.known.set(found, context);
      return context;
    } catch (thrown) {
      const error = thrown instanceof TypeError ? brandProgrammingError(thrown) : thrown; // a key is missing
      return { ...books, guards: guards.none, usedKeys: [], refusal: { error } };
    }
  }

  /** Whether it was made for the same keys: a factory may have given one policy for two. */
  private isOf({ usedKeys }: CallContext, key: string | PolicyKeys | undefined): boolean {
    return this.keyed.every(({ kind, policy }, place) => keyFor(kind, key, policy.by) === usedKeys[place]!.key);
  }
}
