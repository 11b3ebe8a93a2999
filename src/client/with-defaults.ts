import { filledIn } from '../internal/options';
import type { CallOptions } from './call-options';
import { mergedKey } from './policy-keys';

/** Options that are being put together. */
export type MutableOptions<T> = { -readonly [name in keyof CallOptions<T>]: CallOptions<T>[name] };

/** The options of a call; what they do not say is as every call of its client has it. Keys are merged. */
export function withDefaults<T>(options: CallOptions<T>, defaults: CallOptions<never> | undefined): CallOptions<T> {
  if (defaults === undefined) {
    return options;
  }
  const all: MutableOptions<T> = filledIn(options, defaults);
  if (options.key !== undefined) {
    all.key = mergedKey(defaults.key, options.key);
  }
  return all;
}
