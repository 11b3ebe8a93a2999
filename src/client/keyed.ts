import { Observable, Subject, type Subscription } from 'rxjs';
import { Options, show } from '../internal/options';
import { KeyLimitError } from './key-limit-error';

/** What a policy may tell `keyed` of itself. */
interface Telling {
  /** Whether it may be forgotten without anybody noticing. Default false. */
  readonly isIdle?: boolean;
  /** What happens in it; see {@link KeyedEvent}. */
  readonly events$?: Observable<unknown>;
}

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
export interface KeyedOptions {
  /** How many keys are kept. Default 100_000. */
  readonly maxKeys?: number | undefined;
}

/** How many keys one call looks at to find one that is idle. */
const looks = 64;

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
export function keyed<P extends object>(factory: (key: string) => P, options: KeyedOptions = {}): Keyed<P> {
  if (typeof factory !== 'function') {
    throw new TypeError(`keyed: factory must be a function that makes a policy, got ${typeof factory}`);
  }
  new Options('keyed', options, ['maxKeys']).whole('maxKeys', 1, 'or Infinity');
  return new Keyed(factory, options.maxKeys ?? 100_000);
}

/**
 * Policies by key: made when they are first asked for, forgotten when they are idle. Made by {@link keyed}.
 *
 * @category Policies
 */
export class Keyed<P extends object> {
  /** The events of all policies, each with its `key`; hot. */
  readonly events$: Observable<KeyedEvent<P>>;
  readonly #factory: (key: string) => P;
  readonly #maxKeys: number;
  /** In the order in which they will be looked at for one that is idle. */
  readonly #policies = new Map<string, P>();
  readonly #events = new Subject<KeyedEvent<P>>();
  readonly #heard = new Map<string, Subscription>();
  /** How many calls hold each key. */
  readonly #holders = new Map<string, number>();

  /** @internal */
  constructor(factory: (key: string) => P, maxKeys: number) {
    this.#factory = factory;
    this.#maxKeys = maxKeys;
    this.events$ = new Observable((subscriber) => {
      subscriber.add(this.#events.subscribe(subscriber));
      subscriber.add(() => this.#listenWhileHeard());
      this.#listenWhileHeard();
    });
  }

  /** How many keys are kept. */
  get size(): number {
    return this.#policies.size;
  }

  /**
   * The policy of a key; any string is one.
   *
   * @throws KeyLimitError if it is a new one, all places are taken, and no idle one was found.
   */
  get(key: string): P {
    const known = this.#policies.get(key);
    if (known !== undefined) {
      return known;
    }
    if (this.#policies.size >= this.#maxKeys && !this.#forgetOne()) {
      throw new KeyLimitError({ key, maxKeys: this.#maxKeys });
    }
    const policy: unknown = this.#factory(key);
    if (!isPolicy<P>(policy)) {
      throw new TypeError(`keyed: factory must return a policy for every key, got ${show(policy)} for ${show(key)}`);
    }
    this.#policies.set(key, policy);
    if (this.#events.observed) {
      this.#listen(key, policy);
    }
    return policy;
  }

  /** Keeps a key, idle or not, for a call that has yet to use its policy; each needs a `release`. @internal */
  hold(key: string): void {
    this.#holders.set(key, (this.#holders.get(key) ?? 0) + 1);
  }

  /** @internal */
  release(key: string): void {
    const rest = this.#holders.get(key)! - 1;
    if (rest === 0) {
      this.#holders.delete(key);
    } else {
      this.#holders.set(key, rest);
    }
  }

  /** Forgets a key, idle or not; returns whether it was known. */
  delete(key: string): boolean {
    this.#heard.get(key)?.unsubscribe();
    this.#heard.delete(key);
    return this.#policies.delete(key);
  }

  /** Looks at the keys that were not looked at for longest, and forgets the first that is idle. */
  #forgetOne(): boolean {
    let rest = Math.min(looks, this.#policies.size);
    for (const [key, policy] of this.#policies) {
      if (rest === 0) {
        break;
      }
      rest -= 1;
      if ((policy as Telling).isIdle === true && !this.#holders.has(key)) {
        this.delete(key);
        return true;
      }
      this.#policies.delete(key); // to the end, so that the next call looks at others
      this.#policies.set(key, policy);
    }
    return false;
  }

  #listenWhileHeard(): void {
    if (this.#events.observed) {
      for (const [key, policy] of this.#policies) {
        this.#listen(key, policy);
      }
    } else {
      for (const subscription of this.#heard.values()) {
        subscription.unsubscribe();
      }
      this.#heard.clear();
    }
  }

  #listen(key: string, { events$ }: Telling): void {
    if (events$ !== undefined && !this.#heard.has(key)) {
      const passOn = (event: unknown) => this.#events.next({ ...(event as object), key } as KeyedEvent<P>);
      this.#heard.set(key, events$.subscribe(passOn));
    }
  }
}

function isPolicy<P extends object>(made: unknown): made is P {
  return (typeof made === 'object' && made !== null) || typeof made === 'function';
}
