import { firstValueFrom, toArray } from 'rxjs';
import { fromStream, textOf } from 'rxjs-resilience';
import { it } from 'vitest';
import { FaultServer } from '../support/fault-server';
import { callers } from './callers';
it.each(callers.map(c => [c.name, c] as const))('%s', async (_, c) => {
  const server = await FaultServer.start();
  server.answer(c.isStream ? { pieces: c.wire.pieces, headers: {'content-type': c.wire.type}} : {json: c.wire.whole});
  try {
  const v = await firstValueFrom(fromStream((signal) => c.open(server.url, 30000, signal)).pipe(toArray())) as unknown[];
  console.log(c.name, JSON.stringify(v.map(textOf).join('')), JSON.stringify(v).slice(0, 300));
  } finally { await server.stop(); }
});
