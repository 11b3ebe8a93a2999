import { describe, expect, it } from 'vitest';
import { classOfCode } from '../../src/provider/error-codes';

describe('classOfCode', () => {
  it('knows every spend limit by its end', () => {
    expect(classOfCode('MY_SPEND_LIMIT_REACHED')).toBe('exhausted');
    expect(classOfCode('spend_limit_reached_soon')).toBeUndefined();
  });

  it('reads codes of 128 characters, and none that are longer', () => {
    expect(classOfCode('_spend_limit_reached'.padStart(128, 'x'))).toBe('exhausted');
    expect(classOfCode('_spend_limit_reached'.padStart(129, 'x'))).toBeUndefined();
  });
});
