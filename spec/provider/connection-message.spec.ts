import { describe, expect, it } from 'vitest';
import { classOfMessage } from '../../src/provider/connection-message';

describe('classOfMessage', () => {
  it('ignores white space around a message', () => {
    expect(classOfMessage('\n fetch failed')).toBe('transient');
    expect(classOfMessage(' Terminated \n')).toBe('transient');
  });

  it('reads the first 300 characters', () => {
    expect(classOfMessage(`${'x '.repeat(100)}ECONNRESET`)).toBe('transient');
    expect(classOfMessage(`${'x '.repeat(150)}ECONNRESET`)).toBeUndefined();
  });
});
