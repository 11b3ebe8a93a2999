import { describe, expect, it } from 'vitest';
import { linksOf } from '../../src/provider/links';

describe('linksOf', () => {
  it('has causes and gathered errors that are objects or texts', () => {
    const cause = { cause: 'words' };
    const error = { cause, errors: ['more words', 5, null, cause] };
    expect(linksOf(error)).toEqual([error, cause, 'more words', 'words']);
  });

  it('has 16 errors of a longer chain', () => {
    let error: object = {};
    for (let depth = 0; depth < 30; depth++) {
      error = { cause: error };
    }
    expect(linksOf(error)).toHaveLength(16);
  });
});
