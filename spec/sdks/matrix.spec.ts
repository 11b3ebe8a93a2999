import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FaultServer } from '../support/fault-server';
import { callers } from './callers';
import { exceptions, exceptionsIn, expectedIn } from './exceptions';
import { guide, guideByMatrix } from './guide';
import { callIn } from './seen';
import { situations } from './situations';

vi.setConfig({ testTimeout: 30_000 }); // for machines that do much else at the time

describe.each(callers)('a call of $name', (caller) => {
  let server: FaultServer;
  beforeEach(async () => {
    server = await FaultServer.start();
  });
  afterEach(() => server.stop());

  it.each(situations.filter(({ fits }) => fits?.(caller) ?? true))('meets $name', async (situation) => {
    server.answer(...(situation.answer === undefined ? [] : [situation.answer(caller)]));

    expect(await callIn(situation, caller, server)).toMatchObject({ seen: expectedIn(situation, caller) });
    expect(server.exchanges).toHaveLength(situation.isRefused ? 0 : 1); // it does not retry on its own
  });
});

describe('the exceptions', () => {
  it.each(exceptions)('are each met: $calls in $in', (exception) => {
    const met = callers.flatMap((caller) => situations.filter((situation) => exceptionsIn(situation, caller).includes(exception)));
    expect(met).not.toEqual([]);
  });

  it('stand in the guide; npm run providers writes them there', () => {
    expect(readFileSync(guide, 'utf8')).toBe(guideByMatrix());
  });
});
