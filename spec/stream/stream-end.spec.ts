import { describe, expect, it } from 'vitest';
import { noGuards } from '../../src/guard/chain';
import { guarded } from '../../src/guard/guarded';
import { StreamTruncatedError } from '../../src/index';
import { streamReaders } from '../../src/provider';
import { EndReader, StreamEnd } from '../../src/stream/stream-end';
import { run } from '../support/run';

const untruncated = <T>(isFinal: (value: T) => boolean) => guarded<T, object>(noGuards, () => ({}), () => new StreamEnd(new EndReader(isFinal, false, streamReaders)));

describe('StreamEnd', () => {
  const isFinal = (value: string) => value === 'z';

  it('mirrors a source that ends with a final value, fails, or does not end', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const whole = cold(' a-z|');
      const failing = cold('a-#');

      expectObservable(whole.pipe(untruncated(isFinal))).toBe('a-z|');
      expectObservable(failing.pipe(untruncated(isFinal))).toBe('a-#');
      expectObservable(cold('a--').pipe(untruncated(isFinal))).toBe('a--');
      expectSubscriptions(whole.subscriptions).toBe('^--!');
    });
  });

  it('S2: errors when the source completes without a final value', () => {
    run(({ cold, expectObservable }) => {
      const truncated = new StreamTruncatedError({ emitted: 2 });
      expectObservable(cold('a-b|').pipe(untruncated(isFinal))).toBe('a-b#', undefined, truncated);
    });
  });

  it('says how many values had come', () => {
    expect(new StreamTruncatedError({ emitted: 3 })).toMatchObject({ emitted: 3, name: 'StreamTruncatedError' });
    expect(new StreamTruncatedError({ emitted: 3 }).message).toContain('after 3 values');
  });
});
