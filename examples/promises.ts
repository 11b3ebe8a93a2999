import { pathToFileURL } from 'node:url';
import type { OpenAI } from 'openai';
import { firstValueFrom, map, type Observable, reduce, type Subscription } from 'rxjs';
import { isFinalChunk, perMinute, ResilientClient, textOf } from 'rxjs-resilience';
import { connect } from './connect';

// npx tsx examples/promises.ts     without Observables in your own code: promises and `for await`

/** A guarded client, for those who write async functions. */
export function newAsker(openai: OpenAI, model: string) {
  const client = new ResilientClient({ retryBackoff: { baseDelay: 200 }, rateLimit: { limits: perMinute(500) } });
  const bodyOf = (content: string) => ({ model, messages: [{ role: 'user' as const, content }] });
  const stream = (question: string) =>
    client
      .call((signal) => openai.chat.completions.create({ ...bodyOf(question), stream: true }, { signal }), {
        isFinal: isFinalChunk,
      })
      .pipe(map(textOf));
  return {
    /** A whole answer; aborting the signal stops the request, the wait in line or the wait for a retry. */
    whole: async (question: string, signal?: AbortSignal) => {
      const open = (own: AbortSignal) => openai.chat.completions.create(bodyOf(question), { signal: own });
      return (await client.run(open, { signal })).choices[0]?.message.content ?? '';
    },
    /** A streamed answer as one text. */
    joined: (question: string) => firstValueFrom(stream(question).pipe(reduce((all, text) => all + text, ''))),
    /** A streamed answer for `for await`, piece by piece; leaving the loop stops the request. */
    pieces: (question: string) => iterable(stream(question)),
  };
}

function iterable<T>(source: Observable<T>): ReadableStream<T> {
  let subscription: Subscription;
  return new ReadableStream<T>({
    start: (controller) => {
      subscription = source.subscribe({
        next: (value) => controller.enqueue(value),
        error: (error) => controller.error(error),
        complete: () => controller.close(),
      });
    },
    cancel: () => subscription.unsubscribe(),
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { openai, model, stop } = await connect();
  const { whole, joined, pieces } = newAsker(openai, model);
  console.log(await whole('What is a permit?', AbortSignal.timeout(10_000)));
  console.log(await joined('What is a lease?'));
  for await (const piece of pieces('What is a quorum?')) {
    process.stdout.write(piece);
  }
  console.log();
  await stop();
}
