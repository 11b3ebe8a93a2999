import { describe, expect, it } from 'vitest';
import { classOfNames } from '../../src/provider/error-names';

describe('classOfNames', () => {
  it('prefers the name of an error to that of its class', () => {
    expect(classOfNames(Object.assign(new TypeError('x'), { name: 'AbortError' }))).toBe('aborted');
  });

  it('knows an error by a class above its own', () => {
    class APIUserAbortError extends Error {}
    class Mine extends APIUserAbortError {}
    expect(classOfNames(new Mine('x'))).toBe('aborted');
  });
});
