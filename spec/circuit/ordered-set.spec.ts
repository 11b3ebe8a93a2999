import { describe, expect, it } from 'vitest';
import { OrderedSet } from '../../src/circuit/ordered-set';

describe('OrderedSet', () => {
  it('knows its first element, in the order in which they were added', () => {
    const set = new OrderedSet<string>();
    expect(set.first).toBeUndefined();
    for (const item of ['a', 'b', 'c']) {
      set.add(item);
    }
    expect([set.delete('b'), set.delete('b'), set.first]).toEqual([true, false, 'a']);
    expect([set.delete('a'), set.first]).toEqual([true, 'c']);
    set.add('a');
    expect([set.delete('c'), set.first]).toEqual([true, 'a']);
    set.clear();
    expect([set.first, set.delete('a')]).toEqual([undefined, false]);
  });
});
