import { describe, expect, it } from 'vitest';
import { perDay } from '../../src/index';
import { RedisTokenBudget } from '../../src/redis';
import { VirtualTime } from '../circuit/virtual-time';

describe('a process that is busy', () => {
  it('D5: a deadline that it has noticed too late is put off once, by 100 ms', () => {
    const scheduler = new VirtualTime();
    const silent = () => new Promise<unknown>(() => undefined);
    const budget = new RedisTokenBudget({ evalsha: silent, eval: silent }, { key: 'a', limits: perDay(10), deadline: 100, scheduler });
    const names: string[] = [];
    budget.reserve(1).subscribe({ error: ({ name }) => names.push(name) });
    scheduler.offset = 50;
    scheduler.pass(100);
    expect(names).toEqual([]);
    scheduler.pass(99);
    expect(names).toEqual([]);
    scheduler.pass(1);
    expect(names).toEqual(['LimiterUnavailableError']);
  });
});
