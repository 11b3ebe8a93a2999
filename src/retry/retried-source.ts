import {
  from,
  type Observable,
  type ObservableInput,
  type Observer,
  type OperatorFunction,
  type Subscriber,
} from 'rxjs';
import { Attempt } from '../guard/attempt';
import { ContentReading } from '../guard/content-reading';
import type { Try } from '../guard/try';
import { checkSource, type RunningOf } from '../internal/operate';
import type { AfterValues } from './retry-backoff-config';
import type { Settings } from './retry-settings';
import { type Retried, Retrying } from './retrying';

/** The operator that retries by these settings. */
export function retriedBy<T, R>(settings: Settings<T | R>, runningOf: RunningOf): OperatorFunction<T, T | R> {
  return (source) => {
    checkSource(source);
    const retried = new RetriedSource(source as Observable<T | R>, settings);
    return runningOf(retried, (each, destination: Subscriber<T | R>) => new Retrying(each, destination, settings));
  };
}

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
    return new Attempt(downstream, this.reading, this.source);
  }

  goOn(downstream: Observer<T>, next: () => ObservableInput<T>): Try {
    return new Attempt(downstream, this.reading, from(next()));
  }
}
