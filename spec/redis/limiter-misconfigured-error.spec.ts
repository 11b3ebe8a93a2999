import { lastValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { perDay } from '../../src/index';
import { LimiterMisconfiguredError, RedisTokenBudget } from '../../src/redis';

const forbidding = () => Promise.reject(new Error("NOPERM this user has no permissions to run the 'evalsha' command"));
const client = { evalsha: forbidding, eval: forbidding };

describe('D5, C13: LimiterMisconfiguredError', () => {
  it.each([[{ name: 'organisation' }, 'organisation'], [{}, undefined]])('of a budget with %o says which policy asked', async (named, policyName) => {
    const budget = new RedisTokenBudget(client, { key: 'mine', limits: perDay(10), ...named });
    const error = await lastValueFrom(budget.reserve(1)).catch((refusal) => refusal);
    expect(error).toBeInstanceOf(LimiterMisconfiguredError);
    expect(error).toMatchObject({ key: 'mine', cause: { message: expect.stringContaining('NOPERM') } });
    expect(error.policyName).toBe(policyName);
  });
});
