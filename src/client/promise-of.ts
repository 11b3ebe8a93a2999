import { lastValueFrom, type Observable, takeUntil } from 'rxjs';
import { Options } from '../internal/options';
import type { AbortListeners } from './abort-listeners';

/**
 * A call as a promise of its last value, or of what `validate` returned unless that is undefined; rejects with the signal's
 * reason when that is aborted.
 *
 * @param callTo Makes the call, which tells what `validate` returned.
 */
export async function promiseOf<V>(
  owner: string,
  callTo: (validated: (result: unknown) => void) => Observable<unknown>,
  signal: AbortSignal | undefined,
  aborts: AbortListeners,
): Promise<V> {
  new Options(owner, { signal }, ['signal']).having('signal', 'addEventListener', 'an AbortSignal');
  let validated: unknown;
  const call = callTo((result) => {
    validated = result;
  });
  const last = await lastValueFrom(signal === undefined ? call : call.pipe(takeUntil(aborts.of(signal))));
  return (validated === undefined ? last : validated) as V;
}
