import { describe, expect, it } from 'vitest';
import { circuit } from '../../src/redis/lua/circuit';
import { type News, readNews } from '../../src/redis/news';
import { beforeEachTest } from './support/each-test';
import type { VirtualRedis } from './support/virtual-redis';

let redis: VirtualRedis;
let key: string;
let numbers = 0;
beforeEachTest('circuit', (given) => {
  ({ redis, key } = given);
});

type Wanted = 'look' | 'probe' | 'give' | 'open' | 'reopen' | 'close' | 'reset';
interface Question {
  readonly known?: string;
  readonly process?: string;
  readonly lease?: number;
  readonly number?: string;
  readonly isAlone?: boolean;
  readonly length?: number;
}

/** Asks the script; each question has a number of its own unless it says which. */
async function ask(wanted: Wanted, { known = '0', process = 'a', lease = 0, number, isAlone = false, length = 1_000 }: Question = {}): Promise<News> {
  numbers += 1;
  const told = [number ?? (wanted === 'look' || wanted === 'probe' ? '' : `${numbers}`), isAlone ? '1' : '0', String(length), '1', 'why'];
  return readNews((await redis.eval(circuit.text, 1, key, wanted, known, process, String(lease), ...told)) as unknown[], 0, undefined);
}

const pass = (ms: number) => redis.scheduler.run(ms);

describe('D8: the script of a breaker', () => {
  it('lets a verdict count in the epoch that is known only, and only of the process that holds the probe', async () => {
    const { epoch } = await ask('open');
    pass(1_000);
    expect(await ask('probe', { lease: 500 })).toMatchObject({ isMine: true, rest: 0 });
    expect(await ask('probe', { lease: 500, process: 'b' })).toMatchObject({ isMine: false, heldFor: 500 });
    for (const wanted of ['close', 'reopen'] as const) {
      expect(await ask(wanted, { known: epoch, process: 'b' })).toMatchObject({ counts: false, epoch });
      expect(await ask(wanted, { known: '1', process: 'a' })).toMatchObject({ counts: false, epoch });
      expect(await ask(wanted, { known: '1', process: 'b', isAlone: true })).toMatchObject({ counts: false, epoch });
    }
    const reopened = await ask('reopen', { known: epoch });
    expect(reopened).toMatchObject({ counts: true, status: 'open', rest: 1_000 });
    expect(await ask('close', { known: epoch })).toMatchObject({ counts: false, epoch: reopened.epoch });
    expect(await ask('close', { known: reopened.epoch, isAlone: true })).toMatchObject({ counts: false, status: 'open' }); // it is not half-open
    pass(1_000);
    expect(await ask('close', { known: reopened.epoch, process: 'c', isAlone: true })).toMatchObject({ counts: true, status: 'closed' });
  });

  it('takes a verdict of who held the probe last, unless another one has it', async () => {
    const { epoch } = await ask('open');
    pass(1_000);
    await ask('probe', { lease: 500 });
    pass(501);
    await ask('probe', { lease: 500, process: 'b' });
    expect(await ask('close', { known: epoch })).toMatchObject({ counts: false });
    pass(501);
    expect(await ask('close', { known: epoch, process: 'b' })).toMatchObject({ counts: true, status: 'closed' });
  });

  it('takes what is sent again for what it was', async () => {
    const opened = await ask('open', { number: 'a:1' });
    pass(100);
    expect(await ask('open', { number: 'a:1' })).toMatchObject({ counts: true, epoch: opened.epoch, rest: 900 });
    expect(await ask('open', { number: 'b:1', process: 'b' })).toMatchObject({ counts: true, rest: 1_000 });
    pass(100);
    expect(await ask('open', { number: 'b:1', process: 'b' })).toMatchObject({ counts: true, rest: 900 });
    pass(900);
    await ask('probe', { lease: 500 });
    const closed = await ask('close', { number: 'a:2', known: opened.epoch });
    expect(await ask('close', { number: 'a:2', known: opened.epoch })).toEqual({ ...closed, counts: true });
  });

  it('is not prolonged by one that opens from before another opening and closing, unless it was alone', async () => {
    const first = await ask('open');
    const closed = await ask('reset');
    const second = await ask('open', { known: closed.epoch });
    expect(await ask('open', { known: '0', length: 9_000 })).toMatchObject({ counts: false, epoch: second.epoch, rest: 1_000 });
    expect(await ask('open', { known: first.epoch, length: 9_000 })).toMatchObject({ counts: false, rest: 1_000 });
    expect(await ask('open', { known: closed.epoch, length: 2_000 })).toMatchObject({ counts: true, epoch: second.epoch, rest: 2_000 });
    expect(await ask('open', { known: '0', length: 3_000, isAlone: true })).toMatchObject({ counts: true, epoch: second.epoch, rest: 3_000 });
    expect(await ask('open', { known: closed.epoch, length: 1_000 })).toMatchObject({ counts: true, rest: 3_000 });
  });

  it('does not stay open for longer because the clock of the server was set back', async () => {
    await ask('open');
    pass(400);
    await ask('open', { known: '0' });
    redis.ahead = -100_000;
    expect(await ask('look')).toMatchObject({ rest: 1_000 });
    pass(300);
    expect((await ask('look')).rest).toBeLessThanOrEqual(1_000);
    await ask('open', { known: '0', length: 0 });
    pass(1_000);
    expect(await ask('look')).toMatchObject({ status: 'open' });
  });
});
