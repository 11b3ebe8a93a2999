import { asyncScheduler, type SchedulerLike } from 'rxjs';
import { show } from '../internal/options';
import { giveKey } from '../internal/policy/facade';
import { KeyLimitError } from './key-limit-error';

/** What a policy may tell of itself. */
interface Telling {
  /** Whether it may be forgotten without anybody noticing. Default: never. */
  readonly isIdle?: boolean;
  /** Tells when all keys were last looked at. */
  readonly scheduler?: SchedulerLike;
}

/** Hears of the keys that come and go. */
interface Listener<P> {
  added(key: string, policy: P): void;
  removed(key: string): void;
}

/** How many keys one call looks at to find one that is idle. */
const looks = 64;
/** After so many ms a call may look at all keys again; at once, if one in so many was idle the last time. */
const sweepInterval = 1_000;
const fewest = 10;

/**
 * Policies by key: makes them, finds them, and forgets idle ones when room is needed. A policy that somebody still has
 * comes back for its key, so that nobody has a second one.
 */
export class KeyTable<P extends object> {
  /** In the order in which they will be looked at for one that is idle. */
  private readonly policies = new Map<string, P>();
  /** Those that were idle when they were forgotten, as long as somebody has them. */
  private readonly forgotten = new Map<string, WeakRef<P>>();
  private readonly collected = new FinalizationRegistry<string>((key) => this.forgetCollected(key));
  /** How many calls hold each key, and the policy that they hold. */
  private readonly held = new Map<string, { count: number; readonly policy: P | undefined }>();
  /** Keys that were idle when all were last looked at. */
  private idle: string[] = [];
  private sweptAt = Number.NEGATIVE_INFINITY;
  private isWorthSweeping = false;

  constructor(
    private readonly factory: (key: string) => P,
    private readonly maxKeys: number,
    private readonly listener: Listener<P>,
  ) {}

  get size(): number {
    return this.policies.size;
  }

  [Symbol.iterator](): IterableIterator<[string, P]> {
    return this.policies[Symbol.iterator]();
  }

  get(key: string): P {
    const known = this.policies.get(key);
    if (known !== undefined) {
      return known;
    }
    this.makeRoom(key);
    const policy = this.held.get(key)?.policy ?? this.forgotten.get(key)?.deref() ?? this.made(key);
    if (!this.policies.has(key)) {
      this.forgotten.delete(key);
      this.policies.set(key, policy);
      this.listener.added(key, policy);
    }
    return policy;
  }

  /** Forgets a key, idle or not. */
  delete(key: string): boolean {
    this.forgotten.delete(key);
    return this.remove(key);
  }

  /** Keeps a key, idle or not, for a call that has yet to use its policy; each needs a `release`. */
  hold(key: string): void {
    const held = this.held.get(key);
    if (held === undefined) {
      this.held.set(key, { count: 1, policy: this.policies.get(key) });
    } else {
      held.count += 1;
    }
  }

  release(key: string): void {
    const held = this.held.get(key)!;
    held.count -= 1;
    if (held.count === 0) {
      this.held.delete(key);
    }
  }

  private made(key: string): P {
    const policy: unknown = this.factory(key);
    if (!isPolicy<P>(policy)) {
      throw new TypeError(`keyed: factory must return a policy for every key, got ${show(policy)} for ${show(key)}`);
    }
    const asked = this.policies.get(key); // by the factory itself
    if (asked === undefined) {
      this.makeRoom(key); // the factory may have asked for another key
      giveKey(policy, key); // its errors say whose it is
    }
    return asked ?? policy;
  }

  private makeRoom(key: string): void {
    if (this.policies.size >= this.maxKeys && !this.forgetOne()) {
      const [policy] = this.policies.values();
      throw new KeyLimitError({ key, maxKeys: this.maxKeys, tellsIdle: 'isIdle' in policy! });
    }
  }

  private remove(key: string): boolean {
    const isKnown = this.policies.delete(key);
    this.listener.removed(key);
    return isKnown;
  }

  /** Looks at some keys that were not looked at for longest, and from time to time at all. */
  private forgetOne(): boolean {
    let rest = Math.min(looks, this.policies.size);
    for (const [key, policy] of this.policies) {
      if (rest === 0) {
        break;
      }
      rest -= 1;
      if (this.forgetIdle(key)) {
        return true;
      }
      this.policies.delete(key); // to the end, so that the next call looks at others
      this.policies.set(key, policy);
    }
    return this.forgetFound() || (this.maySweep() && this.sweep());
  }

  private forgetFound(): boolean {
    for (let key = this.idle.pop(); key !== undefined; key = this.idle.pop()) {
      if (this.forgetIdle(key)) {
        return true;
      }
    }
    return false;
  }

  private forgetIdle(key: string): boolean {
    const policy = this.policies.get(key);
    if (policy === undefined || isIdleOf(policy) !== true || this.held.has(key)) {
      return false;
    }
    this.remove(key);
    this.forgotten.set(key, new WeakRef(policy));
    this.collected.register(policy, key);
    return true;
  }

  private maySweep(): boolean {
    const [first] = this.policies.values();
    const now = ((first as Telling).scheduler ?? asyncScheduler).now();
    if (this.isWorthSweeping || now >= this.sweptAt + sweepInterval || now < this.sweptAt) {
      this.sweptAt = now;
      return true;
    }
    return false;
  }

  private sweep(): boolean {
    this.idle = [...this.policies].flatMap(([key, policy]) =>
      isIdleOf(policy) === true && !this.held.has(key) ? [key] : [],
    );
    this.isWorthSweeping = this.idle.length * fewest >= this.policies.size;
    return this.forgetFound();
  }

  private forgetCollected(key: string): void {
    if (this.forgotten.get(key)?.deref() === undefined) {
      this.forgotten.delete(key);
    }
  }
}

function isPolicy<P extends object>(made: unknown): made is P {
  return (typeof made === 'object' && made !== null) || typeof made === 'function';
}

function isIdleOf(policy: object): boolean | undefined {
  return (policy as Telling).isIdle;
}
