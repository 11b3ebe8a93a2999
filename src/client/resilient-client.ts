import { sharedRuntime } from '../internal/shared-runtime';
import { providerReaders } from '../provider';
import { smoothText } from '../stream/smooth-text';
import type { ClientParts } from './client-parts';
import { configuredPolicy } from './configured-policy';
import { foreignGuards } from './foreign-guards';
import { hedgesOf } from './hedges';
import { PolicyClient } from './policy-client';
import type {
  BreakerOf,
  BudgetOf,
  KeyOption,
  Known,
  LimiterOf,
  ResilientClientConfig,
  Shown,
} from './resilient-client-config';

export type { ResilientClientEvent, ResilientClientState } from './client-state';
export type { Open } from './open';

const parts: ClientParts = {
  readers: providerReaders,
  ...sharedRuntime,
  foreign: foreignGuards,
  policyOf: configuredPolicy,
  hedgesOf,
  smooth: smoothText,
};

/**
 * One client for a provider: every call is retried, limited, budgeted and guarded by a breaker, as far as configured.
 *
 * ![Tells what a call is doing: it waits for its permit, connects, streams, and is
 * done](../../docs/marbles/resilient-client-1.svg)
 *
 * The type knows the policies of the config. A field or a parameter that says only `ResilientClient` knows them no more: leave
 * its type out, or say `ReturnType<typeof makeClient>` of the function that makes the client.
 *
 * @throws RangeError or TypeError that names the option and shows the value.
 * @category Client
 *
 * @example
 * ```ts
 * import { perMinute, ResilientClient, textOf } from 'rxjs-resilience';
 *
 * const client = new ResilientClient({ retryBackoff: {}, rateLimit: { limits: perMinute(60) }, circuitBreak: {} });
 *
 * async function* answer(prompt: string, _signal: AbortSignal) {
 *   yield* ['You', ' said ', prompt];
 * }
 *
 * client.call((signal) => answer('hello', signal)).subscribe((chunk) => process.stdout.write(textOf(chunk)));
 * // -> You said hello
 * ```
 */
export class ResilientClient<
  const C extends ResilientClientConfig = ResilientClientConfig,
  // By themselves, so that a client stands wherever one with policies of more general types is asked for.
  L = LimiterOf<C>,
  B = BreakerOf<C>,
  K = BudgetOf<C>,
  Key = KeyOption<C>,
> extends PolicyClient<L, B, K, Key> {
  /** @param config Named once more, so that editors show what its options mean. */
  constructor(config: C & Known<C> & Shown) {
    super(config, parts);
  }
}
