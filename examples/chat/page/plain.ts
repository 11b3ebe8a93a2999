import { bufferTime, defer, filter, from, mergeMap, type Observable, retry, tap, timeout, timer } from 'rxjs';
import type { Message } from './message';
import type { Chunk, Provider } from './provider';
import type { Settings } from './settings';

/** The same call as one writes it with the operators of RxJS alone: no line, no breaker, no budget, no idea of the wait that a server asks for. */
export function askPlain(
  provider: Provider,
  message: Message,
  { retries, delay, each }: Settings,
): Observable<Chunk[]> {
  const messages = message.toSend;
  let attempt = 0;
  return defer(() => {
    attempt += 1;
    message.setStatus({ phase: 'connecting', attempt });
    const abort = new AbortController();
    return from(provider.open(messages, abort.signal)).pipe(
      mergeMap(({ chunks }) => from(chunks as unknown as AsyncIterable<Chunk>)),
      timeout({ each }),
      tap({ finalize: () => abort.abort() }),
    );
  }).pipe(
    tap(() => message.setStatus({ phase: 'streaming', attempt })),
    retry({
      count: retries,
      delay: (error: Error, count) => {
        const wait = delay * 2 ** (count - 1);
        message.setStatus({ phase: 'waiting', for: 'retry', attempt, until: Date.now() + wait, error });
        return timer(wait);
      },
    }),
    tap({
      complete: () => message.setStatus({ phase: 'done' }),
      error: (error) => message.setStatus({ phase: 'failed', error }),
      unsubscribe: () => message.setStatus({ phase: 'cancelled' }),
    }),
    bufferTime(50),
    filter((chunks) => chunks.length > 0),
  );
}
