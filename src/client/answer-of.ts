import { NEVER, Observable } from 'rxjs';
import type { Clock } from '../internal/time/clock';
import type { AbortListeners } from './abort-listeners';
import type { Answer, AnswerOptions } from './answer';
import { type AnswerParts, answerSettings, callOptionsOf } from './answer-settings';
import { Answering, type AnswerWatch } from './answering';
import type { CallOptions } from './call-options';
import { heardByBoth } from './heard-by-both';
import type { Attempt, Open } from './open';
import { withDefaults } from './with-defaults';

/** What makes the calls that answers show. */
export interface AnswerSource<T> extends AnswerParts {
  /** For its errors: `ResilientClient.answer`. */
  readonly owner: string;
  readonly clock: Clock;
  readonly aborts: AbortListeners;
  /** What every call wants that does not say otherwise. */
  readonly defaults: CallOptions<never> | undefined;
  /** A cold call with these options, which tells `watch` what it opens, as `watched` does. Throws on a mistake in them. */
  call(options: CallOptions<T>, watch?: AnswerWatch): Observable<T>;
}

/** Makes a call an Observable of answers. */
export function answerOf<T>(
  options: AnswerOptions<T> = {},
  { owner, clock, aborts, defaults, call, readers, smooth }: AnswerSource<T>,
): Observable<Answer<T>> {
  const all: AnswerOptions<T> = withDefaults(options, defaults);
  const settings = answerSettings(owner, all, clock.scheduler, { readers, smooth });
  const wanted = callOptionsOf(all);
  call(wanted); // throws at once what it would throw later
  return new Observable((subscriber) => {
    const answering = new Answering(subscriber, settings, clock);
    const onStatus = heardByBoth((status) => answering.onStatus(status), wanted.onStatus);
    answering.start(call({ ...wanted, onStatus }, answering), aborts);
  });
}

/**
 * The same `open`, of which an answer hears before each attempt.
 *
 * @param usage Reads what its values report, if that differs from other attempts.
 */
export function watched<X>(
  open: Open<X>,
  watch: AnswerWatch | undefined,
  usage?: CallOptions<unknown>['usage'],
): Open<X> {
  if (watch === undefined) {
    return open;
  }
  return (signal: AbortSignal, attempt: Attempt) => {
    watch.opens(attempt, usage);
    // Who heard of it may have stopped the call.
    return signal.aborted ? (NEVER as X) : open(signal, attempt);
  };
}
