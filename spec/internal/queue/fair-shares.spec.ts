import { describe, expect, it } from 'vitest';
import { FairShares } from '../../../src/internal/queue/fair-shares';

describe('FairShares', () => {
  it('C14: of more than 10,000 tenants forgets who has had no more than others', () => {
    const shares = new FairShares(() => 1);
    const waiting = shares.of('waits');
    waiting.waiting = 1;
    shares.granted(shares.of('has had more'), 5);
    for (let tenant = 2; tenant < 10_000; tenant += 1) {
      shares.of(String(tenant));
    }
    expect(shares.size).toBe(10_000);
    shares.of('one more');
    expect(shares.size).toBe(3);
    expect(shares.of('waits')).toBe(waiting);
    expect(shares.of('has had more').finish).toBe(5);
  });
});
