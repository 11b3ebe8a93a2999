import { show } from '../internal/options';
import { type RetryBackoffConfig, settingsOf } from '../retry/retry-backoff';
import type { ResilientClientConfig } from './client-config';
import type { Stack } from './stack';

/** The retries that a config asks for. */
export function retryOf(
  owner: string,
  { retryBackoff, scheduler, random }: Pick<ResilientClientConfig, 'retryBackoff' | 'scheduler' | 'random'>,
): Stack['retry'] {
  if (retryBackoff === undefined) {
    return undefined;
  }
  const config = inheriting(`${owner}: retryBackoff`, retryBackoff, { scheduler, random });
  return settingsOf(config as RetryBackoffConfig<never>);
}

/** A guard's own config, and what it leaves out taken from the client's. */
export function inheriting<C>(owner: string, own: C, inherited: object): C {
  if (typeof own !== 'object' || own === null) {
    throw new TypeError(`${owner} must be a config or what is made from one, got ${show(own)}`);
  }
  const given = Object.entries(own).filter(([, value]) => value !== undefined);
  return { ...inherited, ...Object.fromEntries(given) } as C;
}
