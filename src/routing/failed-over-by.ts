import { from, type Observable, type ObservableInput, type Observer, type OperatorFunction } from 'rxjs';
import { Attempt } from '../guard/attempt';
import { ContentReading } from '../guard/content-reading';
import type { Try } from '../guard/try';
import { Options, show } from '../internal/options';
import { running } from '../internal/running';
import { plainTimers } from '../internal/time/timers';
import type { ErrorReaders } from '../provider';
import type { RetryContext } from '../retry/retry-backoff-config';
import type { RetryReaders } from '../retry/retry-readers';
import { type Settings, settingsOf } from '../retry/retry-settings';
import { type Retried, Retrying } from '../retry/retrying';
import type { FailoverConfig, Failure, Given, Next } from './failover-config';

/** How errors and values are read where the config does not say it. */
type FailoverReaders = RetryReaders & Pick<ErrorReaders, 'mayHelpElsewhere'>;

const names = ['to', 'when', 'afterValues', 'isContent', 'maxHeldBack', 'onFailover'];

/** The operator, with readers of errors and values. */
export function failedOverBy<T, const To extends readonly Next<T>[]>(
  config: FailoverConfig<T, To>,
  readers: FailoverReaders,
): OperatorFunction<T, T | Given<To[number]>> {
  type R = T | Given<To[number]>;
  checkConfig(config);
  const { to, afterValues = 'error', isContent, onFailover } = config;
  const settings = settingsOf<R, R>(
    {
      maxRetries: to.length,
      baseDelay: 0,
      jitter: 'none',
      retryIf: config.when ?? readers.mayHelpElsewhere,
      retryAfter: () => undefined, // another provider need not wait for what this one asks
      isContent: isContent as ((value: R) => boolean) | undefined,
      maxHeldBack: config.maxHeldBack,
    },
    readers,
    plainTimers, // nobody waits
  );
  const reading = new ContentReading<R>(settings.isContent, true);
  return running<T, R>((source, destination) => {
    const routes = new Routes<R>(source as Observable<R>, to, afterValues, settings, reading, onFailover);
    return new Retrying<R>(routes, destination, settings);
  });
}

const nothing: readonly never[] = Object.freeze([]);

/** The sources of one call: each retry goes to the next one. */
class Routes<T> implements Retried<T> {
  /** What has failed, when something has. */
  private last: RetryContext | undefined = undefined;

  constructor(
    private readonly source: Observable<T>,
    private readonly to: readonly Next[],
    readonly afterValues: 'error' | 'restart' | 'continue',
    private readonly settings: Settings<T>,
    private readonly reading: ContentReading<T>,
    private readonly onFailover: ((failure: Failure) => void) | undefined,
  ) {}

  get maxHeldBack(): number {
    return this.settings.maxHeldBack;
  }

  retries(retry: RetryContext): void {
    this.last = retry;
  }

  begin(downstream: Observer<T>, delivered: readonly T[]): Try {
    const source = this.last === undefined ? this.source : from(this.nextAfter(this.last, delivered));
    return new Attempt(downstream, this.reading, source);
  }

  private nextAfter({ attempt, error }: RetryContext, delivered: readonly T[]): ObservableInput<T> {
    const failure = { error, route: attempt, values: this.afterValues === 'continue' ? delivered : nothing };
    this.onFailover?.(failure);
    const next = this.to[attempt - 1]!;
    return (typeof next === 'function' ? next(failure) : next) as ObservableInput<T>;
  }
}

function checkConfig<T>(config: FailoverConfig<T, readonly Next<T>[]>): void {
  new Options('failover', config, names)
    .required('to')
    .functions('when', 'isContent', 'onFailover')
    .oneOf('afterValues', ['error', 'restart', 'continue'])
    .whole('maxHeldBack', 0, 'or Infinity');
  const { to, afterValues } = config;
  if (!Array.isArray(to) || to.length === 0) {
    throw new TypeError(`failover: to must be a list of at least one source or function, got ${show(to)}`);
  }
  for (const next of to as readonly unknown[]) {
    if (typeof next !== 'function' && (typeof next !== 'object' || next === null)) {
      throw new TypeError(`failover: to must hold sources and functions that return one, got ${show(next)}`);
    }
    if (afterValues === 'continue' && typeof next !== 'function') {
      throw new TypeError(
        `failover: afterValues: 'continue' needs functions in to, which are given the delivered values, got ${show(next)}`,
      );
    }
  }
}
