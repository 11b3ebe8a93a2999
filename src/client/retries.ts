import { filledIn, show } from '../internal/options';
import type { RetryBackoffConfig } from '../retry/retry-backoff-config';
import { settingsOf } from '../retry/retry-settings';
import type { CallParts } from './call-parts';
import type { CallRetries } from './guards';
import type { ResilientClientConfig } from './resilient-client-config';

/** The retries that a config asks for; none without one. */
export function retriesOf(
  owner: string,
  {
    retryBackoff,
    retryAfter,
    scheduler,
    random,
  }: Pick<ResilientClientConfig, 'retryBackoff' | 'retryAfter' | 'scheduler' | 'random'>,
  { readers, timersOf }: Pick<CallParts, 'readers' | 'timersOf'>,
): CallRetries {
  if (retryBackoff === undefined) {
    return { retry: settingsOf<never, never>({ maxRetries: 0, scheduler }, readers, timersOf), isRetried: false };
  }
  const config = inheriting(`${owner}: retryBackoff`, retryBackoff, { scheduler, random });
  const own = retryAfter === undefined ? config : { ...config, retryAfter };
  return { retry: settingsOf(own as RetryBackoffConfig<never>, readers, timersOf), isRetried: true };
}

/** A guard's own config, and what it leaves out taken from the client's. */
export function inheriting<C>(owner: string, own: C, inherited: object): C {
  if (typeof own !== 'object' || own === null) {
    throw new TypeError(`${owner} must be a config, such as {}, or what is made from one, got ${show(own)}`);
  }
  return filledIn(own, inherited);
}
