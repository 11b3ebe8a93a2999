import type { CallOptions } from './call-options';
import { mergedKey } from './policy-keys';

/** The options of a call; what they do not say is as every call of its client has it. Keys are merged. */
export function withDefaults<T>(options: CallOptions<T>, defaults: CallOptions<never> | undefined): CallOptions<T> {
  if (defaults === undefined) {
    return options;
  }
  // Not spread: an object that is made so, and then gets more fields, is slow to read.
  const all = Object.assign({}, defaults) as Record<string, unknown>;
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined) {
      all[name] = name === 'key' ? mergedKey(defaults.key, options.key) : value;
    }
  }
  return all as CallOptions<T>;
}
