import Bottleneck from 'bottleneck';
import { OpenAI } from 'openai';
import pThrottle from 'p-throttle';
import { defer, from, lastValueFrom, mergeMap, type Observable, retry, timer } from 'rxjs';
import { retryAfterOf } from '../../src/index';
import type { FakeProviderError } from '../../src/testing';
import type { Rule } from './crowd';

/** Retries of those who have none, or none by default: as many as ours, and as patient. */
const retries = 3;
const delayOf = (error: unknown, attempt: number) => Math.max(1_000 * 2 ** (attempt - 1), retryAfterOf(error) ?? 0);

const completed = (open: () => Observable<unknown>) => lastValueFrom(open(), { defaultValue: undefined });

export const byBottleneck: Rule = {
  name: 'bottleneck',
  isForeign: true,
  create: ({ guess }) => {
    const limiter = new Bottleneck({ minTime: 1_000 / guess.perSecond, maxConcurrent: guess.places });
    limiter.on('failed', (error, { retryCount }) => {
      return retryCount < retries ? delayOf(error, retryCount + 1) : undefined;
    });
    return (open) => defer(() => limiter.schedule(() => completed(open)));
  },
};

export const byPThrottle: Rule = {
  name: 'p-throttle',
  isForeign: true,
  create: ({ guess, scheduler }) => {
    const send = pThrottle({ limit: guess.perSecond, interval: 1_000 })(completed);
    const delay = (error: unknown, attempt: number) => timer(delayOf(error, attempt), scheduler);
    return (open) => defer(() => send(open)).pipe(retry({ count: retries, delay }));
  },
};

/** As it comes: two retries, after half a second and a second. */
export const byOpenAi: Rule = {
  name: 'openai SDK',
  isForeign: true,
  create: () => (open) => {
    const openai = new OpenAI({ apiKey: 'none', baseURL: 'http://provider.test/v1', fetch: () => respond(open) });
    return defer(() => openai.chat.completions.create({ model: 'fake', messages: [], stream: true })).pipe(
      mergeMap((stream) => from(stream)),
    );
  },
};

/** The answer of a fake provider, as `fetch` gives it. */
function respond(open: () => Observable<unknown>): Promise<Response> {
  return new Promise((resolve) => {
    let body: ReadableStreamDefaultController<Uint8Array> | undefined;
    const begin = () => {
      const start = (controller: ReadableStreamDefaultController<Uint8Array>) => {
        body = controller;
      };
      resolve(new Response(new ReadableStream({ start }), { headers: { 'content-type': 'text/event-stream' } }));
      return body!;
    };
    const send = (data: string) => (body ?? begin()).enqueue(encoder.encode(`data: ${data}\n\n`));
    open().subscribe({
      next: (chunk) => send(JSON.stringify(chunk)),
      complete: () => {
        send('[DONE]');
        body!.close();
      },
      error: ({ error, status, headers }: FakeProviderError) =>
        resolve(new Response(JSON.stringify(error), { status, headers })),
    });
  });
}

const encoder = new TextEncoder();
