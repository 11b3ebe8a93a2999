import type { ClientParts } from '../client/client-parts';
import { PolicyClient } from '../client/policy-client';
import { methods } from '../client/policy-keys';
import type {
  BreakerOf,
  BudgetOf,
  KeyOption,
  Known,
  LimiterOf,
  ResilientClientConfig,
} from '../client/resilient-client-config';
import { show } from '../internal/options';
import { plainRuntime } from '../internal/runtime';
import { bareReaders } from './bare-readers';
import { checkRetry } from './check-retry';
import type { CoreClientConfig } from './core-config';

const owner = 'ResilientClient of rxjs-resilience/core';

const parts: ClientParts = {
  readers: bareReaders,
  ...plainRuntime,
  policyOf(kind, name, config) {
    throw new TypeError(
      `${owner}: ${name} must be a policy of this library with ${methods[kind]}(), not a ` +
        `config or a policy of your own, which the client of the main entry takes; got ${show(config)}`,
    );
  },
};

/**
 * `ResilientClient` of the main entry without its readers of errors and chunks: it takes policies, no configs, and
 * `retryIf` and `retryAfter` of `retryBackoff` must be given. What is not given is not bundled.
 *
 * Only the functions of a call's options say what a value means: text of an answer are strings, and what `text` returns.
 * `smooth` is an operator, `smoothText()`; so are hedges, `hedge` of what `open` returns.
 *
 * @throws RangeError or TypeError that names the option and shows the value.
 * @category Core
 *
 * @example
 * ```ts
 * import { perMinute, RateLimiter, ResilientClient } from 'rxjs-resilience/core';
 *
 * const client = new ResilientClient({
 *   retryBackoff: { retryIf: (error) => error instanceof TypeError, retryAfter: () => undefined },
 *   rateLimit: new RateLimiter({ limits: perMinute(60) }),
 * });
 *
 * client.call(async () => 'answer').subscribe(console.log); // -> answer
 * ```
 */
export class ResilientClient<
  const C extends CoreClientConfig = CoreClientConfig,
  // By themselves, so that a client stands wherever one with policies of more general types is asked for.
  L = LimiterOf<C>,
  B = BreakerOf<C>,
  K = BudgetOf<C>,
  Key = KeyOption<C>,
> extends PolicyClient<L, B, K, Key> {
  /** @param config Named once more, so that functions in it need no types. */
  constructor(config: C & Known<C> & Pick<CoreClientConfig, 'retryBackoff' | 'timeout' | 'defaults' | 'retryAfter'>) {
    const { retryBackoff, hedge } = config ?? {};
    if (retryBackoff !== undefined) {
      checkRetry(`${owner}: retryBackoff`, retryBackoff);
    }
    if (hedge !== undefined) {
      throw new TypeError(`${owner}: hedge is an operator, for what open returns; got ${show(hedge)}`);
    }
    super(config as ResilientClientConfig, parts);
  }
}
