import type { MonoTypeOperatorFunction } from 'rxjs';
import { running } from '../internal/running';
import type { Readers } from '../provider';
import { Call } from './call';
import type { CallContext } from './call-context';
import type { CallOptions } from './call-options';
import { CallSettings } from './call-settings';
import type { Timeouts } from './timeouts';

/** An operator whose every subscription is a call. */
export function guardedCalls<T>(
  contextOf: () => CallContext,
  options: CallOptions<T>,
  timeout: Timeouts | undefined,
  readers: Readers,
): MonoTypeOperatorFunction<T> {
  if (options.afterValues === 'continue') {
    throw new TypeError(
      "afterValues: 'continue' needs a function that opens the call again: use ResilientClient.call()",
    );
  }
  const settings = new CallSettings(options, timeout, readers);
  return running<T, T>((source, destination) => new Call(destination, contextOf(), settings, source));
}
