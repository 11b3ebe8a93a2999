import { brandProgrammingError } from '../provider';
import type { CallContext } from './call-context';
import type { PolicyKeys } from './call-options';
import type { CallPolicies } from './guards';
import { GuardsByPolicies } from './guards-by-policies';
import { Keyed } from './keyed';
import { policyFor, type Slot, usedKeys } from './policy-keys';
import { checkTurns } from './resilient';

type Books = Pick<CallContext, 'retry' | 'isRetried' | 'clock' | 'registry' | 'hedge'>;

/** What the calls of a client need, by their key. */
export class CallContexts {
  private readonly guards: GuardsByPolicies;
  /** Where the breaker stands in `slots`; -1 if there is none. */
  private readonly breakerPlace: number;
  /** For all calls, where nothing is keyed. */
  private readonly usual: CallContext | undefined;

  constructor(
    readonly slots: readonly Slot[],
    private readonly books: Books,
    private readonly settings: Pick<CallPolicies, 'whenOpen' | 'retryAfter'>,
  ) {
    this.guards = new GuardsByPolicies(books.clock, slots, settings);
    this.breakerPlace = slots.findIndex(({ kind }) => kind === 'breaker');
    const isKeyed = slots.some(({ policy }) => policy instanceof Keyed);
    this.usual = isKeyed ? undefined : this.found(undefined);
  }

  of(key: string | PolicyKeys | undefined): CallContext {
    return this.usual ?? this.found(key);
  }

  private found(key: string | PolicyKeys | undefined): CallContext {
    const { slots, books, guards } = this;
    try {
      const policies = slots.map((slot) => policyFor(slot, key));
      checkTurns('ResilientClient', policies[this.breakerPlace], this.settings.whenOpen);
      return { ...books, guards: guards.of(policies), usedKeys: usedKeys(slots, key) };
    } catch (thrown) {
      const error = thrown instanceof TypeError ? brandProgrammingError(thrown) : thrown; // a key is missing
      return { ...books, guards: guards.none, usedKeys: [], refusal: { error } };
    }
  }
}
