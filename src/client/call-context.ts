import type { Runtime } from '../internal/runtime';
import type { Clock } from '../internal/time/clock';
import type { Readers } from '../provider';
import type { UsedKey } from './any-keyed';
import type { CallRegistry } from './call-registry';
import type { CallRetries, Guards } from './guards';
import type { CallHedges } from './hedges';

/** What is needed to make the calls of one key. */
export interface CallContext extends CallRetries {
  readonly guards: Guards;
  readonly clock: Clock;
  readonly frameOf: Runtime['frameOf'];
  readonly readers: Readers;
  /** Absent for `resilient`, of whose calls nothing keeps track. */
  readonly registry?: CallRegistry | undefined;
  /** Absent where nothing is hedged. */
  readonly hedge?: CallHedges | undefined;
  /** By which the policies were found. */
  readonly usedKeys: readonly UsedKey[];
  /** Hears what `validate` made of the answer. */
  readonly validated?: ((result: unknown) => void) | undefined;
  /** Why there are no policies for the key. */
  readonly refusal?: { readonly error: unknown } | undefined;
}
