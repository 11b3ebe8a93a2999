import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { perCalendarDay, perMinute } from '../../src/index';
import { type RedisClient, RedisRateLimiter, RedisTokenBudget } from '../../src/redis';
import { FakeScheduler } from '../support/fake-scheduler';
import { fc, runs } from '../support/property';

const unhandled: unknown[] = [];
const note = (reason: unknown) => unhandled.push(reason);
beforeAll(() => {
  process.on('unhandledRejection', note);
  process.on('uncaughtException', note);
});
afterAll(() => {
  process.off('unhandledRejection', note);
  process.off('uncaughtException', note);
});

const anything = fc.anything({ withBigInt: true, withNullPrototype: true, withDate: true, withMap: true, withSparseArray: true });
const number = fc.oneof(fc.integer(), fc.double(), fc.bigInt().map(String), fc.constantFrom(-2, -1, 0, 1, '1'));
/** Lists that look like what scripts return, but for some of their parts. */
const nearly = fc.array(fc.oneof({ weight: 4, arbitrary: number }, fc.array(fc.oneof(number, anything)), fc.string(), anything), { maxLength: 8 });
/** Right in shape, wrong in what they say. */
const lies = fc.oneof(
  fc.tuple(number, number, number, number, number, fc.string(), fc.array(number)),
  fc.tuple(number, number, number, number, fc.array(number), fc.string()),
  fc.tuple(fc.array(number), number, number, fc.array(number)),
);
const errors = fc.oneof(anything, fc.record({ message: anything }), fc.nat().map((time) => new Error(`CALENDAR ${time}`)), fc.constant(Object.freeze(new Error('ERR'))));
const answers = fc.array(
  fc.oneof(
    fc.record({ how: fc.constant('reply' as const), what: fc.oneof(nearly, lies, number, anything) }),
    fc.record({ how: fc.constantFrom('reject' as const, 'throw' as const), what: errors }),
  ),
  { minLength: 1, maxLength: 12 },
);

describe('replies and errors of whatever shape', () => {
  it('D5: end calls with an error at most: nothing is thrown where nobody can catch it', { timeout: runs(60_000) }, async () => {
    await fc.assert(
      fc.asyncProperty(answers, async (answers) => {
        const scheduler = new FakeScheduler((elapsed) => 1_700_000_000_000 + elapsed);
        let asked = 0;
        const answer = (): Promise<unknown> => {
          const { how, what } = answers[asked % answers.length]!;
          asked += 1;
          if (how === 'throw') {
            throw what;
          }
          return how === 'reply' ? Promise.resolve(what) : Promise.reject(what);
        };
        const client: RedisClient = { evalsha: answer, eval: answer };
        const config = { key: 'replies', scheduler, deadline: 300 };
        const shared = new RedisRateLimiter(client, { ...config, fair: true, ageing: 50, maxConcurrent: 2 });
        const limiter = new RedisRateLimiter(client, { ...config, limits: [perMinute(3), perCalendarDay(9, 'Asia/Tokyo')] });
        const budget = new RedisTokenBudget(client, { ...config, limits: [perMinute(3), perCalendarDay(9)] });
        const calls = [
          limiter.acquire(),
          limiter.acquire(1, { maxWait: 50 }),
          shared.acquire(1, { tenant: 'a' }),
          shared.acquire(1, { tenant: 'b', maxWait: 50 }),
          budget.reserve(2),
          budget.reserve(0),
          limiter.look(),
          budget.look(),
        ].map((call) => (call as ReturnType<typeof budget.look>).subscribe({ error: () => undefined }));
        limiter.pause(10);
        budget.record(1);
        for (let round = 0; round < 12; round += 1) {
          await turn();
          scheduler.run(100);
        }
        for (const call of calls) {
          call.unsubscribe();
        }
        await turn();
        expect(unhandled).toEqual([]);
      }),
      { numRuns: runs(300) },
    );
  });
});
