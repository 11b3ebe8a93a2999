import type { KeyTable } from './key-table';

/** By which a client knows a `Keyed`: who has none need not bundle it. */
export abstract class AnyKeyed<P extends object, By extends string | undefined> {
  /** @internal */
  abstract readonly core: KeyTable<P>;
  /** What its keys are for. */
  abstract readonly by: By;
  /** How many keys are kept. */
  abstract readonly size: number;

  abstract get(key: string): P;

  abstract delete(key: string): boolean;
}
