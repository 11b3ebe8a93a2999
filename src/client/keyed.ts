import { Observable, Subject, type Subscription } from 'rxjs';
import { Options, show } from '../internal/options';
import { AnyKeyed, type ByKey, type MakeByKey } from './any-keyed';
import type { PolicyKeys } from './call-options';
import { KeyTable } from './key-table';
import { finderFor } from './keyed-finder';
import type { Slot } from './policy-keys';

/**
 * The events of the policies of a {@link Keyed}, each with its key.
 *
 * @category Policies
 */
export type KeyedEvent<P> = P extends {
  /** What happens in the policy. */
  readonly events$: Observable<infer Event>;
}
  ? Event & {
      /** The key of the policy in which it happened. */
      readonly key: string;
    }
  : never;

/**
 * Options of {@link keyed}.
 *
 * @category Policies
 */
export interface KeyedOptions<By extends string | undefined = string | undefined> {
  /**
   * What its keys are for: `'user'` takes `key.user` of a client's call. Default: the call's `key` if that is a string,
   * else `key.limiter`, `key.breaker` or `key.budget`, which are no names for this.
   */
  readonly by?: By;
  /** How many keys are kept. Default 100_000. */
  readonly maxKeys?: number | undefined;
}

const reserved = ['limiter', 'breaker', 'budget'];

/**
 * One policy for each user, tenant or model: made when its key is first asked for, forgotten when room is needed and it
 * is idle. Keys that are in use are never forgotten, so a flood of new keys resets nobody's budget.
 *
 * @param factory Makes the policy of a key. Any string is a key.
 * @throws RangeError or TypeError that names the option and shows the value.
 * @category Policies
 *
 * @example
 * ```ts
 * import { keyed, perHour, TokenBudget } from 'rxjs-resilience';
 *
 * const budgets = keyed((user) => new TokenBudget({ limits: perHour(user === 'admin' ? 1_000_000 : 50_000) }));
 * budgets.get('ada').remaining; // 50000
 * ```
 */
export function keyed<P extends object>(factory: (key: string) => P, options?: KeyedOptions<undefined>): Keyed<P>;
export function keyed<P extends object, const By extends string>(
  factory: (key: string) => P,
  options: KeyedOptions<By> & { readonly by: By },
): Keyed<P, By>;
export function keyed<P extends object, By extends string | undefined>(
  factory: (key: string) => P,
  options: KeyedOptions<By> = {},
): Keyed<P, By> {
  if (typeof factory !== 'function') {
    throw new TypeError(`keyed: factory must be a function that makes a policy, got ${typeof factory}`);
  }
  new Options('keyed', options, ['by', 'maxKeys']).whole('maxKeys', 1, 'or Infinity').strings('by');
  const { by, maxKeys = 100_000 } = options;
  if (by !== undefined && (by === '' || reserved.includes(by))) {
    throw new RangeError(`keyed: by must be a name like 'user', and none of ${reserved.join(', ')}, got ${show(by)}`);
  }
  return new Keyed(factory, maxKeys, by as By);
}

/**
 * Policies by key: made when they are first asked for, forgotten when they are idle. Made by {@link keyed}.
 *
 * @category Policies
 */
export class Keyed<P extends object, By extends string | undefined = undefined> extends AnyKeyed<P, By> {
  /** The events of all policies, each with its `key`; hot. */
  readonly events$: Observable<KeyedEvent<P>>;
  /** @internal */
  readonly core: KeyTable<P>;
  readonly #events = new Subject<KeyedEvent<P>>();
  readonly #heard = new Map<string, Subscription>();

  /** @internal */
  constructor(
    factory: (key: string) => P,
    maxKeys: number,
    /** What its keys are for. */
    readonly by: By,
  ) {
    super();
    this.core = new KeyTable(factory, maxKeys, {
      added: (key, policy) => this.#events.observed && this.#listen(key, policy),
      removed: (key) => this.#leave(key),
    });
    this.events$ = new Observable((subscriber) => {
      subscriber.add(this.#events.subscribe(subscriber));
      subscriber.add(() => this.#listenWhileHeard());
      this.#listenWhileHeard();
    });
  }

  /** How many keys are kept. */
  get size(): number {
    return this.core.size;
  }

  /**
   * The policy of a key; any string is one.
   *
   * @throws KeyLimitError if it is a new one, all places are taken, and no idle one was found.
   */
  get(key: string): P {
    return this.core.get(key);
  }

  /** Forgets a key, idle or not; returns whether it was known. A policy with which calls run still comes back for its key. */
  delete(key: string): boolean {
    return this.core.delete(key);
  }

  /** @internal */
  finderFor<C extends ByKey>(
    slots: readonly object[],
    make: MakeByKey<C>,
  ): (key: string | PolicyKeys | undefined) => C {
    return finderFor(slots as readonly Slot[], make);
  }

  #listenWhileHeard(): void {
    if (this.#events.observed) {
      for (const [key, policy] of this.core) {
        this.#listen(key, policy);
      }
    } else {
      for (const key of [...this.#heard.keys()]) {
        this.#leave(key);
      }
    }
  }

  #listen(key: string, { events$ }: { readonly events$?: Observable<unknown> }): void {
    if (events$ !== undefined && !this.#heard.has(key)) {
      const passOn = (event: unknown) => this.#events.next({ ...(event as object), key } as KeyedEvent<P>);
      this.#heard.set(key, events$.subscribe(passOn));
    }
  }

  #leave(key: string): void {
    this.#heard.get(key)?.unsubscribe();
    this.#heard.delete(key);
  }
}
