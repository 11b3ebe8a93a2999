import { defer, finalize, from, retry, type Subscription, scan, timeout, timer } from 'rxjs';
import { textOf } from 'rxjs-resilience';
import { eventsOf } from 'rxjs-resilience/http';
import type { Asking } from './message';
import type { Settings } from './settings';

/** Asks with the operators of RxJS alone, as one writes it: a timeout, and retries with exponential backoff. */
export function askPlain({ each, retries, delay: base }: Settings, { post, show }: Asking): Subscription {
  return defer(() => {
    show({ phase: 'connecting' });
    const stop = new AbortController();
    return from(eventsOf(post(stop.signal))).pipe(finalize(() => stop.abort()));
  })
    .pipe(
      timeout({ each }),
      retry({
        count: retries,
        delay: (error, count) => {
          const wait = base * 2 ** (count - 1);
          show({ phase: 'waiting', waiting: { for: 'retry', until: Date.now() + wait }, error });
          return timer(wait);
        },
      }),
      scan((text, event) => text + textOf(event), ''),
    )
    .subscribe({
      next: (text) => show({ phase: 'streaming', text }),
      complete: () => show({ phase: 'done' }),
      error: (error) => show({ phase: 'failed', error }),
    });
}
