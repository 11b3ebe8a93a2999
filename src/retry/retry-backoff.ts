import { from, type Observable, type ObservableInput, type Observer, type OperatorFunction } from 'rxjs';
import { Attempt } from '../guard/attempt';
import { noGuards } from '../guard/chain';
import { ContentReading } from '../guard/content-reading';
import type { Wants } from '../guard/guard';
import type { Try } from '../guard/try';
import { operate } from '../internal/operate';
import type { AfterValues, RetryBackoffConfig } from './retry-backoff-config';
import { type Settings, settingsOf } from './retry-settings';
import { type Retried, Retrying } from './retrying';

export type { AfterValues, RetryBackoffConfig, RetryContext } from './retry-backoff-config';

/**
 * Subscribes to the source again when it fails, after a backoff that is never shorter than the server asked for.
 *
 * ![Waits twice as long before each retry, and passes the last error on when attempts are used
 * up](../../docs/marbles/retry-backoff-1.svg)
 *
 * Exponential, capped, then spread by jitter (Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog,
 * 2015); a `Retry-After` (RFC 9110 §10.2.3) and its kin are a minimum. An answer is never typed twice: once content was delivered the error
 * passes on, unless `afterValues` says how to go on. When attempts are used up the last error passes unchanged.
 *
 * @throws RangeError or TypeError that names the option and shows the value.
 * @returns A function that returns an Observable that mirrors the source, and what continues it.
 * @category Operators
 *
 * @example
 * ```ts
 * import { defer } from 'rxjs';
 * import { retryBackoff } from 'rxjs-resilience';
 *
 * defer(() => fetch('https://example.com'))
 *   .pipe(retryBackoff({ maxRetries: 5, onRetry: ({ attempt, delay }) => console.log(`retry ${attempt} in ${delay} ms`) }))
 *   .subscribe({ next: (response) => console.log(response.status), error: console.error });
 * // -> 200
 * ```
 */
export function retryBackoff<T, R = T>(config: RetryBackoffConfig<T, R> = {}): OperatorFunction<T, T | R> {
  const settings = settingsOf(config);
  return (source) => {
    const retried = new RetriedSource(source as Observable<T | R>, settings);
    return operate<T, T | R>((_, destination) => {
      const retrying = new Retrying<T | R>(retried, destination, settings);
      destination.add(retrying);
      retrying.start();
    })(source);
  };
}

const noWants: Wants = {};

/** A source that is subscribed again as it is. */
class RetriedSource<T> implements Retried<T> {
  private readonly reading: ContentReading<T>;

  constructor(
    private readonly source: Observable<T>,
    private readonly settings: Settings<T>,
  ) {
    this.reading = new ContentReading(settings.isContent, true);
  }

  get afterValues(): AfterValues<T> {
    return this.settings.afterValues;
  }

  get maxHeldBack(): number {
    return this.settings.maxHeldBack;
  }

  begin(downstream: Observer<T>): Try {
    return this.attempt(downstream, this.source);
  }

  goOn(downstream: Observer<T>, next: () => ObservableInput<T>): Try {
    return this.attempt(downstream, from(next()));
  }

  private attempt(downstream: Observer<T>, source: Observable<T>): Try {
    return new Attempt(downstream, noGuards, noWants, this.reading, source);
  }
}
