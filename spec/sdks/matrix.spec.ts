import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FaultServer } from '../support/fault-server';
import { callers } from './callers';
import { callIn } from './seen';
import { situations } from './situations';

let server: FaultServer;
beforeEach(async () => {
  server = await FaultServer.start();
});
afterEach(() => server.stop());

describe.each(callers)('$name', (caller) => {
  it.each(situations.filter(({ fits }) => fits?.(caller) ?? true))('in the situation: $name', async (situation) => {
    server.answer(...(situation.answer === undefined ? [] : [situation.answer(caller)]));
    const { seen, error } = await callIn(situation, caller, server);
    if (process.env.PROBE) {
      const bad = Object.entries(situation.expected(caller)).filter(([k, v]) => JSON.stringify((seen as any)[k]) !== JSON.stringify(v));
      if (bad.length) console.log('@@', caller.name, '|', situation.name, '|', JSON.stringify(Object.fromEntries(bad)), '| got', JSON.stringify(seen), '|', error && `${(error as any).constructor?.name}/${(error as any).name}/${(error as any).code}: ${String((error as any).message).slice(0, 200)} <- ${(error as any).cause}/${(error as any).cause?.code} [${Object.keys(error as any)}]`);
    }
    else expect(seen).toMatchObject(situation.expected(caller));
  });
});
