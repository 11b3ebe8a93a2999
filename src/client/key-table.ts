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

/** What is kept of a key. */
interface Entry<P> {
  /** Undefined only while calls hold a key that is not known. */
  policy: P | undefined;
  /** How many calls hold it. */
  held: number;
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
  private readonly known = new Map<string, Entry<P>>();
  /** Those that were idle when they were forgotten, as long as somebody has them. */
  private readonly forgotten = new Map<string, WeakRef<P>>();
  private readonly collected = new FinalizationRegistry<string>((key) => this.forgetCollected(key));
  /** Those that are not known any more, but that calls hold. */
  private readonly left = new Map<string, Entry<P>>();
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
    return this.known.size;
  }

  *[Symbol.iterator](): IterableIterator<[string, P]> {
    for (const [key, { policy }] of this.known) {
      yield [key, policy!];
    }
  }

  get(key: string): P {
    return this.known.get(key)?.policy ?? this.add(key);
  }

  /** Forgets a key, idle or not. */
  delete(key: string): boolean {
    this.forgotten.delete(key);
    return this.remove(key);
  }

  /** Keeps a key, idle or not, for a call that has yet to use its policy; each needs a `release`. */
  hold(key: string): void {
    const entry = this.known.get(key) ?? this.left.get(key);
    if (entry === undefined) {
      this.left.set(key, { policy: undefined, held: 1 });
    } else {
      entry.held += 1;
    }
  }

  release(key: string): void {
    const entry = this.known.get(key) ?? this.left.get(key)!;
    entry.held -= 1;
    if (entry.held === 0) {
      this.left.delete(key);
    }
  }

  private add(key: string): P {
    this.makeRoom(key);
    const policy = this.left.get(key)?.policy ?? this.forgotten.get(key)?.deref() ?? this.made(key);
    if (!this.known.has(key)) {
      const held = this.left.get(key)?.held ?? 0;
      this.left.delete(key);
      this.forgotten.delete(key);
      this.known.set(key, { policy, held });
      this.listener.added(key, policy);
    }
    return policy;
  }

  private made(key: string): P {
    const policy: unknown = this.factory(key);
    if (!isPolicy<P>(policy)) {
      throw new TypeError(`keyed: factory must return a policy for every key, got ${show(policy)} for ${show(key)}`);
    }
    const asked = this.known.get(key)?.policy; // by the factory itself
    if (asked === undefined) {
      this.makeRoom(key); // the factory may have asked for another key
      giveKey(policy, key); // its errors say whose it is
    }
    return asked ?? policy;
  }

  private makeRoom(key: string): void {
    if (this.known.size >= this.maxKeys && !this.forgetOne()) {
      const [first] = this.known.values();
      throw new KeyLimitError({ key, maxKeys: this.maxKeys, tellsIdle: 'isIdle' in first!.policy! });
    }
  }

  private remove(key: string): boolean {
    const entry = this.known.get(key);
    if (entry !== undefined && entry.held > 0) {
      this.left.set(key, entry);
    }
    this.known.delete(key);
    this.listener.removed(key);
    return entry !== undefined;
  }

  /** Looks at some keys that were not looked at for longest, and from time to time at all. */
  private forgetOne(): boolean {
    let rest = Math.min(looks, this.known.size);
    for (const [key, entry] of this.known) {
      if (rest === 0) {
        break;
      }
      rest -= 1;
      if (this.forgetIdle(key)) {
        return true;
      }
      this.known.delete(key); // to the end, so that the next call looks at others
      this.known.set(key, entry);
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
    const entry = this.known.get(key);
    if (entry === undefined || !isIdle(entry)) {
      return false;
    }
    const policy = entry.policy!;
    this.remove(key);
    this.forgotten.set(key, new WeakRef(policy));
    this.collected.register(policy, key);
    return true;
  }

  private maySweep(): boolean {
    const [first] = this.known.values();
    const now = ((first!.policy as Telling).scheduler ?? asyncScheduler).now();
    if (this.isWorthSweeping || now >= this.sweptAt + sweepInterval || now < this.sweptAt) {
      this.sweptAt = now;
      return true;
    }
    return false;
  }

  private sweep(): boolean {
    this.idle = [...this.known].flatMap(([key, entry]) => (isIdle(entry) ? [key] : []));
    this.isWorthSweeping = this.idle.length * fewest >= this.known.size;
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

function isIdle({ policy, held }: Entry<object>): boolean {
  return held === 0 && (policy as Telling).isIdle === true;
}
