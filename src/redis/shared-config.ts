import type { SchedulerLike } from 'rxjs';
import { Options, show } from '../internal/options';

/**
 * What the policies of this entry point have in common.
 *
 * @category Policies
 */
export interface SharedConfig {
  /** Processes that give the same key share what is counted. 1 to 500 characters. */
  readonly key: string;
  /** How long Redis may take to answer, in ms. After that `whenUnavailable` decides. Default 1_000. */
  readonly deadline?: number | undefined;
  /** A name for its state, its events and its errors. */
  readonly name?: string | undefined;
  /** Its clock measures deadlines and waits. Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike | undefined;
}

/** What the events of a policy tell of it. */
export interface Named {
  /** The `name` of the policy, if it has one. */
  readonly name?: string | undefined;
}

/**
 * Checks what all policies of this entry point take; each error names the option and shows the value.
 *
 * @param method Of what may decide while Redis is away.
 * @param what Names that in errors.
 * @returns The checks of the other options.
 */
export function checkShared(
  owner: string,
  config: SharedConfig & { readonly whenUnavailable?: unknown },
  names: readonly string[],
  method: string,
  what: string,
): Options {
  const options = checkKey(owner, config, names).strings('name');
  const { whenUnavailable } = config;
  const isPolicy = typeof (Object(whenUnavailable) as Record<string, unknown>)[method] === 'function';
  if (whenUnavailable !== undefined && whenUnavailable !== 'error' && whenUnavailable !== 'allow' && !isPolicy) {
    throw new TypeError(
      `${owner}: whenUnavailable must be 'error', 'allow' or ${what} of this process, got ${show(whenUnavailable)}`,
    );
  }
  return options;
}

/** Checks the key, the deadline and the scheduler. */
export function checkKey(owner: string, config: SharedConfig, names: readonly string[]): Options {
  const options = new Options(owner, config, names).required('key').positive('deadline').scheduler();
  const { key } = config;
  if (typeof key !== 'string') {
    throw new TypeError(`${owner}: key must be a string, got ${show(key)}`);
  }
  if (key === '' || key.length > 500) {
    throw new RangeError(`${owner}: key must have 1 to 500 characters, got ${show(key)}`);
  }
  return options;
}
