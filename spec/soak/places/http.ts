import OpenAI from 'openai';
import { filter, firstValueFrom, lastValueFrom, type Observable, scan, tap } from 'rxjs';
import { describe, expect, inject, it } from 'vitest';
import { eventsOf } from '../../../src/http/index';
import { classifyError, isFinalChunk, type Opened, ResilientClient, retryAfterOf, textOf } from '../../../src/index';
import type { Servers } from './server';

declare module 'vitest' {
  interface ProvidedContext {
    readonly servers: Servers;
  }
}

const { url, gone } = inject('servers');

/** A streaming call of a page, of the server at that address. */
type Ask = (address: string) => (signal: AbortSignal) => unknown;

const asks: Readonly<Record<string, Ask>> = {
  'fetch and eventsOf': (address) => (signal) => eventsOf(fetch(address, { method: 'POST', body: '{}', signal })),
  'the openai SDK': (address) => {
    const openai = new OpenAI({
      apiKey: 'none',
      baseURL: `${address}/v1`,
      maxRetries: 0,
      logLevel: 'off',
      dangerouslyAllowBrowser: true,
    });
    return (signal) => openai.chat.completions.create({ model: 'gpt-4o', messages: [], stream: true }, { signal });
  },
};

const hasText = (value: unknown) => textOf(value) !== '';

/** The text of a call, and the error that ended it. */
async function outcomeOf(
  call: Observable<Opened<unknown>>,
): Promise<{ readonly text: string; readonly error: unknown }> {
  let text = '';
  const heard = call.pipe(
    scan((before, value) => before + textOf(value), ''),
    tap((all) => {
      text = all;
    }),
  );
  const error = await lastValueFrom(heard, { defaultValue: '' }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { text, error };
}

// Not a *.spec.ts: the server that it asks is started by vitest.config.mjs, for browsers only.
describe.each(Object.entries(asks))('a page that asks by %s', (name, ask) => {
  const retryBackoff = { maxRetries: 1, baseDelay: 1 };
  const outcome = (address: string) =>
    outcomeOf(new ResilientClient({ retryBackoff }).call(ask(address), { isFinal: isFinalChunk }));

  it('S2: gets a whole answer', async () => {
    expect(await outcome(`${url}/whole`)).toEqual({ text: 'Hello world', error: undefined });
  });

  it('R7: learns of a stream that is cut in its middle: its text stays, the error is of the network and is not retried', async () => {
    const { text, error } = await outcome(`${url}/cut`);
    expect(text).toBe('Hello');
    expect(classifyError(error)).toBe('transient');
    expect(String(error)).toBe(
      navigator.userAgent.includes('Firefox') ? 'TypeError: Error in input stream' : 'TypeError: network error',
    );
  });

  it('C4: closes the connection when it leaves a stream that stalls', async () => {
    const call = `left-${name.length}`;
    await firstValueFrom(new ResilientClient({}).call(ask(`${url}/stall/${call}`)).pipe(filter(hasText)));
    expect(await (await fetch(`${url}/closed/${call}`)).text()).toBe('closed');
  });

  it('S2: closes the connection when its user aborts, and rejects with the reason', async () => {
    const call = `aborted-${name.length}`;
    const user = new AbortController();
    const run = new ResilientClient({}).run(ask(`${url}/stall/${call}`), { signal: user.signal });
    setTimeout(() => user.abort('the user left'), 200);
    await expect(run).rejects.toBe('the user left');
    expect(await (await fetch(`${url}/closed/${call}`)).text()).toBe('closed');
  });

  it('R4: is told by a 429 how long to wait', async () => {
    const { text, error } = await outcomeOf(new ResilientClient({}).call(ask(`${url}/throttled`)));
    expect([text, classifyError(error), retryAfterOf(error)]).toEqual(['', 'throttled', 1_700]);
  });

  it('R9: takes a server that is not there for an outage', async () => {
    const { text, error } = await outcome(gone);
    expect([text, classifyError(error)]).toEqual(['', 'transient']);
  });
});
