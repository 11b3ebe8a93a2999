import { parseDuration, scaled } from './duration';
import { firstOf } from './links';
import { amountAt, isObject, itemsOf, read, textAt } from './read';

/**
 * When to retry, by the `details` of a Google error: `RetryInfo.retryDelay`, else `ErrorInfo.metadata.quotaResetDelay`.
 * In ms. Gemini sends no `retry-after` header.
 *
 * @param layers what the error says in a structured way; details are among them.
 * @see https://google.aip.dev/193
 */
export function googleRetryDelay(layers: readonly object[]): number | undefined {
  return (
    firstOf(ofType(layers, 'RetryInfo'), (info) => protoDuration(read(info, 'retryDelay'))) ??
    firstOf(ofType(layers, 'ErrorInfo'), (info) => protoDuration(read(read(info, 'metadata'), 'quotaResetDelay')))
  );
}

/** Was a quota used up that comes back only tomorrow? */
export function isDailyQuota(layers: readonly object[]): boolean {
  return ofType(layers, 'QuotaFailure').some((failure) =>
    itemsOf(read(failure, 'violations')).some((violation) => textAt(violation, 'quotaId')?.includes('PerDay')),
  );
}

function ofType(layers: readonly object[], type: string): object[] {
  return layers.filter((layer) => textAt(layer, '@type')?.endsWith(`google.rpc.${type}`));
}

/** A `google.protobuf.Duration`, as JSON (`34.4s`) or as an object (`{ seconds: '34', nanos: 4e8 }`). */
function protoDuration(duration: unknown): number | undefined {
  if (!isObject(duration)) {
    return typeof duration === 'string' ? parseDuration(duration) : undefined;
  }
  const { seconds, nanos } = { seconds: protoAmount(duration, 'seconds'), nanos: protoAmount(duration, 'nanos') };
  const isGiven = read(duration, 'seconds') !== undefined || read(duration, 'nanos') !== undefined;
  return isGiven && seconds !== undefined && nanos !== undefined ? seconds * 1_000 + nanos / 1e6 : undefined;
}

/** A field that is not set is 0. 64-bit integers are strings in JSON. */
function protoAmount(duration: object, field: string): number | undefined {
  const amount = read(duration, field) ?? 0;
  return typeof amount === 'string' && /^\d{1,12}$/.test(amount) ? scaled(amount, 1) : amountAt({ amount }, 'amount');
}
