import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it, vi } from 'vitest';
import { KeyTable } from '../../src/client/key-table';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

describe('KeyTable', () => {
  it('C14: remembers nothing of a forgotten policy that nobody has any more', async () => {
    const factory = vi.fn((key: string) => ({ key, isIdle: true }));
    const table = new KeyTable(factory, 1, { added: () => undefined, removed: () => undefined });
    const { forgotten } = table as unknown as { readonly forgotten: ReadonlyMap<string, unknown> };
    for (let key = 0; key < 100; key += 1) {
      table.get(String(key));
    }
    factory.mockReset();
    const kept = () => forgotten.size;
    for (let tries = 0; kept() > 0 && tries < 100; tries += 1) {
      await sleep(1);
      collectGarbage();
    }
    expect(kept()).toBe(0);
  });
});
