import { NEVER, of } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { AbortListeners } from '../../src/client/abort-listeners';
import { ResilientClient } from '../../src/index';

/** A signal that counts its listeners. */
function countedSignal() {
  const controller = new AbortController();
  const { signal } = controller;
  let [listeners, most] = [0, 0];
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...all: Parameters<AbortSignal['addEventListener']>) => {
    listeners += 1;
    most = Math.max(most, listeners);
    addEventListener.apply(signal, all);
  };
  signal.removeEventListener = (...all: Parameters<AbortSignal['removeEventListener']>) => {
    listeners -= 1;
    removeEventListener.apply(signal, all);
  };
  return { controller, signal, listeners: () => listeners, most: () => most };
}

const warnings: string[] = [];
const hear = (warning: Error) => warnings.push(warning.name);

describe('run with a signal', () => {
  afterEach(() => {
    process.off('warning', hear);
    warnings.length = 0;
  });

  it('C2: refuses what is no signal, by name', async () => {
    const client = new ResilientClient({});
    const controller = new AbortController();
    await expect(client.run(() => Promise.resolve(1), { signal: controller as never })).rejects.toThrow(
      'ResilientClient.run: signal must be an AbortSignal',
    );
  });

  it('S15: a thousand calls on one signal print no warning, and leave no listener behind', async () => {
    process.on('warning', hear);
    const client = new ResilientClient({});
    const { signal, listeners, most } = countedSignal();
    const answers = Array.from({ length: 1_000 }, (_, index) => client.run(() => Promise.resolve(index), { signal }));
    expect(listeners()).toBe(1);
    expect((await Promise.all(answers)).at(-1)).toBe(999);
    await new Promise((resolve) => setImmediate(resolve));
    expect([listeners(), most(), warnings]).toEqual([0, 1, []]);
  });

  it('S15: when it is aborted all calls reject with its reason, and nothing is left', async () => {
    const client = new ResilientClient({});
    const { controller, signal, listeners } = countedSignal();
    const runs = Array.from({ length: 1_000 }, () => client.run(() => NEVER, { signal }));
    controller.abort('enough');
    expect(new Set((await Promise.allSettled(runs)).map((each) => (each as PromiseRejectedResult).reason))).toEqual(new Set(['enough']));
    expect([listeners(), client.state.calls.connecting]).toEqual([0, 0]);
  });

  it('S15: one that is aborted already opens nothing', async () => {
    const client = new ResilientClient({});
    const { controller, signal, listeners } = countedSignal();
    controller.abort('enough');
    let opened = 0;
    await expect(client.run(() => { opened += 1; return of(1); }, { signal })).rejects.toBe('enough');
    expect([opened, listeners()]).toEqual([0, 0]);
  });

  it('S15: listens anew for calls that come after the others have ended', async () => {
    const client = new ResilientClient({});
    const { controller, signal, listeners } = countedSignal();
    expect(await client.run(() => of(1), { signal })).toBe(1);
    const later = client.run(() => NEVER, { signal });
    expect(listeners()).toBe(1);
    controller.abort('enough');
    await expect(later).rejects.toBe('enough');
    expect(listeners()).toBe(0);
  });

  it('S15: a call that ends while others hear of the abort is passed over', () => {
    const listeners = new AbortListeners();
    const { controller, signal } = countedSignal();
    const seen: unknown[] = [];
    listeners.of(signal).subscribe({ error: (reason) => { seen.push(reason); second.unsubscribe(); } });
    const second = listeners.of(signal).subscribe({ error: () => seen.push('told all the same') });
    controller.abort('enough');
    expect(seen).toEqual(['enough']);
  });
});
