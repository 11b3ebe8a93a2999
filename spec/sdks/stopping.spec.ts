import { isObservable } from 'rxjs';
import { classifyError, fromStream, isFinalChunk, ResilientClient, textOf } from 'rxjs-resilience';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FaultServer } from '../support/fault-server';
import { callers } from './callers';
import { ownTimeouts } from './own-timeouts';

let server: FaultServer;
beforeEach(async () => {
  server = await FaultServer.start();
});
afterEach(() => server.stop());

const never = 30_000;
const silence = { after: new Promise(() => {}) };
const closed = async () => (await server.exchange(0)).closed;

// Node 20 loses the signal of a Request that was copied, once garbage is collected: what ky and Mistral's SDK have sent goes
// on then, now and again.
describe.each(callers)('$name', { retry: 2, timeout: 20_000 }, (caller) => {
  it('S2: stops the request when its subscriber leaves before the answer', async () => {
    server.answer(silence);
    const failed = vi.fn();
    const subscription = fromStream((signal) => caller.open(server.url, never, signal)).subscribe({ error: failed });
    await server.exchange(0);
    subscription.unsubscribe();

    expect(await closed()).toMatchObject({ isComplete: false });
    expect(failed).not.toHaveBeenCalled();
  });

  it('S2: rejects with the reason for which the user aborts, and nobody takes it for a failure', async () => {
    server.answer(silence);
    const client = new ResilientClient({ retryBackoff: { baseDelay: 1 }, circuitBreak: {} });
    const user = new AbortController();
    const answer = client.run((signal) => caller.open(server.url, never, signal), { signal: user.signal });
    await server.exchange(0);
    const reason = new Error('changed my mind');
    user.abort(reason);

    await expect(answer).rejects.toBe(reason);
    expect(await closed()).toMatchObject({ isComplete: false });
    expect(server.exchanges).toHaveLength(1);
    expect(client.breaker.state).toMatchObject({ calls: 0, failures: 0 });
  });

  it('S2: throws what is known as an abort, when a signal of the user\'s own ends it', async () => {
    server.answer(silence);
    const user = new AbortController();
    const opened = caller.open(server.url, never, user.signal);
    if (isObservable(opened)) {
      return; // these are stopped by unsubscribing
    }
    const thrown = errorOf(opened);
    await server.exchange(0);
    user.abort();

    // The AI SDK ends such a stream with a part that says so.
    expect(await thrown.then(classOf)).toBe(caller.name.startsWith('AI SDK, streamText') ? 'complete' : 'aborted');
  });

  it('stops the request at its own timeout', async () => {
    server.answer(silence);
    fromStream((signal) => caller.open(server.url, 250, signal)).subscribe({ error: () => undefined });

    expect(await closed()).toMatchObject({ isComplete: false });
  });
});

const classOf = (error: unknown) => (error === undefined ? 'complete' : classifyError(error));

it.each(callers.filter(({ isStream }) => isStream))('S2: $name stops the request when its subscriber leaves in the middle of the answer', async (caller) => {
  const { pieces, start, type } = caller.wire;
  server.answer({ pieces: pieces.slice(0, start), headers: { 'content-type': type }, ending: 'stall' });
  let text = '';
  await new Promise<void>((resolve, reject) => {
    const subscription = fromStream((signal) => caller.open(server.url, never, signal)).subscribe({
      next: (value) => {
        text += textOf(value);
        if (text === 'Hello') {
          subscription.unsubscribe();
          resolve();
        }
      },
      error: reject,
    });
  });

  expect(await closed()).toMatchObject({ isComplete: false });
});

const reachesOnlyHeaders = ({ sdk }: (typeof callers)[number]) => ownTimeouts[sdk] === 'until the headers';

it('a timeout of the client\'s own watches the whole answer, or only its beginning', { retry: 2, timeout: 30_000 }, async () => {
  // All at once: to see that nothing happens takes time. What does happen is waited for, however long it takes.
  const watched = await Promise.all(
    callers.map(async (caller) => {
      const own = await FaultServer.start();
      const { pieces, start, type, whole } = caller.wire;
      own.answer({
        pieces: caller.isStream ? pieces.slice(0, start) : [JSON.stringify(whole).slice(0, 20)],
        headers: { 'content-type': caller.isStream ? type : 'application/json' },
        ending: 'stall',
      });
      const isFinal = caller.isStream && caller.wire.hasEnd ? isFinalChunk : undefined;
      const ends = new Promise((resolve) => {
        fromStream((signal) => caller.open(own.url, 800, signal), { isFinal }).subscribe({
          error: (error) => resolve(classifyError(error)),
          complete: () => resolve('complete'),
        });
      });
      const patience = reachesOnlyHeaders(caller) ? 2_500 : 8_000; // the latter only where Node has lost the signal
      const end = await Promise.race([ends, new Promise((resolve) => setTimeout(resolve, patience, 'nothing'))]);
      await own.stop();
      return [caller.name, end];
    }),
  );

  const expected = callers.map((caller) => [caller.name, reachesOnlyHeaders(caller) ? 'nothing' : 'transient']);
  expect(watched).toEqual(expected);
});

/** What a call throws, or its stream. */
async function errorOf(opened: unknown): Promise<unknown> {
  try {
    const answer = await opened;
    for await (const part of answer as AsyncIterable<unknown>) {
      void part;
    }
  } catch (error) {
    return error;
  }
  return undefined;
}
