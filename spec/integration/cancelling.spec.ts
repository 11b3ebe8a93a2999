import { type Observable, tap } from 'rxjs';
import { classifyError, fromStream, isFinalChunk, ResilientClient, textOf } from 'rxjs-resilience';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Answer, FaultServer } from '../support/fault-server';
import { type OutcomeOptions, outcomeOf } from '../support/outcome';
import { anthropic, chat, gemini, helpers, type OpenStream, type Peer, peers, responses, startOfAnswer, wholeAnswer } from '../support/peers';

vi.setConfig({ testTimeout: 30_000 }); // for machines that do much else at the time

let server: FaultServer;
beforeEach(async () => {
  server = await FaultServer.start();
});
afterEach(() => server.stop());

const silence: Answer = { after: new Promise(() => undefined) };
const stalled = (peer: Peer): Answer => ({ ...startOfAnswer(peer), ending: 'stall' });

/** How long the server waits for the connection to close after a call was unsubscribed: the median of seven, in ms. */
async function closingTime(call: Observable<unknown>, answer: Answer, values = 0): Promise<number | undefined> {
  const times: number[] = [];
  for (let index = 0; index < 7; index++) {
    server.answer(answer);
    const unexpected = vi.fn();
    let count = 0;
    const subscription = call.subscribe({ next: () => ++count, error: unexpected, complete: unexpected });
    const exchange = await server.exchange(index);
    await vi.waitFor(() => expect(count).toBe(values), { interval: 5, timeout: 20_000 });
    const leftAt = performance.now();
    subscription.unsubscribe();
    const { at, isComplete } = await exchange.closed;
    times.push(at - leftAt);
    expect(isComplete).toBe(false);
    expect(unexpected).not.toHaveBeenCalled();
  }
  return times.sort((a, b) => a - b)[3];
}

/** Ignores the signal that it is given: nothing but `fromStream` can stop the call. */
const deaf = (open: OpenStream): OpenStream => () => open();

describe('unsubscribing closes the connection within 50 ms', () => {
  const withControllers = [chat, responses, anthropic];

  it.each(peers)('while a stream of $name is stalled', async (peer) => {
    const call = fromStream(peer.open(server.url), { isFinal: isFinalChunk });
    expect(await closingTime(call, stalled(peer), peer.start.values)).toBeLessThan(50);
  });

  it.each(peers)('before the headers of $name have come', async (peer) => {
    expect(await closingTime(fromStream(peer.open(server.url)), silence)).toBeLessThan(50);
  });

  it.each(peers)('between the headers of $name and the first value', async (peer) => {
    expect(await closingTime(fromStream(peer.open(server.url)), { ending: 'stall' })).toBeLessThan(50);
  });

  it.each(withControllers)('while a stream of $name is stalled that was not given the signal', async (peer) => {
    const call = fromStream(deaf(peer.open(server.url)));
    expect(await closingTime(call, stalled(peer), peer.start.values)).toBeLessThan(50);
  });

  it.each(peers)('of a guarded call of $name', async (peer) => {
    const client = new ResilientClient({ retryBackoff: {}, circuitBreak: {}, timeout: { first: 30_000, each: 30_000 } });
    const call = client.call(peer.open(server.url), { isFinal: isFinalChunk });
    expect(await closingTime(call, stalled(peer), peer.start.values)).toBeLessThan(50);
  });

  it.each(withControllers)('of a stream of $name that comes too late', async (peer) => {
    for (const open of [peer.open(server.url), deaf(peer.open(server.url))]) {
      const next = vi.fn();
      const subscription = fromStream(open).subscribe(next);
      let sendHeaders = () => {};
      server.answer({ ...stalled(peer), after: new Promise<void>((resolve) => { sendHeaders = resolve; }) });
      const { closed } = await server.exchange(server.exchanges.length);
      subscription.unsubscribe();
      sendHeaders();

      expect(await closed).toMatchObject({ isComplete: false });
      expect(next).not.toHaveBeenCalled();
    }
  });

  it.each(helpers)('of a stream of $name', async (peer) => {
    const call = fromStream(peer.open(server.url), { isFinal: isFinalChunk });
    expect(await closingTime(call, stalled(peer), peer.start.values)).toBeLessThan(50);
  });
});

describe('an abort from outside never looks like completion', () => {
  const isContent = (value: unknown) => textOf(value) !== '';

  /** What becomes of a call that is aborted as soon as it has brought its first text. */
  const aborted = (peer: Peer, open: OpenStream, abort: () => void, options: OutcomeOptions = {}) => {
    server.answer(stalled(peer), { pieces: peer.pieces });
    const guard = tap<unknown>((value) => isContent(value) && setTimeout(abort, 5));
    return outcomeOf(open, { guard, ...options });
  };

  /** The SDK stops: for the call that is a timeout, because its own signal was not aborted. */
  const expectAborted = async (call: ReturnType<typeof outcomeOf>, cost: number) => {
    const { text, error, retries, budgetEvents } = await call;
    expect(classifyError(error)).toBe('transient');
    expect({ text, retries }).toEqual({ text: 'Hello', retries: [] });
    expect(budgetEvents).toEqual(['reserved 104', `settled 104 to ${cost}`]);
    expect(await server.exchanges[0]!.closed).toMatchObject({ isComplete: false });
  };

  it.each([
    { peer: chat,      cost:  6 },
    { peer: responses, cost:  6 },
    { peer: anthropic, cost: 11 },
  ])("by the stream's own controller: $peer.name", async ({ peer, cost }) => {
    let stream: { controller: AbortController } | undefined;
    const open: OpenStream = async (signal) => {
      const opened = await peer.open(server.url)(signal);
      stream = opened as unknown as { controller: AbortController };
      return opened;
    };
    await expectAborted(aborted(peer, open, () => stream!.controller.abort()), cost);
  });

  it.each([
    { peer: chat,      cost:  6 },
    { peer: responses, cost:  6 },
    { peer: anthropic, cost: 11 },
    { peer: gemini,    cost: 11 },
  ])('by a signal of the caller: $peer.name', async ({ peer, cost }) => {
    const own = new AbortController();
    const open: OpenStream = (signal) => peer.open(server.url)(AbortSignal.any([signal!, own.signal]));
    await expectAborted(aborted(peer, open, () => own.abort()), cost);
  });

  it.each(peers)('S2: before the headers of $name have come, by a signal that the client does not know, it is a timeout', async (peer) => {
    const own = new AbortController();
    server.answer(silence, wholeAnswer(peer));
    const call = outcomeOf((signal) => peer.open(server.url)(AbortSignal.any([signal!, ...(server.exchanges.length === 0 ? [own.signal] : [])])));
    const { closed } = await server.exchange(0);
    own.abort();
    const { text, retries } = await call;

    expect(retries.map((retry) => classifyError(retry.error))).toEqual(['transient']);
    expect(text).toBe('Hello world');
    expect(await closed).toMatchObject({ isComplete: false });
  });

  it.each(peers)('by the signal of run(), which rejects with its reason: $name', async (peer) => {
    server.answer(stalled(peer));
    const own = new AbortController();
    const client = new ResilientClient({ retryBackoff: {} });
    const answer = client.run(peer.open(server.url), { signal: own.signal });
    const { closed } = await server.exchange(0);
    own.abort(new Error('The user has left'));

    await expect(answer).rejects.toThrow('The user has left');
    expect(await closed).toMatchObject({ isComplete: false });
  });
});
