import type { PolicyKeys } from './call-options';
import type { KeyTable } from './key-table';

/** A key that a call uses: it is kept while the call runs, for as long as that only waits its policy may be idle. */
export interface UsedKey {
  readonly policies: AnyKeyed<object, string | undefined>;
  readonly key: string;
}

/** What the calls of a key need. */
export interface ByKey {
  /** By which the policies were found. */
  readonly usedKeys: readonly UsedKey[];
}

/**
 * Makes what the calls of a key need, of the policies to which it leads, in the order of their places. `before` was made of
 * the same policies for other keys.
 */
export type MakeByKey<C> = (policies: readonly object[], usedKeys: readonly UsedKey[], before?: C) => C;

/** By which a client knows a `Keyed`: who has none need not bundle it, nor what finds policies by keys. */
export abstract class AnyKeyed<P extends object, By extends string | undefined> {
  /** @internal */
  abstract readonly core: KeyTable<P>;
  /** What its keys are for. */
  abstract readonly by: By;
  /** How many keys are kept. */
  abstract readonly size: number;

  abstract get(key: string): P;

  abstract delete(key: string): boolean;

  /** @internal */
  abstract finderFor<C extends ByKey>(
    slots: readonly object[],
    make: MakeByKey<C>,
  ): (key: string | PolicyKeys | undefined) => C;
}
