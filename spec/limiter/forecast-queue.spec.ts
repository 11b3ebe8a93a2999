import { describe, expect, it } from 'vitest';
import { ForecastQueue } from '../../src/limiter/forecast-queue';
import { Ledger } from '../../src/quota/ledger';
import { per } from '../support/limiting';

const waiter = (until = 0, priority = 0) => ({ priority, retry: false, deadline: Number.POSITIVE_INFINITY, seat: undefined, cost: { requests: 1 }, until });
const last = { priority: 0, retry: false };
const ledger = () => {
  const used = Ledger.of('a spec', { requests: per(10, 1) });
  used.take({ requests: 1 }, 0);
  return used;
};

describe('ForecastQueue', () => {
  it('foresees each newcomer behind the others, and one of higher priority before them', () => {
    const line = new ForecastQueue<ReturnType<typeof waiter>>();
    expect(line.foresee({ requests: 1 }, last, ledger(), 0)).toBe(10);
    line.add(waiter(10), 0);
    expect(line.foresee({ requests: 1 }, last, ledger(), 0)).toBe(20);
    line.add(waiter(20), 0);
    expect(line.foresee({ requests: 1 }, { priority: 1, retry: false }, ledger(), 0)).toBe(10);
    expect(line.foresee({ requests: 1 }, last, ledger(), 0)).toBe(30);
  });

  it('knows what it has foreseen until somebody leaves, jumps the line, or is granted at another time', () => {
    const line = new ForecastQueue<ReturnType<typeof waiter>>();
    const foresee = () => line.foresee({ requests: 1 }, last, ledger(), 0);
    const [first, second, third] = [waiter(10), waiter(20), waiter(30)];
    expect(line.isForeseen(last)).toBe(false);
    for (const each of [first, second, third]) {
      foresee();
      line.add(each, 0);
    }
    expect([line.isForeseen(last), line.isForeseen({ priority: 1, retry: false })]).toEqual([true, false]);
    line.grant(first, 10);
    expect(line.isForeseen(last)).toBe(true);
    line.grant(second, 21);
    expect(line.isForeseen(last)).toBe(false);
    foresee();
    expect([line.remove(second), line.isForeseen(last)]).toEqual([false, true]);
    expect([line.remove(third), line.isForeseen(last)]).toEqual([true, false]);
    foresee();
    line.add(waiter(), 0);
    line.add(waiter(0, 1), 0);
    expect(line.isForeseen(last)).toBe(false);
  });

  it('counts somebody who was granted as foreseen once: in the ledger, no more in the line', () => {
    const line = new ForecastQueue<ReturnType<typeof waiter>>();
    const live = Ledger.of('a spec', { requests: per(10, 3) });
    live.take({ requests: 3 }, 0);
    const [first, second] = [waiter(10), waiter(10)];
    for (const each of [first, second]) {
      expect(line.foresee(each.cost, last, live, 0)).toBe(each.until);
      line.add(each, 0);
    }
    line.grant(first, 10);
    live.take(first.cost, 10);
    expect(line.isForeseen(last)).toBe(true);
    expect([1, 2].map((requests) => line.foresee({ requests }, last, live, 10))).toEqual([10, 20]);
    line.grant(second, 10);
    live.take(second.cost, 10);
    expect([1, 2].map((requests) => line.foresee({ requests }, last, live, 10))).toEqual([10, 20]);
  });

  it('is walked in order, and so are its first ones', () => {
    const line = new ForecastQueue<ReturnType<typeof waiter>>();
    for (const until of [1, 2, 3]) {
      line.add(waiter(until), 0);
    }
    expect([...line].map(({ until }) => until)).toEqual([1, 2, 3]);
    expect([...line.firstOnes(2)].map(({ until }) => until)).toEqual([1, 2]);
  });
});
