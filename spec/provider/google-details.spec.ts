import { describe, expect, it } from 'vitest';
import { googleRetryDelay } from '../../src/provider/google-details';

const delayOf = (retryDelay: unknown) => googleRetryDelay([{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay }]);

describe('googleRetryDelay', () => {
  it.each<[unknown, number]>([
    [{ seconds: '34', nanos: 4e8 }, 34_400],
    [{ seconds: '123456789012' }, 123_456_789_012_000],
    [{ seconds: 5.5 }, 5_500],
    [{ nanos: '5000000' }, 5],
  ])('reads %j', (duration, ms) => {
    expect(delayOf(duration)).toBe(ms);
  });

  it.each([
    '', ' 5', '05.0', '-5', '5e1', '0x5', 'x5', '5.5', '1234567890123', ' 123', '0x12', '12e1',
  ])('refuses %j seconds', (seconds) => {
    expect(delayOf({ seconds })).toBeUndefined();
  });
});
