import type { MonoTypeOperatorFunction } from 'rxjs';
import { operateBy } from '../internal/operate';
import { Call } from './call';
import type { CallContext } from './call-context';
import type { CallOptions } from './call-options';
import type { CallParts } from './call-parts';
import { CallSettings } from './call-settings';
import type { Timeouts } from './timeouts';

/** An operator whose every subscription is a call. */
export function guardedCalls<T>(
  contextOf: () => CallContext,
  options: CallOptions<T>,
  timeout: Timeouts | undefined,
  { readers, runningOf }: Pick<CallParts, 'readers' | 'runningOf'>,
): MonoTypeOperatorFunction<T> {
  if (options.afterValues === 'continue') {
    throw new TypeError(
      "afterValues: 'continue' needs a function that opens the call again: use ResilientClient.call()",
    );
  }
  const settings = new CallSettings(options, timeout, readers);
  return operateBy<T, T>(runningOf, (source, destination) => new Call(destination, contextOf(), settings, source));
}
