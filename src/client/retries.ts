import { show } from '../internal/options';
import type { RetryBackoffConfig } from '../retry/retry-backoff-config';
import { settingsOf } from '../retry/retry-settings';
import type { CallRetries } from './guards';
import type { ResilientClientConfig } from './resilient-client-config';

/** The retries that a config asks for; none without one. */
export function retriesOf(
  owner: string,
  { retryBackoff, scheduler, random }: Pick<ResilientClientConfig, 'retryBackoff' | 'scheduler' | 'random'>,
): CallRetries {
  if (retryBackoff === undefined) {
    return { retry: settingsOf<never, never>({ maxRetries: 0, scheduler }), isRetried: false };
  }
  const config = inheriting(`${owner}: retryBackoff`, retryBackoff, { scheduler, random });
  return { retry: settingsOf(config as RetryBackoffConfig<never>), isRetried: true };
}

/** A guard's own config, and what it leaves out taken from the client's. */
export function inheriting<C>(owner: string, own: C, inherited: object): C {
  if (typeof own !== 'object' || own === null) {
    throw new TypeError(`${owner} must be a config or what is made from one, got ${show(own)}`);
  }
  const given = Object.entries(own).filter(([, value]) => value !== undefined);
  return { ...inherited, ...Object.fromEntries(given) } as C;
}
