import type { OperatorFunction } from 'rxjs';
import type { SmoothTextConfig } from '../stream/smooth-text';
import type { CallParts } from './call-parts';
import type { hedgesOf } from './hedges';
import type { Kind } from './policy-keys';

/** What a client is made of beside its config: who leaves something out need not bundle it. */
export interface ClientParts extends CallParts {
  /** Makes a policy of a config, or says that none is wanted here. */
  policyOf(kind: Kind, name: string, config: object): object;
  /** Absent where nothing is hedged. */
  readonly hedgesOf?: typeof hedgesOf;
  /** Makes what paces the text of answers, of its config. */
  readonly smooth?: (config: SmoothTextConfig) => OperatorFunction<string, string>;
}
