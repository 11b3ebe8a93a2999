import { describe, expect, it } from 'vitest';
import { Leases } from '../../src/circuit/leases';

const probe = () => ({ leaseUntil: Number.POSITIVE_INFINITY });

describe('Leases', () => {
  it('B5: end in the order in which they were last renewed', () => {
    const leases = new Leases(10);
    const [a, b] = [probe(), probe()];
    leases.begin(a, 0);
    leases.begin(b, 1);
    leases.renew(a, 5);
    expect(leases.next).toBe(11);
    expect(leases.overdue(10)).toBeUndefined();
    expect(leases.overdue(15)).toBe(b);
    expect(leases.overdue(15)).toBe(a);
    expect(leases.overdue(15)).toBeUndefined();
    expect(leases.next).toBe(Number.POSITIVE_INFINITY);
  });

  it('are not brought back by renewing one that has ended', () => {
    const leases = new Leases(10);
    const [a, b, c] = [probe(), probe(), probe()];
    for (const each of [a, b, c]) {
      leases.begin(each, 0);
    }
    leases.end(a);
    leases.renew(a, 1);
    expect(leases.overdue(20)).toBe(b);
    leases.clear();
    leases.renew(c, 1);
    expect(leases.next).toBe(Number.POSITIVE_INFINITY);
  });
});
