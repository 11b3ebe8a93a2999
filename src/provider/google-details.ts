import { parseDuration } from './duration';
import { firstOf } from './links';
import { isAmount, itemsOf, read, textAt } from './read';

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
  if (typeof duration === 'string') {
    return parseDuration(duration);
  }
  const [seconds, nanos] = [read(duration, 'seconds'), read(duration, 'nanos')];
  const ms = protoAmount(seconds) * 1_000 + protoAmount(nanos) / 1e6;
  return (seconds !== undefined || nanos !== undefined) && isAmount(ms) ? ms : undefined;
}

/** A field that is not set is 0; 64-bit integers are texts in JSON; everything else is NaN. */
function protoAmount(field: unknown = 0): number {
  if (typeof field === 'string') {
    return /^\d{1,12}$/.test(field) ? Number(field) : Number.NaN;
  }
  return isAmount(field) ? field : Number.NaN;
}
