import { describe, expect, it } from 'vitest';
import { Forecast } from '../../src/quota/forecast';
import { Ledger } from '../../src/quota/ledger';
import { perDay, perHour, slidingWindow } from '../../src/quota/limits';
import { bytesOf, timeOf, tolerance } from '../support/growth';

const cost = { requests: 1 };

/** A ledger whose windows are full, of so many grants that are 10 ms apart. */
function usedUp(grants: number): { ledger: Ledger; now: number } {
  const ledger = Ledger.of('Test', [slidingWindow({ limit: grants, window: 3_600_000 }), perDay(1e9)]);
  for (let index = 0; index < grants; index += 1) {
    ledger.take(cost, index * 10);
  }
  return { ledger, now: grants * 10 };
}

describe('C14: cost does not grow with history', { timeout: 60_000 }, () => {
  it.each<[string, (ledger: Ledger, now: number) => unknown]>([
    ['when a cost will fit', (ledger, now) => ledger.due(cost, now)],
    ['when half of all units will be free', (ledger, now) => ledger.due({ requests: ledger.states('requests', now, 0)[0]!.limit / 2 }, now)],
    ['what is foreseen for a newcomer', (ledger, now) => new Forecast().of(cost, [], 0, ledger, now)],
    ['what is foreseen behind ten others', (ledger, now) => new Forecast().of(cost, Array.from({ length: 10 }, () => ({ cost })), 10, ledger, now)],
    ['the states', (ledger, now) => ledger.states('requests', now, 0)],
    ['when a count will change', (ledger, now) => ledger.nextChange(now)],
    ['a grant that is settled', (ledger, now) => ledger.settle(ledger.take({ requests: 0 }, now), { requests: 0 }, now)],
  ])('%s', (_, work) => {
    const [short, long] = [usedUp(300), usedUp(300_000)];
    const before = timeOf(() => work(short.ledger, short.now));
    expect(timeOf(() => work(long.ledger, long.now)) / before).toBeLessThan(tolerance);
  });

  it('a correction of a grant from long ago', () => {
    const timeWith = (grants: number) => {
      const { ledger, now } = usedUp(grants);
      const early = ledger.take({ requests: 1 }, now);
      for (let index = 0; index < grants / 2; index += 1) {
        ledger.take(cost, now + 10 * index);
      }
      let amount = 1;
      return timeOf(() => {
        amount = 3 - amount;
        ledger.settle(early, { requests: amount }, now + grants * 5);
        ledger.due(cost, now + grants * 5);
      });
    };
    expect(timeWith(300_000) / timeWith(300)).toBeLessThan(tolerance);
  });

  it.each([['an hour', perHour(1e9)], ['a day', perDay(1e9)]])('300,000 refunds within %s leave nothing behind', (_, limit) => {
    const ledger = Ledger.of('Test', { tokens: limit });
    const bytes = bytesOf(() => {
      for (let now = 0; now < 300_000; now += 1) {
        ledger.refund(ledger.take({ tokens: 5 }, now), now);
      }
    });
    expect(bytes).toBeLessThan(500_000); // as slots of nothing they are 5 MB
    expect([ledger.isUnused(300_000), ledger.save(0, 300_000).tokens![0]!.entries]).toEqual([true, []]);
  });

  it('300,000 grants of 300 s within a day are 300 slots', () => {
    const ledger = Ledger.of('Test', { tokens: perDay(1e9) });
    const bytes = bytesOf(() => {
      for (let now = 0; now < 300_000; now += 1) {
        ledger.take({ tokens: 5 }, now);
      }
    });
    expect(bytes).toBeLessThan(500_000);
    expect(ledger.save(0, 300_000).tokens![0]!.entries).toHaveLength(300);
  });
});
