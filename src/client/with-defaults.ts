import type { CallOptions } from './call-options';
import { mergedKey } from './policy-keys';

/** The options of a call; what they do not say is as every call of its client has it. Keys are merged. */
export function withDefaults<T>(options: CallOptions<T>, defaults: CallOptions<never> | undefined): CallOptions<T> {
  if (defaults === undefined) {
    return options;
  }
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const key = mergedKey(defaults.key, options.key);
  return { ...defaults, ...Object.fromEntries(given), ...(key === undefined ? {} : { key }) } as CallOptions<T>;
}
