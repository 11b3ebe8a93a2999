import { describe, expect, it } from 'vitest';
import { Leases } from '../../src/circuit/leases';

describe('Leases', () => {
  it('B5: end in the order in which they were last renewed', () => {
    const leases = new Leases<string>(10);
    leases.begin('a', 0);
    leases.begin('b', 1);
    leases.renew('a', 5);
    expect(leases.next).toBe(11);
    expect(leases.overdue(10)).toBeUndefined();
    expect(leases.overdue(15)).toBe('b');
    expect(leases.overdue(15)).toBe('a');
    expect(leases.overdue(15)).toBeUndefined();
    expect(leases.next).toBe(Number.POSITIVE_INFINITY);
  });

  it('are not brought back by renewing one that has ended', () => {
    const leases = new Leases<string>(10);
    leases.begin('a', 0);
    leases.begin('b', 0);
    leases.begin('c', 0);
    leases.end('a');
    leases.renew('a', 1);
    expect(leases.overdue(20)).toBe('b');
    leases.clear();
    leases.renew('c', 1);
    expect(leases.next).toBe(Number.POSITIVE_INFINITY);
  });
});
